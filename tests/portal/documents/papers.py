"""Documents of a matter as they stand once their bytes are in the store."""

from typing import Any

from portal.clients.models import Matter
from portal.core import clock, db, ids, storage
from portal.documents import actions, keeping, sharing
from portal.documents.models import Document, Folder, Preview, Scan, Share, StoredFile
from portal.feed.people import Person
from tests.support.rows import count


def stored(content_type: str = "application/pdf", **more: Any) -> StoredFile:
    """A file of 1,234 bytes, as far as the database knows."""
    told = {"size_bytes": 1_234, "scan": Scan.CLEAN, "preview": Preview.NONE, **more}
    return StoredFile(
        public_id=ids.public_id(),
        sha256="0" * 64,
        content_type=content_type,
        made_at=clock.now(),
        **told,
    )


def document(
    matter: Matter, name: str, by: Person, *, folder: Folder | None = None, **more: Any
) -> Document:
    """A document of a matter, brought by this person."""
    with db.transaction() as session:
        file = stored(**more)
        session.add(file)
        session.flush()
        place = folder.id if folder else None
        return actions.add_document(
            session, matter.id, file=file, name=name, folder_id=place, by=by
        )


def version(paper: Document, by: Person, **more: Any) -> int:
    """One more version of a document."""
    with db.transaction() as session:
        file = stored(**more)
        session.add(file)
        session.flush()
        return actions.add_version(session, session.get_one(Document, paper.id), file, by)


def folder(matter: Matter, name: str, by: Person, *, into: Folder | None = None) -> Folder:
    """A folder of a matter."""
    with db.transaction() as session:
        return keeping.make_folder(session, matter, name=name, into=into, by=by)


def shared(matter: Matter, what: Document | Folder, by: Person) -> Share:
    """Shared directly, as by **Share**."""
    with db.transaction() as session:
        return sharing.start(session, matter, by=by, what=what)


def attached(matter: Matter, what: Document | Folder, by: Person) -> Share:
    """Shared as by a message that carries it."""
    with db.transaction() as session:
        return sharing.attach(session, matter.id, by=by, what=what)


def stopped(share: Share, by: Person) -> None:
    """No longer shared."""
    with db.transaction() as session:
        sharing.stop(session, session.get_one(Share, share.id), by=by, name="it")


def nothing_came() -> None:
    """No document, no file and no part of one is left of what was refused."""
    assert count(Document) == count(StoredFile) == 0
    assert [*storage.listed("files"), *storage.listed("parts")] == []
