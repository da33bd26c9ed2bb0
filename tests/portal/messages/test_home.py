"""What is new to a client, by matter: messages not read and documents never opened (C16)."""

from typing import Any

import pytest

from portal.clients.models import Matter
from portal.core import clock, db, ids
from portal.documents import sharing
from portal.documents.models import Document, DocumentVersion, Folder, Scan, StoredFile
from portal.feed import actions as feed
from portal.feed.people import Person
from portal.messages.home import Home, home_of
from tests.factories import clients, portals
from tests.portal.notifications.portal_desk import Desk, open_desk
from tests.support.cast import Cast
from tests.support.statements import statements

pytestmark = pytest.mark.both_databases


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return open_desk()


def home(reader: Person) -> Home:
    with db.read() as session:
        return home_of(session, reader)


def new_to(reader: Person) -> list[tuple[str, int, int]]:
    """Matter, messages and documents of each card."""
    return [(one.matter.name, one.messages, one.documents) for one in home(reader).needing]


def folder(desk: Desk, name: str, inside: Folder | None = None) -> Folder:
    with db.transaction() as session:
        made = Folder(
            public_id=ids.public_id(),
            matter_id=desk.matter.id,
            parent_id=inside.id if inside else None,
            name=name,
            name_key=name.lower(),
            made_at=clock.now(),
        )
        session.add(made)
    return made


def document(
    desk: Desk, *, by: Person, inside: Folder | None = None, scan: Scan = Scan.CLEAN
) -> Document:
    """Somebody has filed a document."""
    with db.transaction() as session:
        file = StoredFile(
            public_id=ids.public_id(),
            size_bytes=10,
            sha256="0" * 64,
            content_type="application/pdf",
            scan=scan,
            made_at=clock.now(),
        )
        kept = Document(
            public_id=ids.public_id(),
            matter_id=desk.matter.id,
            folder_id=inside.id if inside else None,
            name="Deed.pdf",
            name_key="deed.pdf",
            changed_at=clock.now(),
        )
        session.add_all([file, kept])
        session.flush()
        session.add(
            DocumentVersion(
                document_id=kept.id, number=1, file_id=file.id, **by.columns, made_at=clock.now()
            )
        )
    return kept


def share(desk: Desk, what: Document | Folder) -> Any:
    with db.transaction() as session:
        matter = session.get_one(Matter, desk.matter.id)
        return sharing.start(session, matter, by=desk.ada, what=what)


def attach(desk: Desk, what: Document) -> None:
    with db.transaction() as session:
        sharing.attach(session, desk.matter.id, by=desk.ada, what=what)


def open_(desk: Desk, what: Document) -> None:
    with db.transaction() as session:
        feed.note_opened(session, desk.matter.id, desk.cleo, "document", what.public_id, what.name)


def test_C16_messages_of_others_are_new_until_they_are_read(desk: Desk) -> None:
    desk.write(desk.cleo)
    assert new_to(desk.cleo) == []
    desk.write(desk.ada)
    last = desk.write(desk.ada)
    assert new_to(desk.cleo) == [("Vance divorce", 2, 0)]
    with db.transaction() as session:
        feed.mark_read(session, desk.matter.id, desk.cleo, last)
    assert new_to(desk.cleo) == []


def test_C16_a_shared_document_is_new_until_it_is_opened(desk: Desk) -> None:
    shared = document(desk, by=desk.ada)
    document(desk, by=desk.ada)
    assert new_to(desk.cleo) == []
    share(desk, shared)
    assert new_to(desk.cleo) == [("Vance divorce", 0, 1)]
    open_(desk, shared)
    assert new_to(desk.cleo) == []


def test_C16_C3_documents_in_shared_folders_and_in_messages_are_new_once(desk: Desk) -> None:
    outer = folder(desk, "Evidence")
    inner = folder(desk, "Photographs", inside=outer)
    deep = document(desk, by=desk.ada, inside=inner)
    document(desk, by=desk.ada, inside=folder(desk, "Notes"))
    share(desk, outer)
    attach(desk, deep)
    attach(desk, document(desk, by=desk.ada))
    assert new_to(desk.cleo) == [("Vance divorce", 0, 2)]


def test_C16_C12_what_is_shared_no_longer_is_not_new(desk: Desk) -> None:
    shared = share(desk, document(desk, by=desk.ada))
    desk.stop(shared)
    assert new_to(desk.cleo) == []


def test_C16_a_clients_own_uploads_are_not_new_to_them(desk: Desk) -> None:
    share(desk, document(desk, by=desk.cleo))
    assert new_to(desk.cleo) == []


@pytest.mark.parametrize("scan", [Scan.WAITING, Scan.INFECTED])
def test_C16_what_cannot_be_opened_is_not_told_as_new(desk: Desk, scan: Scan) -> None:
    share(desk, document(desk, by=desk.ada, scan=scan))
    assert new_to(desk.cleo) == []


def test_C16_a_home_holds_the_clients_own_matters_alone(desk: Desk) -> None:
    clients.matter(desk.client, "A matter without a portal")
    stranger = clients.contact("Sol Nobody", "sol@stranger.test")
    other = clients.matter(stranger, "Nobody's lease")
    portals.opened(other, desk.ada)
    sol = portals.joined(stranger)
    Desk(other, stranger, desk.ada, sol).write(desk.ada)
    assert [one.matter.name for one in home(desk.cleo).matters] == ["Vance divorce"]
    assert new_to(desk.cleo) == []
    assert new_to(sol) == [("Nobody's lease", 1, 0)]


def test_C16_a_home_changes_its_name_when_something_comes(desk: Desk) -> None:
    before = home(desk.cleo).fingerprint
    assert home(desk.cleo).fingerprint == before
    desk.write(desk.ada)
    assert home(desk.cleo).fingerprint != before


def test_C16_fifty_matters_cost_as_many_statements_as_one(desk: Desk) -> None:
    def queries() -> int:
        with statements() as asked:
            home(desk.cleo)
        return len([one for one, _said in asked if "SELECT" in one])

    one = queries()
    for number in range(49):
        portals.opened(clients.matter(desk.client, f"Lease {number}"), desk.ada)
    assert len(home(desk.cleo).matters) == 50
    assert queries() == one == 3
