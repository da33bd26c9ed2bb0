"""The feed as both sides read it: by day, grouped by sender, with what is new marked.

Clients see messages alone; staff see beside them who has seen and opened what, and on demand every
other event (FEATURES C6, C7).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from sqlalchemy.orm import Session

from portal.documents.models import Scan, ShareKind
from portal.documents.types import PDF, PICTURES
from portal.feed.models import EventKind, FeedEvent
from portal.feed.people import Person
from portal.messages import queries, seen
from portal.messages.events import words
from portal.messages.models import Message
from portal.messages.seen import Seen
from portal.messages.texts import linked

ONE_BREATH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Attached:
    """What a message carries: a document in the version that was sent, or a folder.

    Sizes in bytes; none for a folder. `is_shared`: whether it is still there for clients; if not,
    `stopped_by` is the name of who ended that.
    """

    kind: str
    public_id: str
    name: str
    version: int | None
    size_bytes: int | None
    content_type: str | None
    scan: str | None
    is_shared: bool
    stopped_by: str | None

    @property
    def is_folder(self) -> bool:
        """Whether this is a folder with all that lies in it."""
        return self.kind == ShareKind.FOLDER

    @property
    def opens_in_a_tab(self) -> bool:
        """Whether a browser may show it; anything else is only ever saved."""
        return self.content_type in {PDF, *PICTURES}

    @property
    def is_checked(self) -> bool:
        """Whether the look for viruses is over."""
        return self.scan != Scan.WAITING

    @property
    def is_kept_away(self) -> bool:
        """Whether a virus was found: then nobody gets it."""
        return self.scan == Scan.INFECTED


@dataclass(slots=True)
class Bubble:
    """One message on a page. `is_first` of its sender's for a while: it carries the name."""

    position: int
    at: datetime
    day: date
    public_id: str
    who: tuple[int | None, int | None]
    sender: str
    from_firm: bool
    is_own: bool
    text: str
    attached: Attached | None
    deleted_at: datetime | None
    deleted_by: str | None
    is_first: bool = True
    is_new: bool = False
    seen: list[Seen] = field(default_factory=list[Seen])
    opened: list[Seen] = field(default_factory=list[Seen])

    @property
    def markup(self) -> Markup:
        """The text, escaped, with its links."""
        return linked(self.text)


@dataclass(frozen=True, slots=True)
class Note:
    """One event between the messages, for staff: a sentence and when it happened."""

    position: int
    at: datetime
    day: date
    sentence: str


