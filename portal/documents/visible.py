"""What the clients of a portal see: what is shared, and what lies in a shared folder.

Asked anew at every request, and at every second of a running download, so that **Stop sharing**
holds from then on (FEATURES C3, C12).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from portal.access import queries as access
from portal.core.errors import Missing
from portal.documents.models import (
    Document,
    DocumentVersion,
    Folder,
    Scan,
    Share,
    StoredFile,
)
from portal.documents.queries import folders_of, path_to
from portal.firm.queries import actor_names


@dataclass(frozen=True, slots=True)
class Visible:
    """What of one matter its clients see now, by ids of rows.

    `folder_ids` are the shared folders and all that lie in them. `pinned` are the versions of
    documents that are only to be seen as the attachments that they were sent as.
    """

    folder_ids: frozenset[int]
    document_ids: frozenset[int]
    pinned: dict[int, int]
    subjects: frozenset[tuple[str, str]]

    def shows_folder(self, folder_id: int | None) -> bool:
        """Whether clients see into this folder."""
        return folder_id in self.folder_ids

    def shows_document(self, document: Document) -> bool:
        """Whether clients see this document, in some version."""
        return self.version_of(document) is not None

    def version_of(self, document: Document) -> int | None:
        """The version that clients see: the latest, or the one that was attached; None for none."""
        if document.id in self.document_ids or document.folder_id in self.folder_ids:
            return document.latest
        return self.pinned.get(document.id)

    def shows(self, kind: str, subject_id: str) -> bool:
        """Whether something of another kind (a bill) is shared, by its public id."""
        return (kind, subject_id) in self.subjects


def visible(session: Session, matter_id: int) -> Visible:
    """What is shared with the clients of a matter, in two SELECTs."""
    shares = session.execute(
        select(
            Share.kind,
            Share.subject_id,
            Share.document_id,
            Share.folder_id,
            Share.attached,
            Share.version,
        ).where(Share.matter_id == matter_id, Share.stopped_at.is_(None))
    ).all()
    folders = session.execute(
        select(Folder.id, Folder.parent_id).where(Folder.matter_id == matter_id)
    ).all()
    direct = {one.document_id for one in shares if one.document_id and not one.attached}
    pinned: dict[int, int] = {}
    for one in shares:
        if one.document_id and one.attached:
            pinned[one.document_id] = max(one.version or 0, pinned.get(one.document_id, 0))
    return Visible(
        folder_ids=_with_all_inside({one.folder_id for one in shares if one.folder_id}, folders),
        document_ids=frozenset(direct),
        pinned=pinned,
        subjects=frozenset((one.kind, one.subject_id) for one in shares),
    )


def _with_all_inside(shared: set[int], folders: Iterable[Any]) -> frozenset[int]:
    inside: dict[int | None, list[int]] = {}
    for folder in folders:
        inside.setdefault(folder.parent_id, []).append(folder.id)
    found: set[int] = set()
    waiting = list(shared)
    while waiting:
        folder_id = waiting.pop()
        if folder_id not in found:
            found.add(folder_id)
            waiting += inside.get(folder_id, [])
    return frozenset(found)


def document_for_client(
    session: Session, contact_id: int, public_id: str, *, number: int | None = None
) -> tuple[Document, DocumentVersion, StoredFile]:
    """A document that this client may open now, in the version that they see; `number` asks for the
    one that a message was sent with.

    Raises `Missing` for anything else: of another matter, shared no longer, or kept away because a
    virus was found in it.
    """
    found = None
    if "\0" not in public_id:  # which PostgreSQL does not take
        found = session.scalar(select(Document).where(Document.public_id == public_id))
    if found is None or not access.takes_part(session, found.matter_id, contact_id):
        raise _nothing_here()
    shown = visible(session, found.matter_id)
    version = number if number in _attached(session, found.id) else shown.version_of(found)
    if version is None:
        raise _stopped(session, found, found.folder_id, Share.document_id == found.id)
    row = session.execute(
        select(DocumentVersion, StoredFile)
        .join(StoredFile, StoredFile.id == DocumentVersion.file_id)
        .where(DocumentVersion.document_id == found.id, DocumentVersion.number == version)
    ).one()
    if row.StoredFile.scan == Scan.INFECTED:
        raise _nothing_here()
    return found, row.DocumentVersion, row.StoredFile


def _attached(session: Session, document_id: int) -> set[int | None]:
    """The versions of a document that messages carry now."""
    live = (Share.document_id == document_id, Share.attached, Share.stopped_at.is_(None))
    return set(session.scalars(select(Share.version).where(*live)))


def folder_for_client(session: Session, contact_id: int, public_id: str) -> Folder:
    """A folder that this client may look into now. Raises `Missing`."""
    found = None
    if "\0" not in public_id:
        found = session.scalar(select(Folder).where(Folder.public_id == public_id))
    if found is None or not access.takes_part(session, found.matter_id, contact_id):
        raise _nothing_here()
    if not visible(session, found.matter_id).shows_folder(found.id):
        raise _stopped(session, found, found.id)
    return found


def _stopped(
    session: Session, what: Document | Folder, folder_id: int | None, *own: ColumnElement[bool]
) -> Missing:
    """Who stopped sharing this, for somebody who takes part in its portal (UX C12).

    Said only of what the share that ended may have shown: it was there before the end.
    """
    folders = folders_of(session, what.matter_id)
    above = Share.folder_id.in_([folder.id for folder in path_to(folders, folder_id)])
    statement = select(Share.stopped_by).where(
        Share.matter_id == what.matter_id, or_(above, *own), Share.stopped_at >= _made_at(what)
    )
    by = session.scalar(statement.order_by(Share.stopped_at.desc(), Share.id.desc()).limit(1))
    if by is None or not by.startswith("user:"):
        return _nothing_here()
    name = actor_names(session, [by])[by]
    return Missing(_("This is no longer shared with you. %(name)s stopped sharing it.", name=name))


def _made_at(what: Document | Folder) -> Any:
    if isinstance(what, Folder):
        return what.made_at
    first = select(func.min(DocumentVersion.made_at)).where(DocumentVersion.document_id == what.id)
    return first.scalar_subquery()


def _nothing_here() -> Missing:
    return Missing(_("This is no longer shared with you, or the link is not whole."))
