"""An invitation belongs to one address of one contact (FEATURES C9, C14)."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import update

from portal.access import invitations, queries
from portal.access.invitations import State
from portal.access.models import Participant
from portal.clients.queries import contact_by_id
from portal.core import clock, db
from tests.factories import clients
from tests.portal.access.conftest import Door, change_address, is_in
from tests.support.cast import CLEO

Advance = Callable[[timedelta], int]


def test_C9_a_change_of_address_voids_the_invitation(door: Door) -> None:
    link = door.invite()
    page = door.cast.cleo.get(link)
    change_address(door.cleo, "new@client.test", CLEO.email)
    told = door.cast.cleo.submit(page, "Accept invitation", status=410)
    assert told.texts("h1") == ["This invitation does not work any more"]
    assert "new@" not in told.body
    with db.read() as session:
        assert invitations.needs_invitation(session, contact_by_id(session, door.cleo.id))
    door.cast.cleo.post(f"{link}/renew")
    door.run_jobs()
    assert door.outbox.to("new@client.test") == []


def test_C9_the_address_alone_decides_even_if_nobody_voided_the_invitation(door: Door) -> None:
    link = door.invite()
    with db.transaction() as session:
        kept = contact_by_id(session, door.cleo.id)
        kept.emails[0].address = kept.emails[0].address_key = "other@client.test"
    door.cast.cleo.post(link, status=410)
    assert not is_in(door.cast.cleo)


def test_C14_who_takes_part_in_no_portal_any_more_cannot_accept(door: Door) -> None:
    link = door.invite()
    with db.transaction() as session:
        session.execute(
            update(Participant)
            .where(Participant.contact_id == door.cleo.id)
            .values(removed_at=clock.now(), removed_by="user:ada")
        )
    door.cast.cleo.post(link, status=410)
    assert not is_in(door.cast.cleo)


def test_C9_the_first_listed_address_is_bound_where_none_is_primary(door: Door) -> None:
    with db.transaction() as session:
        kept = contact_by_id(session, door.cleo.id)
        for email in kept.emails:
            email.is_primary = False
    change_two = clients.contact("Two Addresses", "a@two.test", "b@two.test")
    with db.transaction() as session:
        two = contact_by_id(session, change_two.id)
        two.emails[0].is_primary = False
        session.flush()
        bound = queries.bound_email(two)
        assert bound is not None
        assert bound.address == "a@two.test"
    door.accept(door.cast.cleo, door.invite())
    assert is_in(door.cast.cleo)


def test_C9_a_contact_without_an_address_cannot_be_invited(door: Door) -> None:
    nobody, matter = door.client("No Address")
    with db.transaction() as session:
        kept = contact_by_id(session, nobody.id)
        assert not invitations.invite(session, kept, matter.id, by="user:ada")
        assert not invitations.needs_invitation(session, kept)
        assert invitations.states(session, [kept])[nobody.id] is State.NOT_INVITED
