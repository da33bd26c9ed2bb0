"""Notices owed, and one delivery for each person who is told."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.types import Json, RowId, UtcDateTime


class DeliveryState(StrEnum):
    """What became of an email. Only *owed* changes by itself."""

    OWED = "owed"
    SENT = "sent"
    REFUSED = "refused"
    GIVEN_UP = "given up"
    WITHDRAWN = "withdrawn"


FAILED = (DeliveryState.REFUSED, DeliveryState.GIVEN_UP)


class Notice(Base):
    """One thing to tell an audience. `once` names its event, so that one event owes one notice."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("once"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    audience: Mapped[str] = mapped_column(String(80))
    args: Mapped[dict[str, Any]] = mapped_column(Json)
    once: Mapped[str] = mapped_column(String(200))
    owed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fanned_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Delivery(Base):
    """One email of a notice to one address. Its Message-ID stays, so a repeat is the same email.

    `last_reply` is what the mail server said last, or why there was no answer. Times are business
    time. `withdrawn` means that the person left the audience before the email could be sent.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notice_id", "address"),
        UniqueConstraint("public_id"),
        UniqueConstraint("message_id"),
        CheckConstraint(
            "state IN ('owed', 'sent', 'refused', 'given up', 'withdrawn')", name="state_known"
        ),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_a_time"),
        Index("ix_delivery_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(16))
    message_id: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[str] = mapped_column(String(10), default=DeliveryState.OWED)
    attempts: Mapped[int] = mapped_column(default=0)
    last_reply: Mapped[str] = mapped_column(Text, default="")
    owed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notice: Mapped[Notice] = relationship()
