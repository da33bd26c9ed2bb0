"""The inbox of processor events, and how far the reconciler has read."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base
from portal.core.types import RowId, UtcDateTime


class ProcessorEvent(Base):
    """One event, kept once however often it was delivered. It is a hint; its object is read again.

    `account` is the connected account it came from, empty for the firm's own. `problem` says why
    it was put aside instead of handled.
    """

    __tablename__ = "processor_event"
    __table_args__ = (
        UniqueConstraint("account", "event_id"),
        Index(
            "ix_processor_event_unhandled",
            "intent_id",
            sqlite_where=text("handled_at IS NULL"),
            postgresql_where=text("handled_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    event_id: Mapped[str] = mapped_column(String(80))
    type: Mapped[str] = mapped_column(String(80))
    object_id: Mapped[str] = mapped_column(String(80))
    intent_id: Mapped[str | None] = mapped_column(String(80))
    told_by: Mapped[str] = mapped_column(String(16))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    problem: Mapped[str | None] = mapped_column(String(200))


class ReadUpTo(Base):
    """Until when (business time) the events of one processor account have been read."""

    __tablename__ = "processor_read_up_to"

    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
