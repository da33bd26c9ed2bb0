"""People of the firm at one portal at the same moment, on both databases (C8, C14, C15)."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from portal.access import actions, queries
from portal.access.adding import add
from portal.access.models import ClientInvitation, ClientPortal, Participant
from portal.clients.details import RelatedDetails
from portal.clients.models import Contact, Matter
from portal.clients.queries import matter_by_id
from portal.core import db
from portal.core.errors import Conflict
from portal.feed.models import EventKind, FeedEvent
from portal.feed.people import Person
from portal.firm.actions import add_user
from portal.messages.actions import send
from portal.outbox.models import Notice
from tests.factories import clients, portals
from tests.support.cast import ADA, CHEAP_HASH, Cast

SENDERS = 10


def all_at_once(what: list[Callable[[], None]]) -> list[BaseException]:
    """Each in a thread of its own, begun together; answers what went wrong in them."""
    begin, wrong = Barrier(len(what)), list[BaseException]()

    def run(do: Callable[[], None]) -> None:
        begin.wait()
        try:
            do()
        except BaseException as problem:
            wrong.append(problem)

    threads = [Thread(target=run, args=(do,)) for do in what]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def colleagues(count: int) -> list[Person]:
    """People of the firm."""
    for number in range(count):
        with db.transaction() as session:
            add_user(
                session,
                email=f"colleague{number}@harlow.test",
                name=f"Colleague {number}",
                levels=(),
                password_hash=CHEAP_HASH,
            )
    return [portals.firm_person(f"colleague{number}@harlow.test") for number in range(count)]


def a_matter() -> tuple[Contact, Matter]:
    client = clients.contact("Cleo Vance", "cleo@client.test")
    return client, clients.matter(client)


def joined_and_left(matter: Matter) -> list[str]:
    kinds = (EventKind.PARTICIPANT_ADDED, EventKind.PARTICIPANT_REMOVED)
    with db.read() as session:
        return list(
            session.scalars(
                select(FeedEvent.kind)
                .where(FeedEvent.matter_id == matter.id, FeedEvent.kind.in_(kinds))
                .order_by(FeedEvent.position)
            )
        )


@pytest.mark.both_databases
def test_C8_ten_first_messages_at_once_open_one_portal_and_invite_the_client_once(
    cast: Cast,
) -> None:
    client, matter = a_matter()

    def write(sender: Person) -> Callable[[], None]:
        def do() -> None:
            with db.transaction() as session:
                here = matter_by_id(session, matter.id)
                send(session, here, by=sender, text="Hello", nonce=f"form-{sender.user_id}")

        return do

    senders = colleagues(SENDERS)
    assert all_at_once([write(sender) for sender in senders]) == []
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(ClientPortal)) == 1
        people = queries.participants(session, matter.id)
        assert [one.contact_id for one in people if one.contact_id] == [client.id]
        users = [one.user_id for one in people if one.user_id]
        assert sorted(users) == sorted(one.user_id or 0 for one in senders)
        invitation = session.scalars(select(ClientInvitation)).one()
        assert invitation.version == 1
        invitations = Notice.kind == "client-invitation"
        assert session.scalar(select(func.count()).select_from(Notice).where(invitations)) == 1
        messages = FeedEvent.kind == EventKind.MESSAGE
        positions = select(FeedEvent.position).order_by(FeedEvent.position)
        everything = list(session.scalars(positions))
        assert everything == list(range(1, len(everything) + 1))
        assert len(list(session.scalars(positions.where(messages)))) == SENDERS


@pytest.mark.both_databases
def test_C15_the_same_person_added_by_several_at_once_takes_part_once(cast: Cast) -> None:
    client = clients.contact("Cleo Vance", "cleo@client.test")
    dana = clients.contact("Dana Ruiz", "dana@client.test")
    matter = clients.matter(client, related=[RelatedDetails(dana.id, "Spouse")])
    ada = portals.firm_person(ADA.email)
    portals.opened(matter, ada)
    refused: list[str] = []

    def do() -> None:
        try:
            with db.transaction() as session:
                add(session, matter_by_id(session, matter.id), f"contact:{dana.public_id}", ada)
        except Conflict as conflict:
            refused.append(str(conflict))

    assert all_at_once([do] * 6) == []
    assert refused == ["Dana Ruiz takes part in this portal already."] * 5
    assert joined_and_left(matter) == [EventKind.PARTICIPANT_ADDED] * 3


@pytest.mark.both_databases
def test_C14_adding_and_removing_at_once_leaves_one_place_or_none(cast: Cast) -> None:
    client, matter = a_matter()
    ada = portals.firm_person(ADA.email)
    portals.opened(matter, ada)

    def remove() -> None:
        with db.transaction() as session:
            here = queries.participants(session, matter.id)
            for one in here:
                if one.contact_id is not None:
                    actions.remove_participant(session, one, ada)

    def add_again() -> None:
        try:
            with db.transaction() as session:
                add(session, matter_by_id(session, matter.id), f"contact:{client.public_id}", ada)
        except Conflict:
            return

    assert all_at_once([remove, add_again] * 4) == []
    with db.read() as session:
        rows = list(session.scalars(select(Participant).where(Participant.contact_id.is_not(None))))
    now = [row for row in rows if row.removed_at is None]
    assert len(now) in (0, 1)
    changes = joined_and_left(matter)[1:]  # the first is Ada's own
    assert changes == [
        (EventKind.PARTICIPANT_ADDED, EventKind.PARTICIPANT_REMOVED)[turn % 2]
        for turn in range(len(changes))
    ]
    assert len(changes) == 2 * len(rows) - len(now)
