"""Money of a completed payment that leaves again: by a refund, a dispute or a return."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments.receipts.models import Allocation, Receipt
from payments.transactions.models import Payment
from portal.core.db import Base
from portal.core.types import Cents, RowId, UtcDateTime


class WithdrawalKind(StrEnum):
    """Why money of a payment leaves: the firm gives it back, or the payer's bank takes it."""

    REFUND = "refund"  # M6
    DISPUTE = "dispute"  # M7, cards
    RETURN = "return"  # M7, eChecks: final


class WithdrawalState(StrEnum):
    """Where that money is. What is back has come again: a refund failed, a dispute was won."""

    HELD = "held"
    OUT = "out"
    BACK = "back"


class Withdrawal(Base):
    """One sum of one payment that leaves the client, or unlinked money, for the payer (M6, M7).

    It was taken from the receipt that the payment was linked by, off its bills where more was
    needed than was left of it (`parts`, newest application first), or from unlinked money where
    there was none. `shortfall_cents` of it were no longer in the client's trust ledger: the firm
    covers them, never another client. The ledger's transfers name it `withdrawal:<public id>`.
    """

    __tablename__ = "withdrawal"
    __table_args__ = (
        UniqueConstraint("public_id"),
        CheckConstraint("kind IN ('refund', 'dispute', 'return')", name="kind_known"),
        CheckConstraint("state IN ('held', 'out', 'back')", name="state_known"),
        CheckConstraint("cents > 0", name="cents_positive"),
        CheckConstraint(
            "shortfall_cents >= 0 AND shortfall_cents <= cents", name="shortfall_within_cents"
        ),
        CheckConstraint("state <> 'held' OR kind = 'refund'", name="only_refunds_wait"),
        CheckConstraint("(state = 'back') = (back_at IS NOT NULL)", name="back_when"),
        Index("ix_withdrawal_payment", "payment_id", "id"),
        Index("ix_withdrawal_receipt", "receipt_id", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"))
    kind: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(4))
    cents: Mapped[int] = mapped_column(Cents)
    shortfall_cents: Mapped[int] = mapped_column(Cents, default=0)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    payment: Mapped[Payment] = relationship(lazy="raise", viewonly=True)
    receipt: Mapped[Receipt | None] = relationship(lazy="raise", viewonly=True)
    parts: Mapped[list["WithdrawalPart"]] = relationship(
        lazy="raise", order_by="WithdrawalPart.id", viewonly=True
    )


class WithdrawalPart(Base):
    """Some of a withdrawal that was taken off a bill: which allocation, and how many cents of it.
    `again_cents` of them were put on the bill again when the money came back."""

    __tablename__ = "withdrawal_part"
    __table_args__ = (
        UniqueConstraint("withdrawal_id", "allocation_id"),
        CheckConstraint("cents > 0", name="cents_positive"),
        CheckConstraint("again_cents >= 0 AND again_cents <= cents", name="again_within_cents"),
        Index("ix_withdrawal_part_allocation", "allocation_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    withdrawal_id: Mapped[int] = mapped_column(ForeignKey("withdrawal.id"))
    allocation_id: Mapped[int] = mapped_column(ForeignKey("allocation.id"))
    cents: Mapped[int] = mapped_column(Cents)
    again_cents: Mapped[int] = mapped_column(Cents, default=0)
    allocation: Mapped[Allocation] = relationship(lazy="raise", viewonly=True)