Item = Bubble | Note


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a feed, the oldest first. `earlier` is the position to ask for what came before
    it, none at the beginning; `last` the position up to which the page knows the feed. `is_cut`:
    whether there was more in that stretch than fits."""

    items: list[Item]
    earlier: int | None
    last: int
    is_cut: bool = False

    @property
    def newest_message(self) -> int:
        """The position of the newest message on the page; 0 for none."""
        return max((one.position for one in self.items if isinstance(one, Bubble)), default=0)


@dataclass(frozen=True, slots=True)
class View:
    """Whose page of which portal this is. `all_events`: with every event between the messages."""

    matter_id: int
    reader: Person
    zone: ZoneInfo
    all_events: bool = False

    @property
    def is_staff(self) -> bool:
        """Whether somebody of the firm reads."""
        return not self.reader.is_client


def newest(session: Session, view: View, up_to: int) -> Page:
    """The end of a feed, from a little before the first message that is new to its reader.
    `up_to` is how far they have read."""
    last = queries.last_position(session, view.matter_id)
    new = queries.first_unread(session, view.matter_id, view.reader, up_to) if last else None
    low, limit = 0, queries.PAGE
    if new is not None:
        low = queries.position_before(session, view.matter_id, new, 3)
        shown = _stretch(session, view, low, last + 1, queries.UNREAD_SHOWN_MAX)
        if len(shown.items) >= queries.PAGE:
            return _marked(shown, new)
    return _marked(_stretch(session, view, 0, last + 1, limit), new)


def earlier(session: Session, view: View, before: int) -> Page:
    """The messages that stand before a position."""
    return _stretch(session, view, 0, before, queries.PAGE)


def since(session: Session, view: View, after: int, last: int) -> Page:
    """What came after a position, up to the newest; cut where that is more than a page adds."""
    return _stretch(session, view, after + 1, last + 1, queries.UNREAD_SHOWN_MAX)


def again(session: Session, view: View, public_ids: Iterable[str] = ()) -> list[Bubble]:
    """The newest messages and these ones, as they stand now: an open page draws them anew."""
    rows = queries.messages(session, view.matter_id, limit=queries.PAGE)
    missing = set(public_ids) - {row.public_id for row in rows}
    if missing:
        which = Message.public_id.in_(missing)
        more = queries.messages(session, view.matter_id, which, limit=queries.PAGE)
        rows = [*rows, *more]
    return _bubbles(session, view, rows)


def _stretch(session: Session, view: View, low: int, end: int, limit: int) -> Page:
    """Up to `limit` items from `low` to before `end`, the newest ones."""
    if view.all_events:
        return _stretch_of_events(session, view, low, end, limit)
    within = (Message.position >= low, Message.position < end)
    found = queries.messages(session, view.matter_id, *within, limit=limit + 1)
    rows = found[:limit]
    more = rows[-1].position if len(found) > limit else None
    items: list[Item] = list(_bubbles(session, view, rows))
    earliest = more if more is not None else _older(low, rows)
    return Page(items, earliest, end - 1, is_cut=more is not None)


def _older(low: int, rows: Sequence[Any]) -> int | None:
    # A stretch that began in the middle of the feed: what came before it can still be asked for.
    return rows[-1].position if low > 1 and rows else None


def _stretch_of_events(session: Session, view: View, low: int, end: int, limit: int) -> Page:
    within = (FeedEvent.position >= low, FeedEvent.position < end)
    found = queries.events(session, view.matter_id, *within, limit=limit + 1)
    told = found[:limit]
    if not told:
        return Page([], None, end - 1)
    between = (Message.position >= told[-1].position, Message.position < end)
    rows = queries.messages(session, view.matter_id, *between, limit=limit)
    items: list[Item] = list(_bubbles(session, view, rows))
    items += (_note(view, row) for row in told if row.kind != EventKind.MESSAGE)
    items.sort(key=lambda item: item.position)
    is_cut = len(found) > limit
    more = told[-1].position if is_cut else _older(low, told)
    return Page(items, more, end - 1, is_cut=is_cut)


def _bubbles(session: Session, view: View, rows: Sequence[Any]) -> list[Bubble]:
    """The rows (the newest first) as bubbles, the oldest first, grouped by sender."""
    stand = (row for row in rows if row.deleted_at is None)
    carried = queries.carried(session, (row.share_id for row in stand if row.share_id))
    stoppers = (share.stopped_by for share in carried.values() if share.stopped_by)
    names = queries.names_of_users(session, stoppers)
    bubbles = [_bubble(view, row, carried.get(row.share_id), names) for row in reversed(rows)]
    for before, after in pairwise(bubbles):
        same = (before.who, before.day) == (after.who, after.day)
        after.is_first = not (same and after.at - before.at <= ONE_BREATH)
    _tell_who_saw(session, view, bubbles)
    return bubbles


def _tell_who_saw(session: Session, view: View, bubbles: list[Bubble]) -> None:
    if not view.is_staff or not bubbles:
        return
    positions = [one.position for one in bubbles]
    readers = seen.readers(session, view.matter_id, min(positions), max(positions))
    carried = [one.attached.public_id for one in bubbles if one.attached]
    opened = seen.openings(session, view.matter_id, carried)
    for bubble in bubbles:
        bubble.seen = readers.of(bubble.position, bubble.who)
        if bubble.attached:
            bubble.opened = opened.get(bubble.attached.public_id, [])


def _bubble(view: View, row: Any, share: Any, names: dict[str, str]) -> Bubble:
    gone = row.deleted_at is not None
    return Bubble(
        position=row.position,
        at=row.sent_at,
        day=row.sent_at.astimezone(view.zone).date(),
        public_id=row.public_id,
        who=(row.user_id, row.contact_id),
        sender=row.sender,
        from_firm=row.contact_id is None,
        is_own=(row.user_id, row.contact_id) == (view.reader.user_id, view.reader.contact_id),
        text=row.text,
        attached=None if gone or share is None else _attached(share, names),
        deleted_at=row.deleted_at,
        deleted_by=row.deleter,
    )


def _attached(share: Any, names: dict[str, str]) -> Attached:
    return Attached(
        kind=share.kind,
        public_id=share.subject_id,
        name=share.name,
        version=share.version,
        size_bytes=share.size_bytes,
        content_type=share.content_type,
        scan=share.scan,
        is_shared=share.stopped_by is None,
        stopped_by=names.get(share.stopped_by),
    )


def _note(view: View, row: Any) -> Note:
    sentence = words(row.kind, by=row.who, name=row.name, subject_kind=row.subject_kind)
    return Note(row.position, row.at, row.at.astimezone(view.zone).date(), sentence)


def _marked(page: Page, new: int | None) -> Page:
    """The page with its first new message marked, where the divider stands."""
    for item in page.items:
        if isinstance(item, Bubble) and new is not None and item.position >= new:
            item.is_new = True
            break
    return page
