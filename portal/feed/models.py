"""What happened in each portal, in order, and how far everybody has read."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.append_only import append_only
from portal.core.db import Base
from portal.core.types import RowId, UtcDateTime


class EventKind(StrEnum):
    """What happened. All but messages are shown to staff alone, on demand (FEATURES C7)."""

    MESSAGE = "message"
    READ = "read"
    OPENED = "opened"
    UPLOADED = "uploaded"
    PARTICIPANT_ADDED = "participant added"
    PARTICIPANT_REMOVED = "participant removed"
    JOINED = "joined"
    ADDRESS_CHANGED = "address changed"
    SHARING_STARTED = "sharing started"
    SHARING_STOPPED = "sharing stopped"
    MESSAGE_DELETED = "message deleted"


ONE_PERSON = "(user_id IS NULL) <> (contact_id IS NULL)"
AT_MOST_ONE_PERSON = "user_id IS NULL OR contact_id IS NULL"


class Feed(Base):
    """The feed of one matter's portal. Its row is locked by whoever adds to it, so that positions
    are given out in the order in which they can be seen.

    `last_message` is the position of the newest message, 0 for none; `changed_at` (business time)
    is when something was last written or shared, by which portals are listed.
    """

    __tablename__ = "feed"
    __table_args__ = (Index("ix_feed_changed", "changed_at", "matter_id"),)

    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    last_position: Mapped[int] = mapped_column(default=0)
    last_message: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FeedEvent(Base):
    """One thing that happened in a portal, by whom, never changed.

    `subject_kind` and `subject_id` (a public id) say what it was about, `name` how that was called
    then. `up_to` is the position of the last message read, for *read*. An *opened* stands once a
    person and subject: it tells when each first opened it (FEATURES C6).
    """

    __tablename__ = "feed_event"
    __table_args__ = (
        UniqueConstraint("matter_id", "position"),
        CheckConstraint(AT_MOST_ONE_PERSON, name="at_most_one_person"),
        CheckConstraint("(kind = 'read') = (up_to IS NOT NULL)", name="read_up_to_somewhere"),
        Index(
            "ix_feed_event_messages",
            "matter_id",
            "position",
            sqlite_where=text("kind = 'message'"),
            postgresql_where=text("kind = 'message'"),
        ),
        Index(
            "uq_feed_event_first_opened_by_contact",
            *("matter_id", "contact_id", "subject_kind", "subject_id"),
            unique=True,
            sqlite_where=text("kind = 'opened' AND contact_id IS NOT NULL"),
            postgresql_where=text("kind = 'opened' AND contact_id IS NOT NULL"),
        ),
        Index(
            "uq_feed_event_first_opened_by_user",
            *("matter_id", "user_id", "subject_kind", "subject_id"),
            unique=True,
            sqlite_where=text("kind = 'opened' AND user_id IS NOT NULL"),
            postgresql_where=text("kind = 'opened' AND user_id IS NOT NULL"),
        ),
        Index(
            "ix_feed_event_deleted",
            *("matter_id", "subject_id"),
            sqlite_where=text("kind = 'message deleted'"),
            postgresql_where=text("kind = 'message deleted'"),
        ),
        Index(
            "ix_feed_event_reads",
            "matter_id",
            "up_to",
            sqlite_where=text("kind = 'read'"),
            postgresql_where=text("kind = 'read'"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("feed.matter_id"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    subject_kind: Mapped[str] = mapped_column(String(20), default="")
    subject_id: Mapped[str] = mapped_column(String(32), default="")
    name: Mapped[str] = mapped_column(String(255), default="")
    up_to: Mapped[int | None]


append_only(FeedEvent.__table__)


class ReadMark(Base):
    """How far one person has read one feed: one row each, kept equal to their *read* events."""

    __tablename__ = "read_mark"
    __table_args__ = (
        CheckConstraint(ONE_PERSON, name="one_person"),
        UniqueConstraint("matter_id", "user_id"),
        UniqueConstraint("matter_id", "contact_id"),
        Index("ix_read_mark_user", "user_id"),
        Index("ix_read_mark_contact", "contact_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("feed.matter_id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    up_to: Mapped[int]


class FeedPreference(Base):
    """Whether a user has **Show all client portal events** on (FEATURES C7: off by default)."""

    __tablename__ = "feed_preference"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    all_events: Mapped[bool] = mapped_column(default=False)
