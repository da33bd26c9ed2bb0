"""The lists of Contacts and Matters: Core rows, page by page, each search a range of an index."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select, tuple_
from sqlalchemy.orm import Session, selectinload

from portal.clients import word_index
from portal.clients.access import Clause, Closed
from portal.clients.models import Contact, ContactEmail, Matter, MatterStatus
from portal.core import db
from portal.core.words import typed_words
from portal.firm.models import User
from portal.web.pagination import COUNTED_MAX, EXPORT_ROWS, PAGE_ROWS, TOP, Found, Page, Place, cut

Rows = Select[*tuple[Any, ...]]

_EXPORTED = (Matter.closed_on, User.email.label("responsible_email"))
_BY_NAME = tuple_(Contact.name_key, Contact.id)

_CONTACTS = select(
    Contact.id, Contact.public_id, Contact.kind, Contact.name, Contact.phone, ContactEmail.address
).outerjoin(
    ContactEmail, (ContactEmail.contact_id == Contact.id) & ContactEmail.is_primary.is_(True)
)
_MATTERS = (
    select(
        Matter.id,
        Matter.public_id,
        Matter.number,
        Matter.name,
        Matter.status,
        Matter.opened_on,
        Contact.name.label("client_name"),
        Contact.public_id.label("client_public_id"),
        User.name.label("responsible"),
    )
    .join(Contact, Contact.id == Matter.client_id)
    .outerjoin(User, User.id == Matter.responsible_id)
)


def find_contacts(
    session: Session, *, typed: str = "", kind: str | None = None, place: Place = TOP
) -> Found[Row[Any]]:
    """The contacts in the order of their names that have a word beginning with each word typed."""
    clauses = _contact_clauses(typed, kind)
    if clauses is None:
        return _NOTHING
    cursor = _contact_cursor(session, place)
    up = cursor is not None and place.before is not None
    statement = _CONTACTS.where(*clauses)
    if cursor is not None:
        statement = statement.where(cursor > _BY_NAME if up else cursor < _BY_NAME)
    order = (Contact.name_key.desc(), Contact.id.desc()) if up else (Contact.name_key, Contact.id)
    counted = select(Contact.id).where(*clauses)
    return _found(session, statement.order_by(*order), counted, down=bool(cursor) and not up, up=up)


def every_contact(*, typed: str = "", kind: str | None = None) -> Iterator[Sequence[Contact]]:
    """All that fit, in the order of their names, with emails and addresses, for the export: read
    in steps, so that no reading stays open while a slow browser takes them."""
    clauses, cursor = _contact_clauses(typed, kind), None
    while clauses is not None:
        after = [] if cursor is None else [cursor < _BY_NAME]
        with db.read() as session:
            found = session.scalars(
                select(Contact)
                .where(*clauses, *after)
                .order_by(Contact.name_key, Contact.id)
                .limit(EXPORT_ROWS)
                .options(selectinload(Contact.emails), selectinload(Contact.addresses))
            ).all()
        yield found
        if len(found) < EXPORT_ROWS:
            return
        cursor = (found[-1].name_key, found[-1].id)


def _contact_clauses(typed: str, kind: str | None) -> list[Clause] | None:
    """What each contact must fit; none at all where none can."""
    clauses: list[Clause] = [] if kind is None else [Contact.kind == kind]
    if not typed.strip():
        return clauses
    parts = typed_words(typed)
    found = [Contact.id.in_(those) for those in word_index.contacts_beginning(parts)]
    return [*clauses, *found] if parts else None


def _contact_cursor(session: Session, place: Place) -> tuple[str, int] | None:
    row_id = place.after if place.before is None else place.before
    if row_id is None:
        return None
    name_key = session.scalar(select(Contact.name_key).where(Contact.id == row_id))
    return None if name_key is None else (name_key, row_id)


def find_matters(
    session: Session,
    closed: Closed,
    *,
    typed: str = "",
    status: str | None = None,
    responsible_id: int | None = None,
    place: Place = TOP,
) -> Found[Row[Any]]:
    """The matters, newest first, found by number, name and client; `responsible_id` 0: nobody's."""
    clauses = _matter_clauses(closed, typed, status, responsible_id)
    if clauses is None:
        return _NOTHING
    up = place.before is not None
    statement = _MATTERS.where(*clauses)
    if place.before is not None:
        statement = statement.where(Matter.id > place.before)
    elif place.after is not None:
        statement = statement.where(Matter.id < place.after)
    statement = statement.order_by(Matter.id if up else Matter.id.desc())
    down = place.after is not None and not up
    return _found(session, statement, select(Matter.id).where(*clauses), down=down, up=up)


def every_matter(
    closed: Closed,
    *,
    typed: str = "",
    status: str | None = None,
    responsible_id: int | None = None,
) -> Iterator[Sequence[Row[Any]]]:
    """All that fit, newest first, with what the list leaves out, for the export: read in steps."""
    clauses, before = _matter_clauses(closed, typed, status, responsible_id), []
    while clauses is not None:
        statement = _MATTERS.add_columns(*_EXPORTED).where(*clauses, *before)
        with db.read() as session:
            rows = session.execute(statement.order_by(Matter.id.desc()).limit(EXPORT_ROWS)).all()
        yield rows
        if len(rows) < EXPORT_ROWS:
            return
        before = [Matter.id < rows[-1].id]


def _matter_clauses(
    closed: Closed, typed: str, status: str | None, responsible_id: int | None
) -> list[Clause] | None:
    """What each matter must fit; none at all where none can."""
    clauses: list[Clause] = closed.left_out(Matter.id)
    if status is not None:
        clauses.append(Matter.status == status)
    if responsible_id is not None:
        clauses.append(Matter.responsible_id.is_not_distinct_from(responsible_id or None))
    if not typed.strip():
        return clauses
    parts = typed_words(typed)
    found = [Matter.id.in_(those) for those in word_index.matters_beginning(parts)]
    return [*clauses, *found] if parts else None


def _found(
    session: Session, statement: Rows, fitting: Select[int], *, down: bool, up: bool
) -> Found[Row[Any]]:
    rows = session.execute(statement.limit(PAGE_ROWS + 1)).all()
    page = cut(rows, lambda row: row.id, before=1 if down else None, after=1 if up else None)
    counted = select(func.count()).select_from(fitting.limit(COUNTED_MAX + 1).subquery())
    return Found(page, session.execute(counted).scalar_one())


_NOTHING = Found(Page([], None, None), 0)


def open_matters(session: Session, ids: Iterable[int], closed: Closed) -> dict[int, int]:
    """How many matters of each of these clients are open or pending; none at all: not in it."""
    statement = (
        select(Matter.client_id, func.count())
        .where(Matter.client_id.in_(set(ids)), Matter.status != MatterStatus.CLOSED)
        .where(*closed.left_out(Matter.id))
        .group_by(Matter.client_id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def some_matters(
    session: Session, client_id: int, closed: Closed, most: int
) -> tuple[Sequence[Any], bool]:
    """The newest matters of a client, and whether there are more."""
    theirs = (Matter.client_id == client_id, *closed.left_out(Matter.id))
    statement = _MATTERS.where(*theirs).order_by(Matter.id.desc())
    rows = session.execute(statement.limit(most + 1)).all()
    return rows[:most], len(rows) > most
