"""What the firm owes its own trust accounts, and what of its own lies there (FEATURES M4, M7)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments.accounts.models import BankAccount
from payments.money.amounts import Money
from payments.transactions.models import Payment
from portal.core.db import Base
from portal.core.types import Cents, RowId, UtcDateTime


class CoverReason(StrEnum):
    """What the firm answers for."""

    FEE = "fee"  # the processor kept it of a trust payment
    DISPUTE_FEE = "dispute_fee"  # it kept it for a dispute, or an eCheck that came back
    SHORTFALL = "shortfall"  # disputed, returned or refunded when the client had spent it
    SURPLUS = "surplus"  # it came back after the firm had put it in: the firm takes it out again


class ReplenishmentState(StrEnum):
    """Whether somebody still has to move the money."""

    OPEN = "open"
    DONE = "done"
    RELEASED = "released"


class Replenishment(Base):
    """One sum that somebody has to move between the firm's own money and a trust account.

    Into trust, but for a surplus, which is taken out. It ends once: `done` by somebody, on a day,
    with the bank's reference; or `released`, because the money came back before anybody moved it.
    While it is open the ledger's `firm_cover` of that account holds it. Transfers name it
    `replenishment:<public id>`; `once` is the fact that it answers for.
    """

    __tablename__ = "replenishment"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("once"),
        CheckConstraint("cents > 0", name="cents_positive"),
        CheckConstraint(
            "reason IN ('fee', 'dispute_fee', 'shortfall', 'surplus')", name="reason_known"
        ),
        CheckConstraint("state IN ('open', 'done', 'released')", name="state_known"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_when"),
        CheckConstraint("state <> 'done' OR moved_on IS NOT NULL", name="done_on_a_day"),
        Index("ix_replenishment_state", "state", "id"),
        Index("ix_replenishment_payment", "payment_id", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    once: Mapped[str] = mapped_column(String(120))
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    reason: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(8))
    cents: Mapped[int] = mapped_column(Cents)
    currency: Mapped[str] = mapped_column(String(3))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    moved_on: Mapped[date | None] = mapped_column(Date)
    bank_reference: Mapped[str] = mapped_column(String(100), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(80))
    bank_account: Mapped[BankAccount] = relationship(lazy="raise", viewonly=True)
    payment: Mapped[Payment] = relationship(lazy="raise", viewonly=True)

    @property
    def amount(self) -> Money:
        """What is to be moved."""
        return Money(self.cents, self.currency)
