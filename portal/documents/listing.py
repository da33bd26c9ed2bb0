"""What lies in a folder, page by page: its folders first, then its documents.

Keyset pages over the two, so that page 1,000 costs as page one, with a constant number of SELECTs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from portal.core.words import typed_words
from portal.documents.models import Document, DocumentVersion, Folder, StoredFile
from portal.documents.queries import BROUGHT_BY, Rows, with_names
from portal.web.asked import row_id
from portal.web.pagination import COUNTED_MAX, PAGE_ROWS

Clause = ColumnElement[bool]
BY_NAME, NEWEST = "name", "newest"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A row that a page begins after (or ends before): a folder's or a document's, by id."""

    kind: str
    id: int

    @classmethod
    def read(cls, typed: str) -> Self | None:
        """As it stands in an address, `f12` or `d12`; None for what is no cursor."""
        number = row_id(typed[1:])
        return cls(typed[0], number) if number is not None and typed[0] in "fd" else None

    def __str__(self) -> str:
        return f"{self.kind}{self.id}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a list was asked for, and in which order."""

    sort: str = BY_NAME
    after: Cursor | None = None
    before: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One row: a folder, or a document in one of its versions (sizes in bytes)."""

    id: int
    public_id: str
    name: str
    folder_id: int | None
    at: datetime
    is_folder: bool = False
    from_client: bool = False
    version: int = 0
    size_bytes: int = 0
    content_type: str = ""
    scan: str = ""
    preview: str = ""
    brought_by: str = ""
    by_client: bool = False

    @property
    def cursor(self) -> Cursor:
        """Where the neighbouring page begins."""
        return Cursor("f" if self.is_folder else "d", self.id)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One page of a list, its neighbours, and how much there is: exact up to COUNTED_MAX."""

    rows: Sequence[Item]
    newer: Cursor | None
    older: Cursor | None
    count: int


@dataclass(frozen=True, slots=True)
class _Section:
    kind: str
    model: type[Folder] | type[Document]
    statement: Rows
    counted: Rows
    keys: tuple[Any, ...]
    descending: bool = False


_DOCUMENTS = with_names(
    select(
        Document.id,
        Document.public_id,
        Document.name,
        Document.folder_id,
        DocumentVersion.number,
        DocumentVersion.made_at,
        BROUGHT_BY.label("brought_by"),
        DocumentVersion.contact_id.is_not(None).label("by_client"),
        StoredFile.size_bytes,
        StoredFile.content_type,
        StoredFile.scan,
        StoredFile.preview,
    )
    .select_from(Document)
    .join(
        DocumentVersion,
        (DocumentVersion.document_id == Document.id) & (DocumentVersion.number == Document.latest),
    )
    .join(StoredFile, StoredFile.id == DocumentVersion.file_id)
)
_FOLDERS: Rows = select(
    Folder.id, Folder.public_id, Folder.name, Folder.parent_id, Folder.made_at, Folder.from_client
)


def in_folder(session: Session, matter_id: int, folder_id: int | None, wanted: Wanted) -> Shelf:
    """What lies in one folder of a matter, or outside of all (none)."""
    folders = [Folder.parent_id.is_not_distinct_from(folder_id)]
    documents = [Document.folder_id.is_not_distinct_from(folder_id)]
    return find(session, matter_id, folders, documents, wanted)


def named(session: Session, matter_id: int, typed: str, wanted: Wanted) -> Shelf:
    """What of a matter has every word typed in its name, wherever it lies. Accents and capitals do
    not count; nothing that is a letter or digit finds nothing."""
    words = typed_words(typed)
    if not words:
        return Shelf([], None, None, 0)
    folders = [Folder.name_key.contains(word, autoescape=True) for word in words]
    documents = [Document.name_key.contains(word, autoescape=True) for word in words]
    return find(session, matter_id, folders, documents, wanted)


def find(
    session: Session,
    matter_id: int,
    folders: Sequence[Clause],
    documents: Sequence[Clause],
    wanted: Wanted,
) -> Shelf:
    """One page of the folders and documents of a matter that fit these clauses."""
    sections = (
        _folders([Folder.matter_id == matter_id, *folders]),
        _documents([Document.matter_id == matter_id, *documents], wanted.sort),
    )
    cursor = wanted.before or wanted.after
    at = _keys_at(session, sections, cursor)
    if at is None:
        cursor = None  # the row is gone: the first page
    up = cursor is not None and cursor == wanted.before
    rows = _rows(session, sections, cursor, at, up)
    more = len(rows) > PAGE_ROWS
    rows = rows[:PAGE_ROWS]
    if up:
        rows.reverse()
    return Shelf(
        rows,
        newer=rows[0].cursor if rows and (more if up else cursor) else None,
        older=rows[-1].cursor if rows and (up or more) else None,
        count=sum(_count(session, section) for section in sections),
    )


def _keys_at(
    session: Session, sections: Sequence[_Section], cursor: Cursor | None
) -> tuple[Any, ...] | None:
    """Where in the order of its section a row of this list stands."""
    for section in sections:
        if cursor is not None and cursor.kind == section.kind:
            fitting = section.counted.where(section.model.id == cursor.id)
            row = session.execute(fitting.with_only_columns(*section.keys)).first()
            return None if row is None else tuple(row)
    return None


def _folders(clauses: Sequence[Clause]) -> _Section:
    counted = select(Folder.id).where(*clauses)
    return _Section("f", Folder, _FOLDERS.where(*clauses), counted, (Folder.name_key, Folder.id))


def _documents(clauses: Sequence[Clause], sort: str) -> _Section:
    keys = (Document.changed_at if sort == NEWEST else Document.name_key, Document.id)
    counted = select(Document.id).where(*clauses)
    statement = _DOCUMENTS.where(*clauses)
    return _Section("d", Document, statement, counted, keys, sort == NEWEST)


def _rows(
    session: Session,
    sections: Sequence[_Section],
    cursor: Cursor | None,
    at: tuple[Any, ...] | None,
    up: bool,
) -> list[Item]:
    """Up to one row more than a page, from the cursor on; upwards the nearest comes first."""
    rows: list[Item] = []
    started = cursor is None
    for section in reversed(sections) if up else sections:
        here = cursor is not None and cursor.kind == section.kind
        started = started or here
        if started and len(rows) <= PAGE_ROWS:
            statement = _from(section, at if here else None, up)
            fetched = session.execute(statement.limit(PAGE_ROWS + 1 - len(rows))).all()
            rows += [_item(row, section.kind) for row in fetched]
    return rows


def _from(section: _Section, at: tuple[Any, ...] | None, up: bool) -> Rows:
    falling = section.descending != up
    order = [key.desc() for key in section.keys] if falling else list(section.keys)
    statement = section.statement.order_by(*order)
    if at is None:
        return statement
    key = tuple_(*section.keys)
    return statement.where(key < at if falling else key > at)


def _item(row: Any, kind: str) -> Item:
    if kind == "f":
        return Item(
            *(row.id, row.public_id, row.name, row.parent_id, row.made_at),
            is_folder=True,
            from_client=row.from_client,
        )
    return Item(
        *(row.id, row.public_id, row.name, row.folder_id, row.made_at),
        version=row.number,
        size_bytes=row.size_bytes,
        content_type=row.content_type,
        scan=row.scan,
        preview=row.preview,
        brought_by=row.brought_by or "",
        by_client=row.by_client,
    )


def _count(session: Session, section: _Section) -> int:
    counted = section.counted.limit(COUNTED_MAX + 1).subquery()
    return session.scalar(select(func.count()).select_from(counted)) or 0
