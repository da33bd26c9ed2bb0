"""The list of all client portals: unread ones first, then by their last news, page by page.

Each half is a range of an index, so the list of 10,000 portals costs as one of fifty.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self, cast

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, select, tuple_
from sqlalchemy.orm import Session, joinedload
from werkzeug.local import LocalProxy

from portal.access.frame import Viewer
from portal.access.models import ClientPortal, Participant
from portal.access.queries import NOW
from portal.clients import word_index
from portal.clients.access import Closed, closed_to
from portal.clients.models import Contact, Matter
from portal.core.words import typed_words
from portal.feed.models import Feed, FeedEvent, ReadMark
from portal.feed.people import Person, person_of_user
from portal.feed.queries import messages_of_others
from portal.web.pagination import COUNTED_MAX, PAGE_ROWS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNREAD, REST = "unread", "rest"
Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a page begins: a portal's half of the list, when it last had news, and its matter."""

    half: str
    at: datetime
    matter_id: int

    @classmethod
    def read(cls, typed: str) -> Self | None:
        """The spot in an address; none for what is no spot."""
        half, _dash, rest = typed.partition("-")
        micros, _dash, matter_id = rest.partition("-")
        numbers = (micros, matter_id)
        if half not in (UNREAD, REST) or not all(_is_number(one) for one in numbers):
            return None
        return cls(half, EPOCH + timedelta(microseconds=int(micros)), int(matter_id))

    def __str__(self) -> str:
        return f"{self.half}-{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.matter_id}"


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) <= 17


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which portals are asked for, and from where on: after a spot, or before one."""

    typed: str = ""
    unread_only: bool = False
    after: Spot | None = None
    before: Spot | None = None


@dataclass(frozen=True, slots=True)
class FoundPortals:
    """A page of portals: rows of `matter_id`, `public_id`, `number`, `name`, `client_name`,
    `client_public_id`, `changed_at` and `half`. `count` is exact up to COUNTED_MAX."""

    rows: Sequence[Any]
    count: int
    next_spot: Spot | None
    previous_spot: Spot | None


_NOTHING = FoundPortals([], 0, None, None)
_PORTALS = (
    select(
        ClientPortal.matter_id,
        Matter.public_id,
        Matter.number,
        Matter.name,
        Contact.name.label("client_name"),
        Contact.public_id.label("client_public_id"),
        Feed.changed_at,
    )
    .join(Feed, Feed.matter_id == ClientPortal.matter_id)
    .join(Matter, Matter.id == ClientPortal.matter_id)
    .join(Contact, Contact.id == Matter.client_id)
)
_KEY = tuple_(Feed.changed_at, Feed.matter_id)


def find_portals(
    session: Session, closed: Closed, reader: Person, wanted: Wanted = Wanted()
) -> FoundPortals:
    """The portals that a user may see: first those with messages that are new to them, then the
    rest, each half by its last news. Found by number, name and client of the matter."""
    clauses: list[ColumnElement[bool]] = closed.left_out(Matter.id)
    if wanted.typed:
        if not (parts := typed_words(wanted.typed)):
            return _NOTHING
        clauses += [Matter.id.in_(those) for those in word_index.matters_beginning(parts)]
    unread = unread_portals(reader)
    halves = {UNREAD: Matter.id.in_(unread), REST: Matter.id.not_in(unread)}
    if wanted.unread_only:
        clauses.append(halves[UNREAD])
        del halves[REST]
    up, spot = wanted.before is not None, wanted.before or wanted.after
    rows = _rows(session, _PORTALS.where(*clauses), halves, spot, up=up)
    counted = select(ClientPortal.matter_id).join(Matter, Matter.id == ClientPortal.matter_id)
    most = counted.where(*clauses).limit(COUNTED_MAX + 1).subquery()
    count = session.scalar(select(func.count()).select_from(most)) or 0
    return _page(rows, count, down=spot is not None and not up, up=up)


def _rows(
    session: Session,
    portals: Rows,
    halves: Mapping[str, ColumnElement[bool]],
    spot: Spot | None,
    *,
    up: bool,
) -> list[tuple[str, Any]]:
    """Up to one more than a page of portals with their halves, in the order of the way gone."""
    order = [half for half in (UNREAD, REST) if half in halves]
    if up:
        order.reverse()
    if spot is not None and spot.half in order:
        order = order[order.index(spot.half) :]
    rows: list[tuple[str, Any]] = []
    for half in order:
        statement = portals.where(halves[half])
        if spot is not None and half == spot.half:
            here = (spot.at, spot.matter_id)
            statement = statement.where(here < _KEY if up else here > _KEY)
        ways = (Feed.changed_at, Feed.matter_id)
        statement = statement.order_by(*(ways if up else (way.desc() for way in ways)))
        left = PAGE_ROWS + 1 - len(rows)
        rows += [(half, row) for row in session.execute(statement.limit(left))]
        if len(rows) > PAGE_ROWS:
            break
    return rows


def _page(rows: list[tuple[str, Any]], count: int, *, down: bool, up: bool) -> FoundPortals:
    more = len(rows) > PAGE_ROWS
    shown = rows[:PAGE_ROWS]
    if up:
        shown.reverse()
    further, back = (True, more) if up else (more, down)
    spots = [Spot(half, row.changed_at, row.matter_id) for half, row in shown]
    return FoundPortals(
        [row for _half, row in shown],
        count,
        next_spot=spots[-1] if spots and further else None,
        previous_spot=spots[0] if spots and back else None,
    )


def unread_portals(reader: Person) -> Select[int]:
    """The matters in whose portals somebody takes part and has messages of others to read."""
    return _mine(select(Participant.matter_id), reader).where(exists().where(*_unread_by(reader)))


def unread_at_most(user: Viewer | LocalProxy[Any]) -> ScalarSelect[int]:
    """How many messages somebody of the firm has to read, those of matters counted that were closed
    to them meanwhile."""
    return _unread(user).scalar_subquery()


def unread_total(session: Session, user: Viewer | LocalProxy[Any]) -> int:
    """How many messages a signed-in user of the firm has to read, in all the portals in which they
    take part and whose matters are open to them."""
    closed = closed_to(session, user)
    return session.scalar(_unread(user).where(*closed.left_out(Participant.matter_id))) or 0


def _unread(user: Viewer | LocalProxy[Any]) -> Select[int]:
    reader = person_of_user(cast(Viewer, user))
    mine = _mine(select(func.count()).select_from(Participant), reader)
    return mine.join(FeedEvent, and_(*_unread_by(reader)))


def _mine(statement: Select[int], reader: Person) -> Select[int]:
    """The portals in which somebody takes part now, where a message stands behind their mark."""
    marked = (ReadMark.matter_id == Participant.matter_id) & reader.is_named_by(ReadMark)
    return (
        statement.join(Feed, Feed.matter_id == Participant.matter_id)
        .outerjoin(ReadMark, marked)
        .where(reader.is_named_by(Participant), NOW, Feed.last_message > _READ)
    )


_READ = func.coalesce(ReadMark.up_to, 0)


def _unread_by(reader: Person) -> list[ColumnElement[bool]]:
    here = (FeedEvent.matter_id == Participant.matter_id, FeedEvent.position > _READ)
    return [*here, *messages_of_others(reader)]


def participants_of(session: Session, matter_ids: Iterable[int]) -> dict[int, list[Participant]]:
    """Who takes part in each of these portals, clients first; with contacts, emails and users."""
    statement = (
        select(Participant)
        .options(
            joinedload(Participant.contact).selectinload(Contact.emails),
            joinedload(Participant.user),
        )
        .where(Participant.matter_id.in_(set(matter_ids)), NOW)
        .order_by(Participant.contact_id.is_(None), Participant.id)
    )
    found: dict[int, list[Participant]] = {}
    for one in session.scalars(statement):
        found.setdefault(one.matter_id, []).append(one)
    return found


def last_news(session: Session, matter_id: int) -> datetime | None:
    """When something was last written or shared in a portal, in business time."""
    return session.scalar(select(Feed.changed_at).where(Feed.matter_id == matter_id))
