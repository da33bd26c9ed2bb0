"""Inviting a client and accepting, as people do it (FEATURES C8 to C10)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.access import invitations, joining
from portal.access.invitations import State
from portal.access.models import ClientAccount, ClientInvitation
from portal.clients.models import Contact
from portal.clients.queries import contact_by_id
from portal.core import audit, clock, db
from portal.feed.models import EventKind, FeedEvent
from portal.outbox.models import Delivery, DeliveryState
from tests.portal.access.conftest import Door, change_address, is_in
from tests.support.cast import CLEO

Advance = Callable[[timedelta], int]


def needs(contact: Contact) -> bool:
    with db.read() as session:
        return invitations.needs_invitation(session, contact_by_id(session, contact.id))


def state(contact: Contact) -> State:
    with db.read() as session:
        return invitations.states(session, [contact_by_id(session, contact.id)])[contact.id]


def set_sent(seconds_ago: float) -> None:
    """The mail server took the newest email so long ago, to the microsecond."""
    with db.transaction() as session:
        newest = session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
        assert newest is not None
        newest.sent_at = clock.now() - timedelta(seconds=seconds_ago)


def test_C8_a_client_accepts_and_is_signed_in_without_a_password(door: Door) -> None:
    link = door.invite()
    page = door.cast.cleo.get(link)
    assert page.texts("h1") == ["Harlow & Reyes LLP invites you"]
    assert "c•••@client.test" in page
    assert "59 minutes" in page
    assert not is_in(door.cast.cleo)
    welcome = door.accept(door.cast.cleo, link)
    assert welcome.texts("h1") == ["Welcome, Cleo Vance"]
    assert welcome.link("Go to your portal").endswith(
        f"/portal/matters/{door.matter.public_id}/messages"
    )
    assert is_in(door.cast.cleo)
    with db.read() as session:
        assert session.scalars(select(ClientAccount.address_key)).all() == [CLEO.email]
        told = session.scalars(select(FeedEvent).where(FeedEvent.kind == EventKind.JOINED)).all()
        assert [(one.matter_id, one.contact_id, one.name) for one in told] == [
            (door.matter.id, door.cleo.id, "Cleo Vance")
        ]
        logged = set(session.scalars(select(audit.AuditEntry.action)))
    assert {"client.invited", "client.joined", "client.signed_in"} <= logged


def test_C8_the_invitation_says_neither_the_matter_nor_the_name_nor_the_address(
    door: Door,
) -> None:
    """M13: whoever the link was forwarded to learns the firm and a masked address."""
    link = door.invite()
    sent = door.newest()
    assert sent.subject == "Harlow & Reyes invites you to its client portal"
    for email in (sent.text, sent.html, sent.subject):
        assert "Secret" not in email
        assert door.matter.number not in email
    page = door.cast.sol.get(link)
    for told in ("Secret", door.matter.number, "Cleo", CLEO.email, "Retainer"):
        assert told not in page.body


def test_C10_fifty_scanners_change_nothing(door: Door) -> None:
    link = door.invite()
    for number in range(50):
        door.cast.sol.ask("HEAD" if number % 2 else "GET", link)
    with db.read() as session:
        assert session.scalars(select(ClientAccount)).all() == []
    door.accept(door.cast.cleo, link)
    assert not is_in(door.cast.sol)


@pytest.mark.parametrize(("seconds", "opens"), [(3599, True), (3600, False), (3601, False)])
def test_C8_a_link_works_one_hour_from_when_the_mail_server_took_it(
    door: Door, seconds: float, opens: bool
) -> None:
    link = door.invite()
    page = door.cast.cleo.get(link)
    set_sent(seconds)
    door.cast.cleo.submit(page, "Accept invitation", status=200 if opens else 410)
    assert is_in(door.cast.cleo) is opens


def test_C8_its_hour_begins_with_the_mail_server_and_not_with_the_message(
    door: Door, advance: Advance
) -> None:
    with db.transaction() as session:
        invitations.invite(
            session, contact_by_id(session, door.cleo.id), door.matter.id, by="user:ada"
        )
        kept = session.scalars(select(ClientInvitation)).one()
        link = f"/invitations/{invitations.token(kept)}"
    assert "60 minutes" in door.cast.cleo.get(link)
    advance(timedelta(hours=3))  # only now it is sent
    assert state(door.cleo) is State.SENT
    door.accept(door.cast.cleo, link)


def test_C8_the_expired_page_sends_a_new_link_to_the_bound_address_alone(
    door: Door, advance: Advance
) -> None:
    old = door.invite()
    advance(timedelta(hours=1))
    assert state(door.cleo) is State.EXPIRED
    page = door.cast.sol.get(old, status=410)
    assert page.texts("h1") == ["This invitation has expired"]
    answer = door.cast.sol.submit(page, "Send a new link", address="sol@stranger.test")
    assert answer.texts("h1") == ["Check your email"]
    door.run_jobs()
    assert [email.to for email in door.outbox.emails] == [CLEO.email] * 2
    assert "There is a newer invitation" in door.cast.sol.get(old, status=410)
    door.accept(door.cast.cleo, door.newest().links[0])


def test_C8_asking_twice_for_a_new_link_sends_one_and_answers_the_same(
    door: Door, advance: Advance
) -> None:
    link = door.invite()
    advance(timedelta(hours=1))
    first = door.cast.sol.post(f"{link}/renew")
    second = door.cast.sol.post(f"{link}/renew")
    assert first.text == second.text
    door.run_jobs()
    assert len(door.outbox.to(CLEO.email)) == 2


def test_C8_an_open_link_is_not_sent_anew_and_the_answer_is_the_same(door: Door) -> None:
    link = door.invite()
    answer = door.cast.sol.post(f"{link}/renew")
    door.run_jobs()
    assert answer.texts("h1") == ["Check your email"]
    assert len(door.outbox.to(CLEO.email)) == 1
    door.accept(door.cast.cleo, link)


def test_C8_new_links_are_limited(door: Door, advance: Advance) -> None:
    link = door.invite()
    for _again in range(3):
        advance(timedelta(hours=1))
        link = door.newest().links[0]
        door.cast.sol.post(f"{link}/renew")
        door.run_jobs()
    advance(timedelta(hours=1))
    door.cast.sol.post(f"{door.newest().links[0]}/renew", status=429)


def test_C8_a_new_invitation_voids_the_older(door: Door) -> None:
    old = door.invite()
    page = door.cast.cleo.get(old)
    new = door.invite()
    assert new != old
    refused = door.cast.cleo.submit(page, "Accept invitation", status=410)
    assert refused.texts("h1") == ["There is a newer invitation"]
    assert not is_in(door.cast.cleo)
    door.accept(door.cast.cleo, new)


def test_C8_a_used_link_says_so_and_leads_to_the_door(door: Door) -> None:
    link = door.invite()
    page = door.cast.sol.get(link)
    door.accept(door.cast.cleo, link)
    for told in (
        door.cast.sol.get(link, status=410),
        door.cast.sol.submit(page, "Accept invitation", status=410),
    ):
        assert told.texts("h1") == ["This invitation was accepted"]
        assert told.link("Sign in").endswith("/sign-in")
    assert not is_in(door.cast.sol)


def test_C8_who_needs_an_invitation(door: Door, advance: Advance) -> None:
    """Not while one is live, again once it has expired, never after joining."""
    assert needs(door.cleo)
    door.invite()
    assert not needs(door.cleo)
    advance(timedelta(minutes=59))
    assert not needs(door.cleo)
    advance(timedelta(minutes=1))
    assert needs(door.cleo)
    door.accept(door.cast.cleo, door.invite())
    assert not needs(door.cleo)
    assert state(door.cleo) is State.JOINED
    change_address(door.cleo, "new@client.test")
    assert needs(door.cleo)
    assert state(door.cleo) is State.NOT_INVITED


def test_C8_an_email_that_came_back_leaves_no_live_invitation(door: Door) -> None:
    door.invite()
    with db.transaction() as session:
        session.execute(update(Delivery).values(state=DeliveryState.REFUSED, sent_at=None))
    assert needs(door.cleo)
    assert state(door.cleo) is State.FAILED


def test_C8_unless_one_is_live_nobody_is_invited_twice(door: Door) -> None:
    door.invite()
    with db.transaction() as session:
        kept = contact_by_id(session, door.cleo.id)
        assert not invitations.invite(
            session, kept, door.matter.id, by="user:ada", unless_live=True
        )
    door.run_jobs()
    assert len(door.outbox.to(CLEO.email)) == 1


def test_C11_who_accepts_before_the_job_looks_is_invited_no_more(door: Door) -> None:
    """The job read that they had not joined; by the invitation's lock they have."""
    door.joined()
    with db.transaction() as session:
        joining.invite_again(session, contact_by_id(session, door.cleo.id))
    door.run_jobs()
    assert len(door.outbox.to(CLEO.email)) == 1
    with db.read() as session:
        assert session.scalars(select(ClientInvitation.accepted_at)).one() is not None


@pytest.mark.parametrize("change", ["", "x", ".", "%00", "/..", "%ff", "é"])
def test_a_link_that_is_not_whole_is_not_found(change: str, door: Door) -> None:
    link = door.invite()
    for method in ("GET", "POST"):
        door.cast.sol.ask(method, f"{link[:-3]}{change}", status=404)
    door.cast.sol.ask("POST", f"{link[:-3]}{change}/renew", status=404)


def test_another_sites_form_accepts_nothing(door: Door) -> None:
    link = door.invite()
    door.cast.cleo.post(link, headers={"Sec-Fetch-Site": "cross-site"}, status=400)
    assert not is_in(door.cast.cleo)


def test_B3_the_invitation_is_in_the_clients_language(door: Door) -> None:
    with db.transaction() as session:
        contact_by_id(session, door.cleo.id).language = "fr_CA"
    link = door.invite()
    assert link.endswith("?lang=fr")
    assert door.newest().message["Content-Language"] == "fr-CA"
