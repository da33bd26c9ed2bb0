"""Clients sign in again by an emailed code or its link (FEATURES C11)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.access import sign_in_codes
from portal.access.keys import SignInRequest
from portal.access.models import Participant
from portal.clients.queries import contact_by_id
from portal.core import audit, clock, db
from tests.factories import portals
from tests.factories.fixtures import row_counts
from tests.portal.access.conftest import SETTINGS, Door, change_address, is_in
from tests.support.cast import CLEO
from tests.support.page import Page
from tests.support.signing_in import after

UNKNOWN = "nobody@nowhere.test"
COUPLE = "both@vance.test"


def send(page: Page, door: Door, code: str, *, status: int = 200) -> Page:
    return door.cast.sol.submit(page, "Sign in", code=code, status=status)


def test_C11_a_code_signs_in(joined: Door) -> None:
    page = joined.ask_for_code(joined.cast.sol)
    assert page.texts("h1") == ["Check your email"]
    assert "c•••@client.test" in page
    assert not is_in(joined.cast.sol)
    email = joined.newest()
    assert email.subject == "Your code to sign in at Harlow & Reyes"
    field = page.one("#code")
    assert field["autocomplete"] == "one-time-code"
    answer = joined.cast.sol.submit(page, "Sign in", code=joined.code(), follow=False, status=303)
    assert answer.headers["Location"] == "/portal/"
    assert is_in(joined.cast.sol)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-client=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert part in cookie
    with db.read() as session:
        logged = list(session.scalars(select(audit.AuditEntry.action)))
    assert logged.count("client.signed_in") == 1


@pytest.mark.parametrize("shape", ["{0}{1}", " {0}  {1} ", "{0}-{1}", "\u00a0{0}\u202f{1}\n"])
def test_C11_a_pasted_code_may_have_spaces(joined: Door, shape: str) -> None:
    page = joined.ask_for_code(joined.cast.sol)
    first, last = joined.code().split(" ")
    joined.cast.sol.submit(
        page, "Sign in", code=shape.format(first, last), follow=False, status=303
    )
    assert is_in(joined.cast.sol)


def test_C11_the_link_of_the_email_signs_in_by_a_button_and_by_no_look(joined: Door) -> None:
    joined.ask_for_code(joined.cast.sol)
    link = joined.newest().links[0]
    for number in range(50):
        joined.cast.sol.ask("HEAD" if number % 2 else "GET", link)
    assert not is_in(joined.cast.sol)
    phone = joined.another()
    page = phone.get(link)
    assert "You sign in as Cleo Vance." in page
    phone.submit(page, "Sign in", follow=False, status=303)
    assert is_in(phone)
    assert joined.another().get(link, status=410).texts("h1") == ["This does not work any more"]
    joined.another().post(link, status=410)


def test_C11_code_and_link_work_once_between_them(joined: Door) -> None:
    page = joined.ask_for_code(joined.cast.sol)
    link = joined.newest().links[0]
    joined.cast.sol.submit(page, "Sign in", code=joined.code(), follow=False, status=303)
    joined.another().post(link, status=410)
    told = joined.another().submit(page, "Sign in", code=joined.code(), status=422)
    assert "This code does not work any more." in told


def test_C11_a_code_lives_fifteen_minutes_on_the_wall(joined: Door) -> None:
    page = joined.ask_for_code(joined.cast.sol)
    link = joined.newest().links[0]
    with db.read() as session:
        asked_at = session.scalars(select(SignInRequest.asked_at)).one()
    late = asked_at + timedelta(minutes=15)
    with after(seconds=(late - clock.wall_time()).total_seconds() + 0.1):
        joined.cast.sol.get(link, status=410)
        state = str(page.one("input[name=state]")["value"])
        sent = {"state": state, "code": joined.code()}
        gone = joined.cast.sol.ask("POST", "/sign-in/code", data=sent, status=None)
        assert gone.status in (410, 422)  # the form's own token is as old, to the second
    with after(seconds=(late - clock.wall_time()).total_seconds() - 1):
        joined.cast.sol.get(link)
    assert not is_in(joined.cast.sol)


def test_C11_the_demo_clock_ends_no_code(joined: Door, advance: Callable[[timedelta], int]) -> None:
    page = joined.ask_for_code(joined.cast.sol)
    advance(timedelta(days=5))
    joined.cast.sol.submit(page, "Sign in", code=joined.code(), follow=False, status=303)
    advance(timedelta(days=5))
    assert is_in(joined.cast.sol)


def test_C11_five_wrong_tries_end_a_code(joined: Door) -> None:
    page = joined.ask_for_code(joined.cast.sol)
    right = joined.code()
    wrong = "000000" if right.replace(" ", "") != "000000" else "000001"
    for _again in range(4):
        page = send(page, joined, wrong, status=422)
        assert "This code is wrong." in page
    page = send(page, joined, wrong, status=422)
    assert "This code does not work any more." in page
    send(page, joined, right, status=422)
    joined.ask_for_code(joined.cast.sol)
    assert not is_in(joined.cast.sol)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\x00", "9" * 4000])
def test_a_code_that_is_none_is_refused_with_a_sentence(joined: Door, typed: str) -> None:
    page = joined.ask_for_code(joined.cast.sol)
    told = send(page, joined, typed, status=422)
    assert "This code is wrong." in told
    assert not is_in(joined.cast.sol)


def test_C11_unknown_addresses_get_the_same_answer_for_the_same_work(joined: Door) -> None:
    """Known, not joined, unknown: status, words and rows are alike; only the job looks."""
    joined.client("Not Joined", "later@client.test")
    seen: list[Any] = []
    for address in (CLEO.email, "later@client.test", UNKNOWN):
        visitor, before = joined.another(), row_counts()
        page = visitor.submit(visitor.get("/sign-in"), "Send a code", email=address)
        work = {name: rows - before[name] for name, rows in row_counts().items()}
        alike = page.text.replace(f"{address[0]}•••@{address.partition('@')[2]}", "ADDRESS")
        told = visitor.submit(page, "Sign in", code="123456", status=422)
        asked = {name: value for name, value in work.items() if value}
        seen.append((page.status, alike, asked, told.texts(".field-error")))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][2] == {"sign_in_request": 1, "job": 1}
    joined.run_jobs()
    assert joined.outbox.to(UNKNOWN) == []
    assert joined.newest().subject.startswith("Your code")


def test_C11_who_has_not_joined_is_sent_the_invitation_anew(
    door: Door, advance: Callable[[timedelta], int]
) -> None:
    first = door.invite()
    advance(timedelta(minutes=61))
    page = door.ask_for_code(door.cast.cleo)
    assert page.texts("h1") == ["Check your email"]
    link = door.newest().links[0]
    assert "/invitations/" in link
    assert link != first
    door.accept(door.cast.cleo, link)
    assert is_in(door.cast.cleo)


def test_C11_a_stranger_who_types_an_invited_address_leaves_the_invitation_good(door: Door) -> None:
    link = door.invite()
    for _again in range(3):
        assert door.ask_for_code(door.cast.sol).texts("h1") == ["Check your email"]
    assert len(door.outbox.to(CLEO.email)) == 1
    door.accept(door.cast.cleo, link)
    assert is_in(door.cast.cleo)


def test_C11_a_code_that_was_never_sent_signs_nobody_in(door: Door) -> None:
    """An address that has not joined has no code, even if somebody could guess it."""
    page = door.ask_for_code(door.cast.sol)
    with db.read() as session:
        name = session.scalars(select(SignInRequest.public_id)).one()
    told = send(page, door, sign_in_codes.code(name), status=422)
    assert "This code does not work any more." in told
    assert not is_in(door.cast.sol)
    door.cast.sol.get(f"/sign-in/{sign_in_codes.link_token(name)}", status=410)


def test_C9_an_address_that_was_changed_signs_nobody_in(joined: Door) -> None:
    page = joined.ask_for_code(joined.cast.sol)
    code, link = joined.code(), joined.newest().links[0]
    change_address(joined.cleo, "new@client.test")
    send(page, joined, code, status=422)
    joined.cast.sol.post(link, status=410)
    before = len(joined.outbox.to(CLEO.email))
    joined.ask_for_code(joined.cast.sol)
    assert len(joined.outbox.to(CLEO.email)) == before
    joined.ask_for_code(joined.cast.sol, "new@client.test")
    assert "/invitations/" in joined.newest("new@client.test").links[0]


def test_C9_only_the_bound_address_is_known(joined: Door) -> None:
    """A second address on the contact's card gets nothing."""
    change_address(joined.cleo, CLEO.email, "second@client.test")
    joined.ask_for_code(joined.cast.sol, "second@client.test")
    assert joined.outbox.to("second@client.test") == []


