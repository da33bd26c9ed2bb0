"""Reading the activity log: newest first, by keyset, each filter served by an index (FEATURES X9).

The order is that of the ids, which is that of writing; so a page of a log of a million lines reads
some fifty of them, whoever and whatever it is about.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, union_all
from sqlalchemy.orm import Session

from portal.core import db
from portal.core.audit import KINDS, AuditEntry, AuditHead, AuditSeal
from portal.core.words import folded
from portal.firm.directory import fits
from portal.firm.log_filters import LogFilters
from portal.firm.log_words import ACTORS
from portal.firm.models import User
from portal.web.pagination import COUNTED_MAX, PAGE_ROWS, Page, cut

ACTORS_MAX = 25
THINGS_MAX = 25
STEP_LINES = 500
# Lines that are written at one moment get their ids and times in slightly different orders.
OUT_OF_ORDER_IDS = 10_000

LISTED = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.actor,
    AuditEntry.action,
    AuditEntry.subject,
    AuditEntry.detail,
)

Clause = ColumnElement[bool]
Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines to list. `actors` and `things` are those that fit what was typed; None: any."""

    clauses: tuple[Clause, ...]
    actors: tuple[str, ...] | None = None
    things: tuple[str, ...] | None = None
    more: bool = False

    @property
    def nothing(self) -> bool:
        """Whether nobody is called so, or nothing is."""
        return self.actors == () or self.things == ()


@dataclass(frozen=True, slots=True)
class Found:
    """A page of lines. `count` is exact up to COUNTED_MAX and says no more beyond it.

    `more`: so many people or things begin like this that only some were looked for.
    """

    page: Page[Row[Any]]
    count: int
    more: bool


@dataclass(frozen=True, slots=True)
class Sealed:
    """How far the log is sealed: how many lines, and when the last of them was written."""

    lines: int
    at: datetime


def find(session: Session, filters: LogFilters, timezone: str) -> Found:
    """The lines that fit, older than `filters.before` or newer than `filters.after`, else the
    newest. Unknown ids are as good as any: a page begins where such a line would stand."""
    wanted = _wanted(session, filters, timezone)
    if wanted.nothing:
        return Found(Page([], None, None), 0, more=False)
    newer, older = filters.after, filters.before if filters.after is None else None
    rows = session.execute(_page(wanted, older, newer, PAGE_ROWS + 1)).all()
    page = cut(rows, lambda row: row.id, before=older, after=newer)
    counted = _ids(wanted, (), COUNTED_MAX + 1, newest=True).subquery()
    count = session.execute(select(func.count()).select_from(counted)).scalar_one()
    return Found(page, min(count, COUNTED_MAX + 1), wanted.more)


def every_line(filters: LogFilters, timezone: str) -> Iterator[Sequence[Row[Any]]]:
    """All the lines that fit, newest first, for the export: read in steps, so that no reading stays
    open while a slow browser takes them."""
    older: int | None = None
    while True:
        with db.read() as session:
            wanted = _wanted(session, filters, timezone)
            if wanted.nothing:
                return
            rows = session.execute(_page(wanted, older, None, STEP_LINES)).all()
        yield rows
        if len(rows) < STEP_LINES:
            return
        older = rows[-1].id


def sealed(session: Session) -> Sealed | None:
    """How far the log is sealed; None while nothing is."""
    row = session.execute(
        select(AuditHead.position, AuditEntry.at)
        .join(AuditSeal, AuditSeal.position == AuditHead.position)
        .join(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
    ).first()
    return Sealed(row.position, row.at) if row else None


def _wanted(session: Session, filters: LogFilters, timezone: str) -> Wanted:
    clauses: list[Clause] = []
    if filters.action:
        # Without statistics SQLite would take the index of actions even for one thing's few lines.
        of_things = bool(filters.about or filters.thing)
        action = func.coalesce(AuditEntry.action, "") if of_things else AuditEntry.action
        clauses.append(action == filters.action)
    start, end = filters.between(timezone)
    if start is not None:
        clauses += [AuditEntry.at >= start, AuditEntry.id >= _first_id(session, start, -1)]
    if end is not None:
        clauses += [AuditEntry.at < end, AuditEntry.id <= _first_id(session, end, 1)]
    actors = _actors(session, filters.who) if filters.who else None
    things = (filters.about,) if filters.about else None
    if filters.thing:
        typed = _things(session, filters.thing)
        things = typed if things is None else tuple(one for one in typed if one in things)
    more = len(actors or ()) > ACTORS_MAX or len(things or ()) > THINGS_MAX
    return Wanted(
        tuple(clauses),
        actors[:ACTORS_MAX] if actors is not None else None,
        things[:THINGS_MAX] if things is not None else None,
        more,
    )


def _first_id(session: Session, moment: datetime, side: int) -> int:
    """About where a time stands among the ids, so that the index of ids need not be read whole."""
    statement = select(AuditEntry.id).where(AuditEntry.at >= moment)
    found = session.scalar(statement.order_by(AuditEntry.at, AuditEntry.id).limit(1))
    last = found or (session.scalar(select(func.max(AuditEntry.id))) or 0)
    return last + side * OUT_OF_ORDER_IDS


def _actors(session: Session, typed: str) -> tuple[str, ...]:
    """Whose lines are meant: users by words of their names, or what is no person."""
    others = [
        actor for actor, words in ACTORS.items() if folded(typed) in f"{folded(str(words))} {actor}"
    ]
    users = session.scalars(
        select(User.public_id).where(*fits(typed)).order_by(User.name_key).limit(ACTORS_MAX + 1)
    )
    return (*others, *(f"user:{public_id}" for public_id in users))


def _things(session: Session, typed: str) -> tuple[str, ...]:
    found: list[str] = []
    for name, kind in KINDS.items():
        if kind.find is not None:
            found += [f"{name}:{public_id}" for public_id in kind.find(session, typed)]
    return tuple(found)


def _page(wanted: Wanted, older: int | None, newer: int | None, size: int) -> Rows:
    place: tuple[Clause, ...] = ()
    if newer is not None:
        place = (AuditEntry.id > newer,)
    elif older is not None:
        place = (AuditEntry.id < older,)
    newest = newer is None
    ids = _ids(wanted, place, size, newest=newest)
    order = AuditEntry.id.desc() if newest else AuditEntry.id
    return select(*LISTED).where(AuditEntry.id.in_(ids)).order_by(order).limit(size)


def _ids(wanted: Wanted, place: tuple[Clause, ...], size: int, *, newest: bool) -> Select[Any]:
    """The ids of the first lines of each actor or thing: among them are the first of them all."""
    order = AuditEntry.id.desc() if newest else AuditEntry.id
    parts = [
        select(AuditEntry.id).where(*wanted.clauses, *place, *one).order_by(order).limit(size)
        for one in _alternatives(wanted)
    ]
    if len(parts) == 1:
        return select(parts[0].subquery().c.id)
    united = union_all(*(select(part.subquery().c.id) for part in parts)).subquery()
    return select(united.c.id)


def _alternatives(wanted: Wanted) -> list[tuple[Clause, ...]]:
    if wanted.things is not None:
        by = (AuditEntry.actor.in_(wanted.actors),) if wanted.actors is not None else ()
        return [(AuditEntry.subject == thing, *by) for thing in wanted.things]
    if wanted.actors is not None:
        return [(AuditEntry.actor == actor,) for actor in wanted.actors]
    return [()]
