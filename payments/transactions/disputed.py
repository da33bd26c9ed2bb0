"""Disputes: the payer's bank takes a card payment back, and may give it again (FEATURES M7)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments.money.amounts import Money
from payments.transactions.models import Payment
from portal.core.db import Base
from portal.core.types import Cents, Json, RowId, UtcDateTime


class DisputeState(StrEnum):
    """Where a dispute stands (https://docs.stripe.com/disputes/how-disputes-work)."""

    INQUIRY = "inquiry"  # the bank asks; no money has moved
    OPEN = "open"  # evidence is needed
    REVIEW = "review"  # evidence is with the bank
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"  # an inquiry that ended, or a dispute that was prevented: no money moved


DISPUTE_UNANSWERED = frozenset({DisputeState.INQUIRY, DisputeState.OPEN})
DISPUTE_OPEN = DISPUTE_UNANSWERED | {DisputeState.REVIEW}
DISPUTE_ENDED = frozenset(DisputeState) - DISPUTE_OPEN


class Release(StrEnum):
    """On whose word client matters may be shown to a bank."""

    CLIENT = "client"  # the client's recorded consent
    PARTNER = "partner"  # a partner's recorded decision


class Dispute(Base):
    """One dispute of one payment, as the processor shows it, and what the firm answers.

    `withdrawal_id` is the money that left by it, none while none has. `fee_cents` is what the
    processor kept for it, the firm's in every case. `kit` holds the answer: each of the processor's
    fields that is to be sent, in the words that stand there (redacted unless somebody changed
    them). It is sent only once `release` is recorded: on whose word, by whom, when, and a note.
    """

    __tablename__ = "dispute"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("dispute_id"),
        UniqueConstraint("withdrawal_id"),
        CheckConstraint("cents > 0", name="cents_positive"),
        CheckConstraint("fee_cents >= 0", name="fee_not_negative"),
        CheckConstraint(
            "state IN ('inquiry', 'open', 'review', 'won', 'lost', 'closed')", name="state_known"
        ),
        CheckConstraint(
            "release IS NULL OR release IN ('client', 'partner')", name="release_known"
        ),
        CheckConstraint(
            "(release IS NULL) = (released_at IS NULL)"
            " AND (release IS NULL) = (released_by IS NULL)",
            name="released_whole",
        ),
        CheckConstraint("sent_at IS NULL OR release IS NOT NULL", name="sent_when_released"),
        Index("ix_dispute_payment", "payment_id", "id"),
        Index("ix_dispute_state", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    withdrawal_id: Mapped[int | None] = mapped_column(ForeignKey("withdrawal.id"))
    dispute_id: Mapped[str] = mapped_column(String(80))
    cents: Mapped[int] = mapped_column(Cents)
    fee_cents: Mapped[int] = mapped_column(Cents, default=0)
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(60))
    network_code: Mapped[str] = mapped_column(String(20), default="")
    state: Mapped[str] = mapped_column(String(8))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    kit: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    release: Mapped[str | None] = mapped_column(String(8))
    released_by: Mapped[str | None] = mapped_column(String(80))
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    release_note: Mapped[str] = mapped_column(Text, default="")
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_by: Mapped[str | None] = mapped_column(String(80))
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_by: Mapped[str | None] = mapped_column(String(80))
    payment: Mapped[Payment] = relationship(lazy="raise", viewonly=True)

    @property
    def amount(self) -> Money:
        """What the payer's bank disputes."""
        return Money(self.cents, self.currency)


class DisputeFile(Base):
    """A file of a dispute's kit. Its bytes lie in the store under `stored_as`; `file_id` is the
    processor's name for it once it was sent. At most 5 MB in all, PDF, JPEG or PNG
    (https://docs.stripe.com/disputes/best-practices#file-upload)."""

    __tablename__ = "dispute_file"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("dispute_id", "field"),
        CheckConstraint("bytes > 0", name="not_empty"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    dispute_id: Mapped[int] = mapped_column(ForeignKey("dispute.id"))
    field: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(80))
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    stored_as: Mapped[str] = mapped_column(String(200))
    file_id: Mapped[str | None] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