def test_C14_who_was_removed_everywhere_gets_no_code(joined: Door) -> None:
    with db.transaction() as session:
        session.execute(
            update(Participant)
            .where(Participant.contact_id == joined.cleo.id)
            .values(removed_at=clock.now(), removed_by="user:ada")
        )
    joined.ask_for_code(joined.cast.sol)
    assert joined.outbox.to(CLEO.email) == []


def test_C11_a_couple_chooses_who_they_are(door: Door) -> None:
    for name in ("Ann Vance", "Bob Vance"):
        contact, _matter = door.client(name, COUPLE)
        portals.joined(contact)
    page = door.ask_for_code(door.cast.sol, COUPLE)
    who = send(page, door, door.code(COUPLE))
    assert who.texts("h1") == ["Who are you?"]
    assert not is_in(door.cast.sol)
    assert "Choose who you are." in door.cast.sol.submit(who, "Sign in", status=422)
    told = door.cast.sol.submit(who, "Sign in", who=door.cleo.public_id, status=422)
    assert "Choose who you are." in told
    bob = next(str(one["value"]) for one in who.select("input[name=who]")[1:])
    door.cast.sol.submit(who, "Sign in", who=bob, follow=False, status=303)
    assert COUPLE in door.cast.sol.get(SETTINGS)
    again = door.another().submit(who, "Sign in", who=bob, status=410)
    assert again.texts("h1") == ["This does not work any more"]


