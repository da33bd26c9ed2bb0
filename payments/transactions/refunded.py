"""Refunds: what the firm gives back of a completed payment (FEATURES M6)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments.money.amounts import Money
from payments.transactions.models import Payment
from portal.core.db import Base
from portal.core.types import Cents, RowId, UtcDateTime


class RefundState(StrEnum):
    """Where a refund stands (https://docs.stripe.com/refunds#pending-refunds)."""

    ASKED = "asked"  # kept here; the processor has not answered yet
    PENDING = "pending"  # on its way to the payer
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # refused at once, or sent back later: the money is here again
    CANCELED = "canceled"


REFUND_UNDER_WAY = frozenset({RefundState.ASKED, RefundState.PENDING})
SUPERSEDED = "superseded"
"""The `failure` of a refund that was given up before the processor heard of it, since the money had
left another way. Nobody is told that it is here, or to give it back once more."""

REFUND_MADE = frozenset({RefundState.PENDING, RefundState.SUCCEEDED})
REFUND_BACK = frozenset({RefundState.FAILED, RefundState.CANCELED})


class Refund(Base):
    """One refund of one payment, in whole or in part. Its row exists before the processor hears.

    `refund_id` is the processor's. One that somebody made at the processor, past these books, has
    `origin` "processor" and is booked when it is first seen. `reason` is the firm's own, in its
    words, and is not told to the payer. `failure` is the processor's code.
    """

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("refund_id"),
        UniqueConstraint("withdrawal_id"),
        CheckConstraint("cents > 0", name="cents_positive"),
        CheckConstraint(
            "state IN ('asked', 'pending', 'succeeded', 'failed', 'canceled')", name="state_known"
        ),
        CheckConstraint("origin IN ('staff', 'processor')", name="origin_known"),
        CheckConstraint("refund_id IS NOT NULL OR origin = 'staff'", name="of_somebody"),
        Index("ix_refund_payment", "payment_id", "id"),
        Index(
            "ix_refund_under_way",
            "state",
            "id",
            sqlite_where=text("state IN ('asked', 'pending')"),
            postgresql_where=text("state IN ('asked', 'pending')"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    withdrawal_id: Mapped[int] = mapped_column(ForeignKey("withdrawal.id"))
    refund_id: Mapped[str | None] = mapped_column(String(80))
    cents: Mapped[int] = mapped_column(Cents)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(10))
    origin: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(500), default="")
    failure: Mapped[str] = mapped_column(String(60), default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    payment: Mapped[Payment] = relationship(lazy="raise", viewonly=True)

    @property
    def amount(self) -> Money:
        """What is given back."""
        return Money(self.cents, self.currency)
