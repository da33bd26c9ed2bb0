"""What a client finds in **Documents**: what is shared by itself, and what lies in shared folders
(FEATURES C3, C17)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from portal.documents import listing
from portal.documents.listing import Item, Shelf, Wanted
from portal.documents.models import (
    Document,
    DocumentVersion,
    Folder,
    Share,
    ShareKind,
    StoredFile,
)
from portal.documents.queries import BROUGHT_BY, with_names
from portal.documents.sharing import Shared, told_of
from portal.documents.visible import Visible
from portal.feed.queries import openings


def outermost(session: Session, matter_id: int, shown: Visible, wanted: Wanted) -> Shelf:
    """The folders and documents that are shared by themselves or came with a message.

    What only messages carry is shown in the version that was sent. What clients sent themselves
    stands once: in **From client**, or wherever they see the folder that it lies in.
    """
    live = (Share.matter_id == matter_id, Share.stopped_at.is_(None))
    folders = select(Share.folder_id).where(*live, Share.folder_id.is_not(None))
    shared = select(Share.document_id).where(*live, Share.document_id.is_not(None))
    apart = Document.folder_id.is_(None) | Document.folder_id.not_in(shown.folder_ids)
    from_firm = Document.id.in_(shared.where(Share.contact_id.is_(None)))
    documents = from_firm | (Document.id.in_(shared) & apart)
    shelf = listing.find(session, matter_id, [Folder.id.in_(folders)], [documents], wanted)
    return replace(shelf, rows=_as_sent(session, shelf.rows, shown))


@dataclass(frozen=True, slots=True)
class Other:
    """Something of another feature that is shared: a bill. `new`: the client has not opened it."""

    told: Shared
    new: bool


def others(session: Session, matter_id: int, contact_id: int) -> list[Other]:
    """What of other features is shared in a matter, the newest first (FEATURES D6)."""
    live = (Share.matter_id == matter_id, Share.stopped_at.is_(None))
    shares = session.scalars(
        select(Share).where(*live, Share.kind.not_in(list(ShareKind))).order_by(Share.id.desc())
    ).all()
    told = told_of(session, shares)
    rows = openings(session, matter_id, [share.subject_id for share in shares]) if shares else ()
    seen = {row.subject_id for row in rows if row.contact_id == contact_id}
    return [
        Other(told[share.kind, share.subject_id], share.subject_id not in seen)
        for share in shares
        if (share.kind, share.subject_id) in told
    ]


def _as_sent(session: Session, rows: Sequence[Item], shown: Visible) -> list[Item]:
    """The same rows, with documents that only messages carry as they were sent."""
    sent: dict[int, int] = {
        row.id: shown.pinned[row.id]
        for row in rows
        if not row.is_folder
        and row.id not in shown.document_ids
        and row.folder_id not in shown.folder_ids
        and shown.pinned.get(row.id, row.version) != row.version
    }
    facts = _versions(session, sent)
    return [
        replace(row, **facts[row.id]) if not row.is_folder and row.id in facts else row
        for row in rows
    ]


def _versions(session: Session, numbers: dict[int, int]) -> dict[int, dict[str, Any]]:
    if not numbers:
        return {}
    statement = with_names(
        select(
            DocumentVersion.document_id,
            DocumentVersion.number,
            DocumentVersion.made_at,
            DocumentVersion.contact_id,
            BROUGHT_BY.label("brought_by"),
            StoredFile,
        ).join(StoredFile, StoredFile.id == DocumentVersion.file_id)
    ).where(tuple_(DocumentVersion.document_id, DocumentVersion.number).in_(list(numbers.items())))
    return {
        row.document_id: {
            "version": row.number,
            "at": row.made_at,
            "size_bytes": row.StoredFile.size_bytes,
            "content_type": row.StoredFile.content_type,
            "scan": row.StoredFile.scan,
            "preview": row.StoredFile.preview,
            "brought_by": row.brought_by or "",
            "by_client": row.contact_id is not None,
        }
        for row in session.execute(statement)
    }


def visible_path(path: Iterable[Folder], shown: Visible) -> list[Folder]:
    """The part of a path that a client may see: from the first shared folder on."""
    return [folder for folder in path if shown.shows_folder(folder.id)]


def new_to(session: Session, matter_id: int, contact_id: int, rows: Iterable[Item]) -> set[str]:
    """The public ids of those of these that this client has not opened yet. What clients have
    brought themselves is not new."""
    asked = {row.public_id for row in rows if not (row.by_client or row.from_client)}
    seen = {
        row.subject_id
        for row in openings(session, matter_id, asked)
        if row.contact_id == contact_id
    }
    return asked - seen
