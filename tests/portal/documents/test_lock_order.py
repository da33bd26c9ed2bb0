"""What two people do at once in one portal never waits in a circle: the feed is held first, then
the upload, then the matter."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.clients.models import Matter
from portal.core import db, ids
from portal.documents import keeping, receiving, uploads
from portal.documents.keeping import Change
from portal.documents.models import Document, Folder, Upload
from portal.feed.people import Person
from portal.messages import actions as messages
from tests.portal.documents import papers
from tests.portal.documents.cabinet import Cabinet
from tests.portal.messages.test_racing import together

pytestmark = pytest.mark.both_databases
ROUNDS = 6


def uploaded(cabinet: Cabinet, by: Person, **target: bool | int) -> str:
    """A file whose bytes are there, not finished yet; answers its id."""
    with db.transaction() as session:
        ways = {"name": "Deed.txt", "size_bytes": 3, **target}
        upload = uploads.begin(session, cabinet.matter.id, by=by, **ways)
    receiving.receive_whole(upload.public_id, by, [b"abc"])
    return upload.public_id


def message(cabinet: Cabinet) -> Callable[[], None]:
    """Cleo sends a message with a file."""
    upload_id = uploaded(cabinet, cabinet.client, for_message=True)

    def act() -> None:
        with db.transaction() as session:
            matter = session.get_one(Matter, cabinet.matter.id)
            held = session.scalars(select(Upload).where(Upload.public_id == upload_id)).one()
            by = cabinet.client
            messages.send(session, matter, by=by, text="", attachment=held, nonce=ids.public_id())

    return act


def finish(cabinet: Cabinet, by: Person, **target: int) -> Callable[[], object]:
    """A file is finished, and placed among the documents."""
    upload_id = uploaded(cabinet, by, **target)
    return lambda: receiving.finish(upload_id, by)


def move(cabinet: Cabinet, what: Document, into: Folder | None) -> Callable[[], None]:
    """Ada moves a document into a shared folder, or out of it."""
    expected = Change.ENDS if into is None else Change.STARTS

    def act() -> None:
        with db.transaction() as session:
            kept = session.get_one(Document, what.id)
            place = session.get_one(Folder, into.id) if into else None
            keeping.move(session, kept, into=place, by=cabinet.ada, expected=expected)

    return act


def test_C17_a_message_an_upload_and_a_move_at_once_all_go_through(cabinet: Cabinet) -> None:
    folder = papers.folder(cabinet.matter, "Shared", cabinet.ada)
    papers.shared(cabinet.matter, folder, cabinet.ada)
    for _round in range(ROUNDS):
        inside = papers.document(cabinet.matter, "In.pdf", cabinet.ada, folder=folder)
        outside = papers.document(cabinet.matter, "Out.pdf", cabinet.ada)
        together(
            message(cabinet),
            finish(cabinet, cabinet.client),
            move(cabinet, outside, folder),
            finish(cabinet, cabinet.ada, folder_id=folder.id),
            message(cabinet),
            move(cabinet, inside, None),
        )
    with db.read() as session:
        from_client = session.scalars(select(Folder.id).where(Folder.from_client)).one()
        brought = select(Document).where(Document.folder_id == from_client)
        assert len(session.scalars(brought).all()) == 3 * ROUNDS
