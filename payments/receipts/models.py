"""Receipts (money received for a client) and allocations (which bill they paid)."""

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
from payments.billing.models import Bill, BillShare
from payments.billing.requested import TrustRequest
from payments.money.amounts import Money
from portal.clients.models import Contact, Matter
from portal.core.db import Base
from portal.core.types import Cents, RowId, UtcDateTime

# What can still be applied (in an operating account: the client's credit).
HAS_CREDIT = "undone_at IS NULL AND applied_cents + withdrawn_cents < amount_cents"

RECORDED = "source IN ('cheque', 'cash') AND undone_at IS NULL"


class ReceiptSource(StrEnum):
    """How the money came: a processor's payment that was linked, by hand, or from trust (S9)."""

    PAYMENT = "payment"
    CHEQUE = "cheque"
    CASH = "cash"
    TRUST = "trust"


class Receipt(Base):
    """Money that came in for one client, or for one matter of theirs, into one bank account.

    In an operating account what is not applied to bills is the client's credit (FEATURES S5, S6);
    in a trust account all of it is theirs, held in trust (S7), and nothing is ever applied. A
    receipt is not edited: it is undone, with a reason, and made anew (S8). `cause` is what the
    ledger's transfers name: the payment that was linked, or the receipt itself. One that names a
    trust request was paid on it (D2); `request_cents` of it count there.

    Of `amount_cents`, `withdrawn_cents` were given back, disputed or returned, or are about to be
    (M6, M7); of these, `gone_cents` have left the client's own ledger: what is missing there was
    covered by the firm. Until `held_until` trust money of an eCheck is on hold (M8).
    """

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("public_id"),
        CheckConstraint("source IN ('payment', 'cheque', 'cash', 'trust')", name="source_known"),
        CheckConstraint("currency IN ('USD', 'CAD')", name="currency_known"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint(
            "applied_cents >= 0 AND applied_cents <= amount_cents - withdrawn_cents",
            name="applied_within_amount",
        ),
        CheckConstraint(
            "gone_cents >= 0 AND gone_cents <= withdrawn_cents", name="gone_within_withdrawn"
        ),
        CheckConstraint(
            "request_cents >= 0 AND request_cents <= amount_cents - withdrawn_cents"
            " AND (request_cents = 0 OR trust_request_id IS NOT NULL)",
            name="request_within_amount",
        ),
        CheckConstraint(
            "undone_at IS NULL OR (applied_cents = 0 AND withdrawn_cents = 0)",
            name="undone_pays_nothing",
        ),
        CheckConstraint("source <> 'cheque' OR number <> ''", name="cheque_has_a_number"),
        Index("ix_receipt_cause", "cause", "id"),
        Index("ix_receipt_trust_request", "trust_request_id", "id"),
        Index(  # a payment belongs to one client at a time
            "uq_receipt_payment",
            "cause",
            unique=True,
            sqlite_where=text("source = 'payment' AND undone_at IS NULL"),
            postgresql_where=text("source = 'payment' AND undone_at IS NULL"),
        ),
        Index(  # what can still be applied, oldest first
            "ix_receipt_credit",
            "client_id",
            "id",
            sqlite_where=text(HAS_CREDIT),
            postgresql_where=text(HAS_CREDIT),
        ),
        Index(  # checks and cash by the day they came
            "ix_receipt_recorded",
            "received_on",
            "bank_account_id",
            "amount_cents",
            "withdrawn_cents",
            sqlite_where=text(RECORDED),
            postgresql_where=text(RECORDED),
        ),
        Index(  # what is on hold
            "ix_receipt_held",
            "client_id",
            "held_until",
            sqlite_where=text("held_until IS NOT NULL"),
            postgresql_where=text("held_until IS NOT NULL"),
        ),
        Index(  # the same check is never recorded twice
            "uq_receipt_cheque",
            "client_id",
            "number",
            "amount_cents",
            unique=True,
            sqlite_where=text("source = 'cheque' AND undone_at IS NULL"),
            postgresql_where=text("source = 'cheque' AND undone_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(10))
    cause: Mapped[str] = mapped_column(String(80))
    client_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    matter_id: Mapped[int | None] = mapped_column(ForeignKey("matter.id"))
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    trust_request_id: Mapped[int | None] = mapped_column(ForeignKey("trust_request.id"))
    currency: Mapped[str] = mapped_column(String(3))
    amount_cents: Mapped[int] = mapped_column(Cents)
    applied_cents: Mapped[int] = mapped_column(Cents, default=0)
    withdrawn_cents: Mapped[int] = mapped_column(Cents, default=0)
    gone_cents: Mapped[int] = mapped_column(Cents, default=0)
    request_cents: Mapped[int] = mapped_column(Cents, default=0)
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    received_on: Mapped[date] = mapped_column(Date)
    number: Mapped[str] = mapped_column(String(40), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str | None] = mapped_column(String(80))
    undone_reason: Mapped[str] = mapped_column(Text, default="")
    client: Mapped[Contact] = relationship(lazy="raise")
    matter: Mapped[Matter | None] = relationship(lazy="raise")
    bank_account: Mapped[BankAccount] = relationship(lazy="raise")
    trust_request: Mapped[TrustRequest | None] = relationship(lazy="raise")
    allocations: Mapped[list["Allocation"]] = relationship(
        lazy="raise", order_by="Allocation.id", viewonly=True
    )

    @property
    def left(self) -> Money:
        """What was neither applied nor withdrawn: credit, or what is held in trust by it."""
        return Money(self.amount_cents - self.applied_cents - self.withdrawn_cents, self.currency)


class Allocation(Base):
    """Some of a receipt applied to one matter's share of one bill.

    `reversed_cents` is how much of it was taken back; what stands is the difference. The ledger
    holds a transfer for the allocation and one for each reversal.
    """

    __tablename__ = "allocation"
    __table_args__ = (
        UniqueConstraint("public_id"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint(
            "reversed_cents >= 0 AND reversed_cents <= amount_cents", name="reversed_within_amount"
        ),
        Index("ix_allocation_receipt", "receipt_id", "id"),
        Index("ix_allocation_bill", "bill_id", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"))
    bill_id: Mapped[int] = mapped_column(ForeignKey("bill.id"))
    bill_share_id: Mapped[int] = mapped_column(ForeignKey("bill_share.id"))
    amount_cents: Mapped[int] = mapped_column(Cents)
    reversed_cents: Mapped[int] = mapped_column(Cents, default=0)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    receipt: Mapped[Receipt] = relationship(lazy="raise", viewonly=True)
    bill: Mapped[Bill] = relationship(lazy="raise", viewonly=True)
    share: Mapped[BillShare] = relationship(lazy="raise", viewonly=True)
