"""The documents, folders, versions and shares of a matter, as far as it is open to the viewer."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.clients.access import Closed
from portal.clients.models import Contact
from portal.core.errors import Missing
from portal.documents.models import Document, DocumentVersion, Folder, Share, StoredFile
from portal.firm.models import User
from portal.web.pagination import COUNTED_MAX, PAGE_ROWS, Found, cut

Rows = Select[*tuple[Any, ...]]
BROUGHT_BY: ColumnElement[str] = func.coalesce(User.name, Contact.name)
"""Who brought a version: a user or a client, by name."""


def document(session: Session, public_id: str, closed: Closed) -> Document:
    """One document of a matter that is open to the viewer. Raises `Missing` for any other."""
    here = (Document.public_id == _possible(public_id), *closed.left_out(Document.matter_id))
    found = session.scalar(select(Document).where(*here))
    if found is None:
        raise Missing(_("There is no such document. It may be in a matter that is closed to you."))
    return found


def folder(session: Session, public_id: str, closed: Closed) -> Folder:
    """One folder of a matter that is open to the viewer. Raises `Missing` for any other."""
    here = (Folder.public_id == _possible(public_id), *closed.left_out(Folder.matter_id))
    found = session.scalar(select(Folder).where(*here))
    if found is None:
        raise Missing(_("There is no such folder. It may be in a matter that is closed to you."))
    return found


def _possible(public_id: str) -> str:
    # PostgreSQL takes no NUL. Nothing has an empty id.
    return "" if "\0" in public_id else public_id


def in_matter(folder: Folder, matter_id: int) -> Folder:
    """This folder, if it belongs to that matter. Raises `Missing`."""
    if folder.matter_id != matter_id:
        raise Missing(_("There is no such folder in this matter."))
    return folder


def share(session: Session, public_id: str, closed: Closed) -> Share:
    """Something that was shared in a portal whose matter is open to the viewer, stopped or not,
    with its document and folder. Raises `Missing` for any other."""
    here = (Share.public_id == public_id, *closed.left_out(Share.matter_id))
    loaded = (joinedload(Share.document), joinedload(Share.folder))
    found = session.scalar(select(Share).options(*loaded).where(*here))
    if found is None:
        raise Missing(_("Nothing like that is shared."))
    return found


def shared_now(
    session: Session, matter_id: int, *, before: int | None = None, after: int | None = None
) -> Found[Share]:
    """What is shared in a portal now, the newest first, a page at a time (FEATURES C4)."""
    live = (Share.matter_id == matter_id, Share.stopped_at.is_(None))
    loaded = (joinedload(Share.document), joinedload(Share.folder))
    statement = select(Share).options(*loaded).where(*live)
    if after is not None:
        statement = statement.where(Share.id > after).order_by(Share.id)
    else:
        newer = [] if before is None else [Share.id < before]
        statement = statement.where(*newer).order_by(Share.id.desc())
    rows = session.scalars(statement.limit(PAGE_ROWS + 1)).all()
    counted = select(Share.id).where(*live).limit(COUNTED_MAX + 1).subquery()
    count = session.scalar(select(func.count()).select_from(counted)) or 0
    return Found(cut(rows, lambda share: share.id, before=before, after=after), count)


def folders_of(session: Session, matter_id: int) -> dict[int, Folder]:
    """All folders of a matter by id, in the order of their names, as they stand now: also those
    that this session has read before, and that somebody has moved since."""
    statement = select(Folder).where(Folder.matter_id == matter_id)
    fresh = statement.order_by(Folder.name_key, Folder.id).execution_options(populate_existing=True)
    rows = session.scalars(fresh)
    return {row.id: row for row in rows}


def path_to(folders: dict[int, Folder], folder_id: int | None) -> list[Folder]:
    """The folders that lead to one of them, the outermost first, itself last."""
    path: list[Folder] = []
    while folder_id is not None:
        path.insert(0, folders[folder_id])
        folder_id = folders[folder_id].parent_id
    return path


def inside(folders: dict[int, Folder], folder_id: int) -> set[int]:
    """The ids of a folder and of all that lie in it."""
    return {one for one in folders if any(up.id == folder_id for up in path_to(folders, one))}


def versions_of(session: Session, document_id: int) -> Sequence[Any]:
    """The versions of a document, the newest first: rows of `number`, `made_at`, `brought_by`,
    `by_client` and the file's `size_bytes`, `content_type`, `scan` and `preview`."""
    statement = with_names(
        select(
            DocumentVersion.number,
            DocumentVersion.made_at,
            BROUGHT_BY.label("brought_by"),
            DocumentVersion.contact_id.is_not(None).label("by_client"),
            StoredFile.size_bytes,
            StoredFile.content_type,
            StoredFile.scan,
            StoredFile.preview,
        ).join(StoredFile, StoredFile.id == DocumentVersion.file_id)
    ).where(DocumentVersion.document_id == document_id)
    return session.execute(statement.order_by(DocumentVersion.number.desc())).all()


def with_names(statement: Rows) -> Rows:
    """A reading of versions, joined to who brought them."""
    return statement.outerjoin(User, User.id == DocumentVersion.user_id).outerjoin(
        Contact, Contact.id == DocumentVersion.contact_id
    )


def live_shares(session: Session, matter_id: int, document_ids: Iterable[int]) -> Sequence[Share]:
    """What is shared now of these documents, and every folder that is."""
    about = Share.document_id.in_(set(document_ids)) | Share.folder_id.is_not(None)
    here = (Share.matter_id == matter_id, Share.stopped_at.is_(None), about)
    return session.scalars(select(Share).where(*here)).all()


def brought_by_clients(session: Session, document_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """Which client brought which version, by the document's row id and the version's number."""
    theirs = DocumentVersion.contact_id.is_not(None)
    statement = select(
        DocumentVersion.document_id, DocumentVersion.number, DocumentVersion.contact_id
    ).where(DocumentVersion.document_id.in_(set(document_ids)), theirs)
    return {(row.document_id, row.number): row.contact_id for row in session.execute(statement)}


def people(
    session: Session, user_ids: Iterable[int | None], contact_ids: Iterable[int | None]
) -> dict[tuple[int | None, int | None], str]:
    """The names of these users and contacts, by the two ids that each row of a portal has."""
    names: dict[tuple[int | None, int | None], str] = {}
    users = session.execute(select(User.id, User.name).where(User.id.in_(set(user_ids) - {None})))
    names.update({(row.id, None): row.name for row in users})
    those = set(contact_ids) - {None}
    contacts = session.execute(select(Contact.id, Contact.name).where(Contact.id.in_(those)))
    names.update({(None, row.id): row.name for row in contacts})
    return names
