"""Adding to a feed, and noting who has read and opened what (FEATURES C6, C7)."""

from sqlalchemy import ColumnElement, exists, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from portal.core import clock
from portal.feed.models import EventKind, Feed, FeedEvent, FeedPreference, ReadMark
from portal.feed.people import Person
from portal.feed.queries import messages_of_others, was_opened

# What the other side is told of, and by which portals are listed.
NEWS = (EventKind.MESSAGE, EventKind.UPLOADED, EventKind.SHARING_STARTED)


def open_feed(session: Session, matter_id: int) -> bool:
    """Begin the feed of a matter; answers whether there was none before. Two at once make one."""
    begin = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    made = session.execute(
        begin(Feed)
        .values(matter_id=matter_id, last_position=0, last_message=0, changed_at=clock.now())
        .on_conflict_do_nothing(index_elements=["matter_id"])
        .returning(Feed.matter_id)
    ).first()
    return made is not None


def lock(session: Session, matter_id: int) -> Feed:
    """The feed, held until the transaction ends: what is added to it comes one after the other."""
    return session.get_one(Feed, matter_id, with_for_update=True, populate_existing=True)


def add_event(
    session: Session,
    matter_id: int,
    kind: EventKind,
    *,
    by: Person | None,
    subject_kind: str = "",
    subject_id: str = "",
    name: str = "",
    up_to: int | None = None,
) -> int:
    """Add one event at the end of a feed, in the transaction of its cause; answers its position.

    `name` is what the subject is called now, at most 255 characters. Positions are given out under
    the feed's lock, so nobody sees a later one before an earlier one.
    """
    feed = lock(session, matter_id)
    feed.last_position += 1
    position, moment = feed.last_position, clock.now()
    if kind is EventKind.MESSAGE:
        feed.last_message = position
    if kind in NEWS:
        feed.changed_at = moment
    session.flush()
    session.execute(
        insert(FeedEvent).values(
            matter_id=matter_id,
            position=position,
            kind=kind,
            at=moment,
            user_id=by.user_id if by else None,
            contact_id=by.contact_id if by else None,
            subject_kind=subject_kind,
            subject_id=subject_id,
            name=name[:255],
            up_to=up_to,
        )
    )
    return position


def mark_read(session: Session, matter_id: int, reader: Person, up_to: int) -> None:
    """Note that somebody has had the messages up to this position on their screen (FEATURES C6).

    One mark and one event, however many messages that were. Positions already read, or beyond the
    last message, add nothing.
    """
    feed = lock(session, matter_id)
    mark = session.scalar(
        select(ReadMark).where(ReadMark.matter_id == matter_id, reader.is_named_by(ReadMark))
    )
    before, after = (mark.up_to if mark else 0), min(up_to, feed.last_message)
    if after <= before:
        return
    if mark is None:
        session.add(ReadMark(matter_id=matter_id, **reader.columns, up_to=after))
    else:
        session.execute(update(ReadMark).where(ReadMark.id == mark.id).values(up_to=after))
    if session.scalar(select(exists().where(*_by_others(matter_id, reader, before, after)))):
        add_event(session, matter_id, EventKind.READ, by=reader, up_to=after)


def _by_others(matter_id: int, reader: Person, after: int, up_to: int) -> list[ColumnElement[bool]]:
    return [
        FeedEvent.matter_id == matter_id,
        FeedEvent.position > after,
        FeedEvent.position <= up_to,
        *messages_of_others(reader),
    ]


def note_opened(
    session: Session, matter_id: int, reader: Person, subject_kind: str, subject_id: str, name: str
) -> None:
    """Note when somebody first opened something shared: once each (FEATURES C4, C6)."""
    lock(session, matter_id)
    if not was_opened(session, matter_id, reader, subject_kind, subject_id):
        add_event(
            session,
            matter_id,
            EventKind.OPENED,
            by=reader,
            subject_kind=subject_kind,
            subject_id=subject_id,
            name=name,
        )


def show_all_events(session: Session, user_id: int, shown: bool) -> None:
    """Turn **Show all client portal events** on or off for one user, in every portal (C7)."""
    kept = session.get(FeedPreference, user_id)
    if kept is None:
        session.add(FeedPreference(user_id=user_id, all_events=shown))
    else:
        kept.all_events = shown
