"""Bills, their lines, and each matter's share of them."""

import hashlib
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments.accounts.models import BankAccount
from payments.billing.state_rules import hold_states
from payments.money.amounts import Money
from portal.clients.models import Contact, Matter
from portal.core.db import Base
from portal.core.types import Cents, RowId, UtcDateTime


class BillStatus(StrEnum):
    """The states of FEATURES D1. Draft cannot be paid; Void is final."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    VOID = "void"


UNISSUED = frozenset({BillStatus.DRAFT, BillStatus.AWAITING_APPROVAL})
"""What has no number yet and asks nobody for anything."""

_STATUSES = ", ".join(f"'{status}'" for status in BillStatus)
_UNISSUED = "status IN ('draft', 'awaiting_approval')"


class Bill(Base):
    """What one client owes. The number is given at issue, and then it is booked as receivable.

    `applied_cents` is what was paid on it, `reserved_cents` what a payment under way will pay: the
    database keeps both within the total (FEATURES M9). `bank_account_id` is the operating account
    in whose books it was issued; payments into another one may still be applied to it. `version`
    counts the changes of an issued bill, from 1: what it said before is a `BillVersion`. The total
    is the lines together, less the discount, with the taxes on what is left.
    """

    __tablename__ = "bill"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("number"),
        CheckConstraint(f"status IN ({_STATUSES})", name="status_known"),
        CheckConstraint("currency IN ('USD', 'CAD')", name="currency_known"),
        CheckConstraint("applied_cents >= 0 AND reserved_cents >= 0", name="not_negative"),
        CheckConstraint("applied_cents + reserved_cents <= total_cents", name="not_overpaid"),
        CheckConstraint(f"({_UNISSUED}) = (number IS NULL)", name="issued_has_a_number"),
        CheckConstraint(f"({_UNISSUED}) = (issued_on IS NULL)", name="issued_has_a_day"),
        CheckConstraint("issued_on IS NULL OR due_on IS NOT NULL", name="issued_is_due"),
        CheckConstraint("number IS NULL OR total_cents > 0", name="issued_has_a_total"),
        CheckConstraint(
            "total_cents = subtotal_cents - discount_cents + tax_cents", name="adds_up"
        ),
        CheckConstraint(
            "discount_cents >= 0 AND discount_percent_thousandths BETWEEN 0 AND 100000",
            name="discount_not_negative",
        ),
        CheckConstraint("tax_cents >= 0", name="tax_not_negative"),
        CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approved_whole"),
        CheckConstraint(
            "status <> 'paid' OR applied_cents = total_cents", name="paid_is_paid_whole"
        ),
        CheckConstraint(
            "status <> 'awaiting_payment' OR applied_cents < total_cents", name="unpaid_owes"
        ),
        CheckConstraint(
            "status NOT IN ('void', 'draft', 'awaiting_approval') "
            "OR applied_cents + reserved_cents = 0",
            name="nothing_applied_unless_issued",
        ),
        CheckConstraint("(status = 'void') = (voided_at IS NOT NULL)", name="void_has_a_time"),
        Index("ix_bill_client", "client_id", "status", "due_on", "issued_on", "number"),
        Index("ix_bill_status", "status", "due_on", "id"),
        Index(  # what is owed, added up without looking at a bill
            "ix_bill_owed",
            "status",
            "due_on",
            "id",
            "total_cents",
            "applied_cents",
            sqlite_where=text("status = 'awaiting_payment'"),
            postgresql_where=text("status = 'awaiting_payment'"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    number: Mapped[int | None]
    client_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    status: Mapped[str] = mapped_column(String(20))
    currency: Mapped[str] = mapped_column(String(3))
    issued_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    subtotal_cents: Mapped[int] = mapped_column(Cents, default=0)
    discount_percent_thousandths: Mapped[int] = mapped_column(default=0)
    discount_cents: Mapped[int] = mapped_column(Cents, default=0)
    tax_cents: Mapped[int] = mapped_column(Cents, default=0)
    total_cents: Mapped[int] = mapped_column(Cents, default=0)
    applied_cents: Mapped[int] = mapped_column(Cents, default=0)
    reserved_cents: Mapped[int] = mapped_column(Cents, default=0)
    note: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    edited_by: Mapped[str | None] = mapped_column(String(80))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by: Mapped[str | None] = mapped_column(String(80))
    issued_by: Mapped[str | None] = mapped_column(String(80))
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_by: Mapped[str | None] = mapped_column(String(80))
    void_reason: Mapped[str] = mapped_column(Text, default="")
    client: Mapped[Contact] = relationship(lazy="raise")
    bank_account: Mapped[BankAccount] = relationship(lazy="raise")
    lines: Mapped[list["BillLine"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="BillLine.position"
    )
    taxes: Mapped[list["BillTax"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="BillTax.position"
    )
    shares: Mapped[list["BillShare"]] = relationship(lazy="raise", order_by="BillShare.position")

    @property
    def total(self) -> Money:
        """What was billed."""
        return Money(self.total_cents, self.currency)

    @property
    def balance(self) -> Money:
        """What is still owed: total less what was applied. A void bill owes nothing."""
        void = self.status == BillStatus.VOID
        return Money(0 if void else self.total_cents - self.applied_cents, self.currency)

    @property
    def mark(self) -> str:
        """A short mark of what a draft says: whoever issues it has seen just this."""
        lines = [
            (
                line.matter_id,
                line.worked_on,
                line.description,
                line.amount_cents,
                line.quantity_thousandths,  # 2 at 125.00 is not 25 at 10.00
                line.rate_cents,
            )
            for line in self.lines
        ]
        taxes = [(tax.label, tax.percent_thousandths) for tax in self.taxes]
        discount = (self.discount_percent_thousandths, self.discount_cents)
        head = (self.client_id, self.bank_account_id, self.due_on, self.note)
        told = repr((head, lines, discount, taxes))
        return hashlib.sha256(told.encode()).hexdigest()[:16]


hold_states(Bill.__table__)


class BillLine(Base):
    """One line: work or an expense on one matter, `amount_cents` being quantity times rate.

    `quantity_thousandths` is hours or pieces in thousandths, `rate_cents` cents for one.
    """

    __tablename__ = "bill_line"
    __table_args__ = (
        UniqueConstraint("bill_id", "position"),
        CheckConstraint("quantity_thousandths > 0", name="quantity_positive"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    bill_id: Mapped[int] = mapped_column(ForeignKey("bill.id"))
    position: Mapped[int]
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    worked_on: Mapped[date] = mapped_column(Date)
    description: Mapped[str] = mapped_column(Text)
    quantity_thousandths: Mapped[int] = mapped_column(Cents)
    rate_cents: Mapped[int] = mapped_column(Cents)
    amount_cents: Mapped[int] = mapped_column(Cents)
    matter: Mapped[Matter] = relationship(lazy="raise")


class BillTax(Base):
    """One tax on a bill, as GST or QST: thousandths of a percent, and the cents it comes to."""

    __tablename__ = "bill_tax"
    __table_args__ = (
        UniqueConstraint("bill_id", "position"),
        CheckConstraint("percent_thousandths BETWEEN 1 AND 100000", name="percent_possible"),
        CheckConstraint("cents >= 0", name="not_negative"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    bill_id: Mapped[int] = mapped_column(ForeignKey("bill.id"))
    position: Mapped[int]
    label: Mapped[str] = mapped_column(String(40))
    percent_thousandths: Mapped[int]
    cents: Mapped[int] = mapped_column(Cents)


class BillShare(Base):
    """What one matter owes on one bill, frozen at issue, in the order of the bill's lines.

    A payment for a client fills the shares in that order; one for a matter only that matter's. A
    matter that the bill no longer names has a share of zero.
    """

    __tablename__ = "bill_share"
    __table_args__ = (
        UniqueConstraint("bill_id", "matter_id"),
        CheckConstraint("total_cents >= 0", name="total_not_negative"),
        CheckConstraint(
            "applied_cents >= 0 AND applied_cents <= total_cents", name="applied_within_total"
        ),
        Index("ix_bill_share_matter", "matter_id", "bill_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    bill_id: Mapped[int] = mapped_column(ForeignKey("bill.id"))
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    position: Mapped[int]
    total_cents: Mapped[int] = mapped_column(Cents)
    applied_cents: Mapped[int] = mapped_column(Cents, default=0)
    matter: Mapped[Matter] = relationship(lazy="raise")
