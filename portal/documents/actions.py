"""Documents come into a matter: a new one, a new version of one, and what clients upload."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.queries import portal_of
from portal.clients.models import Matter
from portal.core import audit, clock, ids
from portal.documents.models import Document, DocumentVersion, Folder, StoredFile
from portal.documents.names import clean_name, name_key
from portal.documents.sharing import share_from_client
from portal.feed import actions as feed
from portal.feed.people import Person

# Kept as a name, which the firm and its clients read alike: not in the language of who uploads.
FROM_CLIENT = "From client"


def add_document(
    session: Session,
    matter_id: int,
    *,
    file: StoredFile,
    name: str,
    folder_id: int | None,
    by: Person,
) -> Document:
    """Put a file into a matter as a document, in a folder or outside of all. What lies in a shared
    folder is shared (FEATURES C3)."""
    called = clean_name(name)
    document = Document(
        public_id=ids.public_id(),
        matter_id=matter_id,
        folder_id=folder_id,
        name=called,
        name_key=name_key(called),
        latest=1,
        changed_at=clock.now(),
    )
    session.add(document)
    session.flush()
    _add_version(session, document, file, by)
    _record(session, by, "document.added", document, file)
    return document


def add_version(session: Session, document: Document, file: StoredFile, by: Person) -> int:
    """Put a file into a matter as the newest version of a document; answers its number. Clients who
    see the document see this version from now on; older ones stay for the firm."""
    # Two versions at once are two numbers.
    session.refresh(document, with_for_update=True)
    document.latest += 1
    document.changed_at = clock.now()
    _add_version(session, document, file, by)
    _record(session, by, "document.version_added", document, file)
    return document.latest


def _add_version(session: Session, document: Document, file: StoredFile, by: Person) -> None:
    session.add(
        DocumentVersion(
            document_id=document.id,
            number=document.latest,
            file_id=file.id,
            **by.columns,
            made_at=clock.now(),
        )
    )
    session.flush()


def _record(session: Session, by: Person, done: str, document: Document, file: StoredFile) -> None:
    audit.record(
        session,
        by.actor,
        done,
        f"document:{document.public_id}",
        name=document.name,
        version=document.latest,
        bytes=file.size_bytes,
        sha256=file.sha256,
    )


def hold_feed(session: Session, matter_id: int) -> None:
    """Hold the feed of a matter until the transaction ends, where its portal is open.

    Everybody takes what they hold in one order, else two would wait for each other: contact, feeds
    by matter, upload, matter, document.
    """
    if portal_of(session, matter_id) is not None:
        feed.lock(session, matter_id)


def hold_matter(session: Session, matter_id: int) -> None:
    """Hold what lies in a matter, and its feed before: folders are made and things are moved one
    after the other, and what clients see of them stays as it is meanwhile."""
    hold_feed(session, matter_id)
    # What only names the matter (a document that is added) need not wait, and so never in a circle.
    held = select(Matter.id).where(Matter.id == matter_id)
    session.execute(held.with_for_update(key_share=True))


def from_client_folder(session: Session, matter_id: int) -> Folder:
    """The folder **From client**, into which clients upload: made when first needed, and shared
    with them from its start (FEATURES C17). The firm may stop sharing it like any other."""
    # Two uploads at once make one folder.
    hold_matter(session, matter_id)
    folder = session.scalar(select(Folder).where(Folder.matter_id == matter_id, Folder.from_client))
    if folder is None:
        called = _free_name(session, matter_id)
        folder = Folder(
            public_id=ids.public_id(),
            matter_id=matter_id,
            parent_id=None,
            name=called,
            name_key=name_key(called),
            from_client=True,
            made_at=clock.now(),
        )
        session.add(folder)
        session.flush()
        share_from_client(session, folder)
    return folder


def _free_name(session: Session, matter_id: int) -> str:
    outermost = (Folder.matter_id == matter_id, Folder.parent_id.is_(None))
    taken = set(session.scalars(select(Folder.name_key).where(*outermost)))
    called, number = FROM_CLIENT, 1
    while name_key(called) in taken:
        number += 1
        called = f"{FROM_CLIENT} ({number})"
    return called
