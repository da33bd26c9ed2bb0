"""Many at once: positions stay dense, windows single, and nothing is sent or deleted twice."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from portal.clients.queries import matter_by_id
from portal.core import db, ids
from portal.feed import actions as feed
from portal.feed.models import EventKind, FeedEvent, ReadMark
from portal.feed.people import Person
from portal.messages import actions, drafts
from portal.messages.models import Draft, Message
from portal.notifications.models import NoticeWindow
from tests.factories import portals
from tests.portal.messages.conftest import Office
from tests.support.cast import ADA, BEN

pytestmark = pytest.mark.both_databases


def together(*tasks: Callable[[], object]) -> None:
    """All at once; what goes wrong in one fails the test."""
    begin, wrong = Barrier(len(tasks)), list[BaseException]()

    def run(task: Callable[[], object]) -> None:
        begin.wait()
        try:
            task()
        except BaseException as problem:
            wrong.append(problem)

    threads = [Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def send(office: Office, by: Person, text: str = "Hello", nonce: str = "") -> str:
    """Somebody sends; answers the message's public id."""
    with db.transaction() as session:
        matter = matter_by_id(session, office.matter.id)
        name = nonce or ids.public_id()
        return actions.send(session, matter, by=by, text=text, nonce=name).message.public_id


def test_C5_ten_senders_at_once_get_dense_places_and_open_one_window_each(office: Office) -> None:
    ada, ben = portals.firm_person(ADA.email), portals.firm_person(BEN.email)
    send(office, ada)
    send(office, ben)
    cleo = portals.joined(office.client)
    together(*(lambda by=by: send(office, by) for by in (ada, ben, cleo, ada, cleo) * 2))
    with db.read() as session:
        positions = session.scalars(select(FeedEvent.position).order_by(FeedEvent.position)).all()
        written = session.scalars(select(Message.position)).all()
        windows = session.scalars(select(NoticeWindow.participant_id)).all()
    assert list(positions) == list(range(1, len(positions) + 1))
    assert len(written) == 12
    assert len(windows) == len(set(windows)) == 3


def test_C2_one_form_pressed_eight_times_at_once_is_one_message(office: Office) -> None:
    ada = portals.firm_person(ADA.email)
    found: list[str] = []
    together(*[lambda: found.append(send(office, ada, nonce="one-form-of-ada"))] * 8)
    assert len(set(found)) == 1
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_C13_reading_and_deleting_at_once_end_as_one_after_the_other(office: Office) -> None:
    ada = portals.firm_person(ADA.email)
    public_id = send(office, ada)
    cleo = portals.joined(office.client)

    def delete() -> None:
        with db.transaction() as session:
            message = session.scalars(select(Message)).one()
            actions.delete(session, message, by=ada)

    def read() -> None:
        with db.transaction() as session:
            feed.mark_read(session, office.matter.id, cleo, 100)

    together(delete, read, delete, read)
    with db.read() as session:
        kinds = session.scalars(select(FeedEvent.kind).order_by(FeedEvent.position)).all()
        # Deleted first, there is nothing left to read.
        told = [one for one in kinds if one in {EventKind.READ, EventKind.MESSAGE_DELETED}]
        legal = [EventKind.READ, EventKind.MESSAGE_DELETED], [EventKind.MESSAGE_DELETED]
        assert told in legal
        assert session.scalars(select(Message)).one().text == ""
        assert session.scalars(select(ReadMark)).one().contact_id == cleo.contact_id
        assert session.scalars(select(Message.public_id)).one() == public_id


def test_C2_drafts_from_two_devices_leave_one(office: Office) -> None:
    ada = portals.firm_person(ADA.email)

    def keep(text: str) -> None:
        with db.transaction() as session:
            drafts.keep(
                session, office.matter.id, by=ada, text=text, attached=[], nonce=ids.public_id()
            )

    together(*(lambda text=text: keep(text) for text in ("one", "two", "three", "four")))
    with db.read() as session:
        assert session.scalars(select(Draft.text)).one() in {"one", "two", "three", "four"}
