"""Who first saw a message or opened what it carries, and when (FEATURES C6). For staff.

One mark a person says how far they have read; the *read* events say when they got there. So the
first of somebody's events at or beyond a message is when they first saw it.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.clients.models import Contact
from portal.feed import queries as feed
from portal.feed.models import EventKind, FeedEvent, ReadMark
from portal.firm.models import User

_LATER = aliased(FeedEvent, name="later_read")
_Who = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """That somebody saw or opened something, and when they first did."""

    name: str
    at: datetime
    is_client: bool


class Readers:
    """Who has read how far, and when they got there."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._reached: dict[_Who, list[tuple[int, Seen]]] = {}
        for row in sorted(rows, key=lambda row: row.up_to):
            seen = Seen(row.who, row.at, row.contact_id is not None)
            self._reached.setdefault((row.user_id, row.contact_id), []).append((row.up_to, seen))

    def of(self, position: int, sender: _Who) -> list[Seen]:
        """Who but its sender saw the message at this position: clients first, then by time."""
        found: list[Seen] = []
        for who, reached in self._reached.items():
            place = bisect_left(reached, position, key=lambda one: one[0])
            if who != sender and place < len(reached):
                found.append(reached[place][1])
        return sorted(found, key=lambda seen: (not seen.is_client, seen.at, seen.name))


def readers(session: Session, matter_id: int, low: int, high: int) -> Readers:
    """Who saw the messages from one position to another, in two SELECTs, however many there are
    and whatever was read since."""
    within = _reads(FeedEvent.matter_id == matter_id, FeedEvent.up_to.between(low, high - 1))
    return Readers([*session.execute(within), *session.execute(_first_beyond(matter_id, high))])


def _reads(*which: ColumnElement[bool]) -> Any:
    return (
        select(
            *(FeedEvent.up_to, FeedEvent.at, FeedEvent.user_id, FeedEvent.contact_id),
            func.coalesce(User.name, Contact.name).label("who"),
        )
        .outerjoin(User, User.id == FeedEvent.user_id)
        .outerjoin(Contact, Contact.id == FeedEvent.contact_id)
        .where(FeedEvent.kind == EventKind.READ, *which)
    )


def _first_beyond(matter_id: int, position: int) -> Any:
    """Of each person, the one event by which they first got to a position or beyond it."""
    first = (
        select(_LATER.id)
        .where(
            _LATER.matter_id == matter_id,
            _LATER.kind == EventKind.READ,
            _LATER.up_to >= position,
            or_(
                and_(ReadMark.user_id.is_not(None), _LATER.user_id == ReadMark.user_id),
                and_(ReadMark.contact_id.is_not(None), _LATER.contact_id == ReadMark.contact_id),
            ),
        )
        .order_by(_LATER.up_to)
        .limit(1)
        .correlate(ReadMark)
        .scalar_subquery()
    )
    marks = select(first).where(ReadMark.matter_id == matter_id, ReadMark.up_to >= position)
    return _reads(FeedEvent.id.in_(marks))


def openings(session: Session, matter_id: int, subjects: Iterable[str]) -> dict[str, list[Seen]]:
    """Who first opened each of these documents and folders, and when, by public id."""
    wanted = set(subjects)
    if not wanted:
        return {}
    rows = feed.openings(session, matter_id, wanted)
    names = _names(session, rows)
    found: dict[str, list[Seen]] = {}
    for row in rows:
        name = names[(row.user_id, row.contact_id)]
        found.setdefault(row.subject_id, []).append(Seen(name, row.at, row.contact_id is not None))
    return found


def _names(session: Session, rows: Iterable[Any]) -> dict[_Who, str]:
    people = {(row.user_id, row.contact_id) for row in rows}
    users = session.execute(
        select(User.id, User.name).where(User.id.in_({user for user, _ in people if user}))
    )
    contacts = session.execute(
        select(Contact.id, Contact.name).where(Contact.id.in_({one for _, one in people if one}))
    )
    named: dict[_Who, str] = {(row.id, None): row.name for row in users}
    return named | {(None, row.id): row.name for row in contacts}
