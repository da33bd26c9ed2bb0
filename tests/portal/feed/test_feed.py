"""A feed gives out positions in the order in which they can be seen, and knows who has read."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.core import db
from portal.feed import actions, queries
from portal.feed.models import EventKind, FeedEvent, ReadMark
from portal.feed.people import Person
from tests.factories import clients, portals
from tests.support.cast import ADA, BEN, Cast

pytestmark = pytest.mark.both_databases


@pytest.fixture
def matter_id(cast: Cast) -> int:
    """A matter with a feed."""
    matter = clients.matter(clients.contact("Cleo Vance", "cleo@client.test"))
    with db.transaction() as session:
        assert actions.open_feed(session, matter.id)
    return matter.id


@pytest.fixture
def ada(cast: Cast) -> Person:
    return portals.firm_person(ADA.email)


@pytest.fixture
def ben(cast: Cast) -> Person:
    return portals.firm_person(BEN.email)


def write(matter_id: int, by: Person) -> int:
    """Somebody writes; answers the message's position."""
    with db.transaction() as session:
        return actions.add_event(session, matter_id, EventKind.MESSAGE, by=by)


def read(matter_id: int, reader: Person, up_to: int) -> None:
    """Somebody has had the messages up to here on their screen."""
    with db.transaction() as session:
        actions.mark_read(session, matter_id, reader, up_to)


def unread(matter_id: int, reader: Person) -> int:
    with db.read() as session:
        return queries.unread(session, reader, [matter_id]).get(matter_id, 0)


def events(matter_id: int) -> list[FeedEvent]:
    with db.read() as session:
        here = select(FeedEvent).where(FeedEvent.matter_id == matter_id)
        return list(session.scalars(here.order_by(FeedEvent.position)))


def at_once(do: Callable[[], object], people: int = 8) -> None:
    """Several threads do the same thing together; what goes wrong in one fails the test."""
    begin, wrong = Barrier(people), list[BaseException]()

    def run() -> None:
        begin.wait()
        try:
            do()
        except BaseException as problem:
            wrong.append(problem)

    threads = [Thread(target=run) for _ in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_C6_what_others_wrote_is_unread_until_it_was_on_screen(
    matter_id: int, ada: Person, ben: Person
) -> None:
    first, second = write(matter_id, ada), write(matter_id, ada)
    assert (unread(matter_id, ada), unread(matter_id, ben)) == (0, 2)
    read(matter_id, ben, first)
    assert unread(matter_id, ben) == 1
    read(matter_id, ben, second)
    assert unread(matter_id, ben) == 0


def test_C6_reading_five_hundred_messages_is_one_mark_and_one_event(
    matter_id: int, ada: Person, ben: Person
) -> None:
    with db.transaction() as session:
        for _ in range(500):
            actions.add_event(session, matter_id, EventKind.MESSAGE, by=ada)
    read(matter_id, ben, 500)
    told = [event for event in events(matter_id) if event.kind == EventKind.READ]
    assert [(one.user_id, one.up_to) for one in told] == [(ben.user_id, 500)]


def test_C6_reading_again_backwards_or_beyond_the_end_tells_nothing_more(
    matter_id: int, ada: Person, ben: Person
) -> None:
    last = write(matter_id, ada)
    for up_to in (last, last, 0, -5, 10_000):
        read(matter_id, ben, up_to)
    assert [event.kind for event in events(matter_id)] == ["message", "read"]
    with db.read() as session:
        assert queries.up_to_of(session, matter_id, ben) == last


def test_C6_ones_own_messages_are_never_unread_nor_read(matter_id: int, ada: Person) -> None:
    read(matter_id, ada, write(matter_id, ada))
    assert unread(matter_id, ada) == 0
    assert [event.kind for event in events(matter_id)] == ["message"]


def test_C4_C6_only_the_first_opening_of_each_thing_by_each_person_is_noted(
    matter_id: int, ada: Person, ben: Person
) -> None:
    for reader, subject in ((ada, "one"), (ada, "one"), (ada, "two"), (ben, "one")):
        with db.transaction() as session:
            actions.note_opened(session, matter_id, reader, "document", subject, "Lease.pdf")
    with db.read() as session:
        noted = queries.openings(session, matter_id)
    assert [(row.user_id, row.subject_id) for row in noted] == [
        (ada.user_id, "one"),
        (ada.user_id, "two"),
        (ben.user_id, "one"),
    ]


def test_many_at_once_get_positions_without_a_gap_in_the_order_of_their_commits(
    matter_id: int, ada: Person
) -> None:
    at_once(lambda: [write(matter_id, ada) for _ in range(5)])
    found = events(matter_id)
    assert [event.position for event in found] == list(range(1, 41))
    assert [event.id for event in found] == sorted(event.id for event in found)


def test_two_browsers_of_one_reader_at_once_note_one_reading_and_one_opening(
    matter_id: int, ada: Person, ben: Person
) -> None:
    last = write(matter_id, ada)
    at_once(lambda: read(matter_id, ben, last))

    def open_it() -> None:
        with db.transaction() as session:
            actions.note_opened(session, matter_id, ben, "document", "one", "Lease.pdf")

    at_once(open_it)
    assert [event.kind for event in events(matter_id)] == ["message", "read", "opened"]
    with db.read() as session:
        assert len(list(session.scalars(select(ReadMark)))) == 1


def test_two_first_messages_at_once_begin_one_feed(cast: Cast) -> None:
    matter = clients.matter(clients.contact("Sol", "sol@client.test"))
    begun = list[bool]()

    def begin() -> None:
        with db.transaction() as session:
            begun.append(actions.open_feed(session, matter.id))

    at_once(begin)
    assert sorted(begun) == [False] * 7 + [True]


@pytest.mark.parametrize("change", ["UPDATE feed_event SET name = 'x'", "DELETE FROM feed_event"])
def test_C7_what_happened_is_never_rewritten(matter_id: int, ada: Person, change: str) -> None:
    write(matter_id, ada)
    with pytest.raises(DBAPIError, match="never changed"), db.transaction() as session:
        session.connection().exec_driver_sql(change)
    assert len(events(matter_id)) == 1


def test_C13_what_was_deleted_before_anybody_read_it_is_no_news(
    matter_id: int, ada: Person, ben: Person
) -> None:
    with db.transaction() as session:
        for kind in (EventKind.MESSAGE, EventKind.MESSAGE_DELETED):
            actions.add_event(session, matter_id, kind, by=ada, subject_id="one")
    assert unread(matter_id, ben) == 0
    read(matter_id, ben, 2)
    assert [event.kind for event in events(matter_id)] == ["message", "message deleted"]
