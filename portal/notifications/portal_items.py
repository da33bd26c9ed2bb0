"""What a notice window brought its participant, counted by who and what, without its content.

The email of a window lists this (FEATURES C5): names of documents are content, so none is here.
What was deleted or is shared no longer is left out; features further right say what that is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.access.models import Participant
from portal.clients.models import Contact, Matter
from portal.feed.actions import NEWS
from portal.feed.models import EventKind, FeedEvent
from portal.firm.models import User
from portal.notifications.models import NoticeWindow


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that came: a message, or something uploaded or shared."""

    position: int
    kind: str
    subject_kind: str
    subject_id: str

    @property
    def what(self) -> str:
        """`message`, or what was brought: `document`, `folder`, or a kind of another feature."""
        return "message" if self.kind == EventKind.MESSAGE else self.subject_kind


@dataclass(frozen=True, slots=True)
class Line:
    """How many of one thing came from one person."""

    who: str
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class News:
    """What one window brought, for whom. The participant comes with contact and user. `messages`
    are what was written to go out by email with a thing that was shared (FEATURES D3)."""

    matter: Matter
    participant: Participant
    lines: tuple[Line, ...]
    messages: tuple[str, ...] = ()


LeftOut = Callable[[Session, int, Sequence[Item]], set[int]]
_left_out: list[LeftOut] = []


def leave_out_by(find: LeftOut) -> LeftOut:
    """Name what tells which items of a matter are gone, by position: deleted, or shared no more."""
    if find not in _left_out:
        _left_out.append(find)
    return find


Words = Callable[[Session, Sequence[Item]], Iterable[str]]
_words: list[Words] = []


def add_words_by(find: Words) -> Words:
    """Name what tells the messages that were written to go out with some of these items."""
    if find not in _words:
        _words.append(find)
    return find


def news(session: Session, window_id: str) -> News:
    """What a window brought that is still there, now that it is asked."""
    window, participant, matter = session.execute(
        select(NoticeWindow, Participant, Matter)
        .join(Participant, Participant.id == NoticeWindow.participant_id)
        .join(Matter, Matter.id == Participant.matter_id)
        .where(NoticeWindow.public_id == window_id)
        .options(joinedload(Participant.contact), joinedload(Participant.user))
    ).one()
    rows = session.execute(_events(window, participant)).all()
    items = [Item(row.position, row.kind, row.subject_kind, row.subject_id) for row in rows]
    gone: set[int] = set()
    for find in _left_out:
        gone |= find(session, matter.id, items)
    came = [(row, item) for row, item in zip(rows, items, strict=True) if item.position not in gone]
    left = [item for _row, item in came]
    messages = tuple(words for find in _words for words in find(session, left))
    return News(matter, participant, _counted(came), messages)


def _events(window: NoticeWindow, participant: Participant) -> Any:
    # The next window begins where it begins, whatever the clock said: nothing is told of twice.
    later = aliased(NoticeWindow)
    same = (
        later.participant_id == participant.id,
        later.from_position > window.from_position,
    )
    next_position = select(func.min(later.from_position)).where(*same).scalar_subquery()
    by_client = participant.user_id is not None
    person = Contact if by_client else User
    author = FeedEvent.contact_id if by_client else FeedEvent.user_id
    return (
        select(
            FeedEvent.position,
            FeedEvent.kind,
            FeedEvent.subject_kind,
            FeedEvent.subject_id,
            person.id.label("person_id"),
            person.name.label("who"),
        )
        .join(person, person.id == author)
        .where(
            FeedEvent.matter_id == participant.matter_id,
            FeedEvent.kind.in_(NEWS),
            FeedEvent.position >= window.from_position,
            FeedEvent.position < func.coalesce(next_position, FeedEvent.position + 1),
            FeedEvent.at < window.closes_at,
        )
        .order_by(FeedEvent.position)
    )


def _counted(came: Iterable[tuple[Any, Item]]) -> tuple[Line, ...]:
    # A document that was shared, stopped and shared again came once.
    names: dict[int, str] = {}
    found: dict[tuple[int, str], set[Any]] = {}
    for row, item in came:
        names[row.person_id] = row.who
        itself = item.position if item.kind == EventKind.MESSAGE else item.subject_id
        found.setdefault((row.person_id, item.what), set()).add(itself)
    return tuple(
        Line(names[person_id], what, len(several)) for (person_id, what), several in found.items()
    )


def said(line: Line) -> str:
    """One line of the list, in the reader's language."""
    told = {"num": line.count, "name": line.who}
    if line.what == "message":
        return ngettext("%(num)s message from %(name)s", "%(num)s messages from %(name)s", **told)
    if line.what == "document":
        return ngettext("%(num)s document from %(name)s", "%(num)s documents from %(name)s", **told)
    if line.what == "folder":
        return ngettext("%(num)s folder from %(name)s", "%(num)s folders from %(name)s", **told)
    if line.what == "bill":
        return ngettext("%(num)s bill from %(name)s", "%(num)s bills from %(name)s", **told)
    if line.what == "trust_request":
        return ngettext(
            "%(num)s trust request from %(name)s", "%(num)s trust requests from %(name)s", **told
        )
    return ngettext("%(num)s new item from %(name)s", "%(num)s new items from %(name)s", **told)
