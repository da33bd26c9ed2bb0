"""A client's session: how long it lasts, and what ends it at the very next request (C9, C14)."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, text, update

from portal.access import queries, sessions
from portal.access.actions import remove_participant
from portal.access.keys import ClientSession
from portal.access.models import ClientAccount
from portal.clients.queries import contact_by_id
from portal.core import audit, clock, db
from tests.factories import portals
from tests.portal.access.conftest import SETTINGS, Door, change_address, is_in
from tests.support.cast import ADA, CLEO, Person
from tests.support.statements import statements
from tests.support.visitor import Visitor


@pytest.fixture
def cleo(door: Door) -> Person:
    """Cleo, signed in."""
    return door.joined()


def row() -> ClientSession:
    with db.read() as session:
        return session.scalars(select(ClientSession)).one()


def test_the_table_keeps_no_token(cleo: Person) -> None:
    cookie = cleo.http.get_cookie("__Host-client")
    assert cookie is not None
    kept = row()
    assert cookie.value not in (kept.token_hash, kept.public_id)
    assert kept.token_hash == sessions.hashed(cookie.value)
    assert kept.address_key == CLEO.email


def test_an_hour_without_a_request_ends_it(cleo: Person) -> None:
    seen = row().seen_at
    for minutes, expected in ((59, True), (59 + 59, True), (59 + 59 + 60, False)):
        with time_machine.travel(seen + timedelta(minutes=minutes), tick=False):
            assert is_in(cleo) is expected


def test_a_second_more_than_an_hour_is_too_long(cleo: Person) -> None:
    seen = row().seen_at
    with time_machine.travel(seen + timedelta(hours=1, seconds=-1), tick=False):
        cleo.get("/portal/session", headers={"X-By-Itself": "yes"})
    with time_machine.travel(seen + timedelta(hours=1), tick=False):
        assert not is_in(cleo)


def test_twenty_four_hours_end_it_whatever_is_done(cleo: Person) -> None:
    begun = row().signed_in_at
    for half_hours in range(1, 48):
        with time_machine.travel(begun + timedelta(minutes=30 * half_hours), tick=False):
            assert is_in(cleo)
    with time_machine.travel(begun + timedelta(hours=24), tick=False):
        assert not is_in(cleo)


def test_what_a_page_asks_for_by_itself_keeps_no_session_alive(cleo: Person) -> None:
    """Live messages are polled: a browser left open must still go idle."""
    seen = row().seen_at
    for minutes in (20, 40, 59):
        with time_machine.travel(seen + timedelta(minutes=minutes), tick=False):
            cleo.get(SETTINGS, headers={"X-By-Itself": "yes"})
    assert row().seen_at == seen
    with time_machine.travel(seen + timedelta(minutes=61), tick=False):
        assert not is_in(cleo)


def test_it_is_written_at_most_once_a_minute(cleo: Person) -> None:
    seen = row().seen_at
    with time_machine.travel(seen + timedelta(seconds=59), tick=False):
        cleo.get(SETTINGS)
    assert row().seen_at == seen
    with time_machine.travel(seen + timedelta(seconds=61), tick=False):
        cleo.get(SETTINGS)
    assert row().seen_at == seen + timedelta(seconds=61)


def test_the_page_can_ask_how_long_is_left_and_stay(cleo: Person) -> None:
    """WCAG 2.2.1: warned five minutes before, and one press keeps the session."""
    token = str(cleo.get(SETTINGS).one("body")["data-token"])
    seen = row().seen_at
    with time_machine.travel(seen + timedelta(minutes=55), tick=False):
        left = cleo.get("/portal/session", headers={"X-By-Itself": "yes"})
        assert left.response.get_json() == {"seconds_left": 300}
        kept = cleo.post("/portal/session", headers={"X-CSRFToken": token})
        assert kept.response.get_json() == {"seconds_left": 3600}
    with time_machine.travel(seen + timedelta(minutes=100), tick=False):
        assert is_in(cleo)


def test_signing_out_ends_the_row_and_not_only_the_cookie(cleo: Person) -> None:
    cookie = cleo.http.get_cookie("__Host-client")
    assert cookie is not None
    page = cleo.submit(cleo.get(SETTINGS), "Sign out")
    assert page.texts("h1") == ["Sign in to your client portal"]
    assert cleo.http.get_cookie("__Host-client") is None
    cleo.http.set_cookie("__Host-client", cookie.value, path="/")
    assert not is_in(cleo)
    with db.read() as session:
        actions = list(session.scalars(select(audit.AuditEntry.action)))
    assert actions.count("client.signed_out") == 1


def test_C9_a_change_of_address_ends_it_at_the_next_request(door: Door, cleo: Person) -> None:
    change_address(door.cleo, "new@client.test", CLEO.email)
    assert not is_in(cleo)
    change_address(door.cleo, CLEO.email, "new@client.test")
    assert not is_in(cleo), "the old session came back with the old address"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE contact_email SET address_key = 'new@client.test'",
        "DELETE FROM contact_email",
        "DELETE FROM client_account",
        "UPDATE client_account SET address_key = 'new@client.test'",
        "UPDATE client_session SET address_key = 'new@client.test'",
        "UPDATE participant SET removed_at = added_at, removed_by = 'user:x'",
    ],
)
def test_C9_it_hangs_on_address_and_part_even_where_nobody_ended_it(
    door: Door, cleo: Person, sql: str
) -> None:
    assert is_in(cleo)
    with db.transaction() as session:
        session.execute(text(sql))
    assert not is_in(cleo)


def test_C14_removal_ends_it_and_the_others_keep_theirs(door: Door, cleo: Person) -> None:
    sol, matter = door.client("Sol Second", "second@client.test")
    other = door.another()
    door.accept(other, door.invite(sol, matter))
    with db.transaction() as session:
        here = queries.participants(session, door.matter.id)
        place = next(one for one in here if one.contact_id == door.cleo.id)
        remove_participant(session, place, portals.firm_person(ADA.email))
    assert not is_in(cleo)
    assert is_in(other)


def test_nobody_is_signed_in_who_may_not(door: Door) -> None:
    with (
        pytest.raises(ValueError, match="may not"),
        db.transaction() as session,
    ):
        contact = contact_by_id(session, door.cleo.id)
        sessions.open_session(session, contact, browser=sessions.Browser())


@pytest.mark.parametrize("token", ["", "x", "é", "a" * 3000, "x\u0000y"])
def test_a_made_up_cookie_opens_nothing(door: Door, token: str) -> None:
    visitor: Visitor = door.another()
    visitor.http.set_cookie("__Host-client", token, path="/")
    assert not is_in(visitor)


def test_a_form_without_the_sessions_own_token_changes_nothing(door: Door, cleo: Person) -> None:
    other = door.another()
    sol, matter = door.client("Sol Second", "second@client.test")
    door.accept(other, door.invite(sol, matter))
    theirs = str(other.get(SETTINGS).one("body")["data-token"])
    for token in ("", "x", theirs):
        cleo.post("/portal/settings/language", {"csrf_token": token, "language": "fr"}, status=400)
        cleo.post("/portal/session", headers={"X-CSRFToken": token}, status=400)
    with db.read() as session:
        assert contact_by_id(session, door.cleo.id).language == "en_US"


def test_staff_are_no_clients_and_clients_no_staff(door: Door, cleo: Person) -> None:
    assert not is_in(door.cast.ada)
    cleo.get("/staff/alerts", follow=False, status=303)


def test_one_select_finds_a_session(door: Door, cleo: Person) -> None:
    cookie = cleo.http.get_cookie("__Host-client")
    assert cookie is not None
    with statements("SELECT") as asked, db.read() as session:
        found = sessions.find_session(session, cookie.value)
    assert found is not None
    assert (found.name, found.email, found.actor) == (
        CLEO.name,
        CLEO.email,
        f"contact:{door.cleo.public_id}",
    )
    assert len(asked) == 1


def test_an_ended_session_is_not_ended_again(door: Door, cleo: Person) -> None:
    with db.transaction() as session:
        session.execute(update(ClientSession).values(ended_at=clock.wall_time()))
        session.execute(update(ClientAccount).values(joined_at=clock.now()))
    cleo.post("/portal/sign-out", {"csrf_token": "x"}, follow=False, status=303)
    assert not is_in(cleo)