def test_C11_a_couple_chooses_on_the_links_page_too(door: Door) -> None:
    people = [door.client(name, COUPLE)[0] for name in ("Ann Vance", "Bob Vance")]
    for contact in people:
        portals.joined(contact)
    door.ask_for_code(door.cast.sol, COUPLE)
    page = door.cast.sol.get(door.newest(COUPLE).links[0])
    assert "Choose who you are." in door.cast.sol.submit(page, "Sign in", status=422)
    door.cast.sol.submit(page, "Sign in", who=people[0].public_id, follow=False, status=303)
    assert is_in(door.cast.sol)


def test_C11_of_a_couple_the_one_who_has_not_joined_is_invited(door: Door) -> None:
    ann, _hers = door.client("Ann Vance", COUPLE)
    door.client("Bob Vance", COUPLE)
    portals.joined(ann)
    door.ask_for_code(door.cast.sol, COUPLE)
    assert sorted(email.subject for email in door.outbox.to(COUPLE)) == [
        "Harlow & Reyes invites you to its client portal",
        "Your code to sign in at Harlow & Reyes",
    ]
    code = next(e for e in door.outbox.to(COUPLE) if e.subject.startswith("Your code"))
    assert "You sign in as Ann Vance." in door.cast.sol.get(code.links[0])


def test_B3_the_language_of_the_door_is_kept_where_none_is_known(joined: Door) -> None:
    page = joined.ask_for_code(joined.cast.sol)
    joined.cast.sol.submit(page, "Sign in", code=joined.code(), follow=False, status=303)
    with db.read() as session:
        assert contact_by_id(session, joined.cleo.id).language == "en_US"
