"""Alerts, who of the firm is emailed about payments, and windows of portal notices."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.types import RowId, UtcDateTime
from portal.firm.models import Group


class Alert(Base):
    """Something that needs a person, told once per subject until somebody resolves it."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        Index("ix_alert_open", "resolved_at", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(160))
    sentence: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by: Mapped[str | None] = mapped_column(String(80))


class Target(StrEnum):
    """What kind of audience an administrator chose for payment emails."""

    NO_ONE = "no one"
    LEVEL = "level"
    GROUP = "group"


class PaymentAudience(Base):
    """The one target of the firm's payment emails: no one, one level or one group (FEATURES N3).

    Without the row nothing was chosen yet, and every administrator is emailed (FEATURES N2).
    """

    __tablename__ = "payment_audience"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint(
            "(target = 'no one' AND level IS NULL AND group_id IS NULL)"
            " OR (target = 'level' AND level IS NOT NULL AND group_id IS NULL)"
            " OR (target = 'group' AND level IS NULL AND group_id IS NOT NULL)",
            name="exactly_one_target",
        ),
        CheckConstraint("level IN ('administrator', 'billing', 'accounts')", name="level_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    target: Mapped[str] = mapped_column(String(10))
    level: Mapped[str | None] = mapped_column(String(16))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("user_group.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(80))
    group: Mapped[Group | None] = relationship(lazy="raise")


class NoticeWindow(Base):
    """Five minutes in which one participant is told of one portal, by one email when they end.

    It opens with the first item; the email lists what came from `from_position` until `closes_at`,
    which itself belongs to the next window. Business times (FEATURES C5).
    """

    __tablename__ = "notice_window"
    __table_args__ = (
        UniqueConstraint("participant_id", "from_position"),
        UniqueConstraint("public_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    from_position: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
