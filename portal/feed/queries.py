"""What was opened, how far somebody has read, and how much is new to them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from portal.feed.models import EventKind, Feed, FeedEvent, FeedPreference, ReadMark
from portal.feed.people import Person


def was_opened(
    session: Session, matter_id: int, reader: Person, subject_kind: str, subject_id: str
) -> bool:
    """Whether this person has opened this before."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    FeedEvent.matter_id == matter_id,
                    FeedEvent.kind == EventKind.OPENED,
                    reader.is_named_by(FeedEvent),
                    FeedEvent.subject_kind == subject_kind,
                    FeedEvent.subject_id == subject_id,
                )
            )
        )
    )


def openings(
    session: Session, matter_id: int, subjects: Iterable[str] | None = None
) -> Sequence[Any]:
    """When each person first opened what (FEATURES C4, C6): rows of `subject_kind`, `subject_id`,
    `user_id`, `contact_id` and `at`, the earliest first. `subjects`: only these public ids."""
    wanted = [FeedEvent.matter_id == matter_id, FeedEvent.kind == EventKind.OPENED]
    if subjects is not None:
        wanted.append(FeedEvent.subject_id.in_(set(subjects)))
    statement = select(
        FeedEvent.subject_kind,
        FeedEvent.subject_id,
        FeedEvent.user_id,
        FeedEvent.contact_id,
        FeedEvent.at,
    )
    return session.execute(statement.where(*wanted).order_by(FeedEvent.position)).all()


def up_to_of(session: Session, matter_id: int, reader: Person) -> int:
    """The position of the last message that somebody has read; 0 for none."""
    statement = select(ReadMark.up_to).where(ReadMark.matter_id == matter_id)
    return session.scalar(statement.where(reader.is_named_by(ReadMark))) or 0


_DELETED = aliased(FeedEvent, name="deleted")


def messages_of_others(reader: Person) -> list[ColumnElement[bool]]:
    """What makes an event a message that somebody else wrote and that still stands: what was
    deleted is nobody's news any more (FEATURES C13)."""
    column = FeedEvent.contact_id if reader.is_client else FeedEvent.user_id
    deleted = exists().where(
        _DELETED.matter_id == FeedEvent.matter_id,
        _DELETED.kind == literal_column("'message deleted'"),
        _DELETED.subject_id == FeedEvent.subject_id,
    )
    return [
        FeedEvent.kind == literal_column("'message'"),
        column.is_distinct_from(reader.contact_id if reader.is_client else reader.user_id),
        ~deleted,
    ]


def unread(session: Session, reader: Person, matter_ids: Iterable[int]) -> dict[int, int]:
    """How many messages of others each of these portals holds that this person has not read.

    The mark is read first, so that only what comes after it is looked at, however long the feed.
    """
    mark = (
        select(ReadMark.up_to)
        .where(ReadMark.matter_id == Feed.matter_id, reader.is_named_by(ReadMark))
        .correlate(Feed)
        .scalar_subquery()
    )
    news = (
        select(func.count())
        .where(
            FeedEvent.matter_id == Feed.matter_id,
            FeedEvent.position > func.coalesce(mark, 0),
            *messages_of_others(reader),
        )
        .correlate(Feed)
        .scalar_subquery()
    )
    asked = select(Feed.matter_id, news.label("news")).where(Feed.matter_id.in_(set(matter_ids)))
    return {row.matter_id: row.news for row in session.execute(asked) if row.news}


def shows_all_events(session: Session, user_id: int) -> bool:
    """Whether this user has **Show all client portal events** on."""
    kept = select(FeedPreference.all_events).where(FeedPreference.user_id == user_id)
    return bool(session.scalar(kept))
