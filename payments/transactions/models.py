"""Payments and the record of every step in their life."""

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
from payments.billing.handed_out import DocumentLink
from payments.links.models import AccountLink
from payments.money.amounts import Money
from payments.receipts.models import Receipt
from payments.transactions.states import Status
from portal.clients.models import Contact
from portal.core.db import Base
from portal.core.types import Cents, RowId, UtcDateTime, byte_ordered

# What waits for **Link**: money that is there and belongs to nobody yet (FEATURES S2).
UNLINKED = "status = 'completed' AND receipt_id IS NULL AND withdrawn_cents < amount_cents"
FOUND = "found:"
_STATUSES = ", ".join(f"'{status}'" for status in Status)


class Origin(StrEnum):
    """Who began a payment: its payer, or the firm with a method that the client has stored."""

    PAYER = "payer"
    STAFF = "staff"
    PLAN = "plan"
    AUTOCHARGE = "autocharge"


_ORIGINS = ", ".join(f"'{origin}'" for origin in Origin)


class Payment(Base):
    """One attempt of one payer to pay one amount. Its row exists before the processor hears of it.

    `reference` is printed and said aloud; `status_token` opens the lasting status page; `nonce` is
    the review that it was submitted from, so that pressing twice makes one payment. The mandate is
    the sentence the payer approved, with when and from where (Nacha keeps two years). `receipt_id`
    is set while the payment is linked to a client (FEATURES S2).

    One that was made on a bill or trust request has its address and its client, whoever pays
    (`third_party`: somebody else, whose receipt tells of no matter, M12). `store_text` is what the
    payer agreed to by the store box (P5), none where nothing is stored: an account link never
    stores (L2). The address and program of whoever agreed to it stand with the mandate's.

    `stored_method_id` is the stored method that was charged, by the signed-in client or by the firm
    (`origin`, P8, P9); what the firm charges has a `charge_reason` and who asked for it.

    `withdrawn_cents` of it were given back, disputed or returned, or are about to be (M6, M7).
    Until `held_until` trust money of an eCheck is on hold (M8).
    """

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("reference"),
        UniqueConstraint("status_token"),
        UniqueConstraint("nonce"),
        UniqueConstraint("intent_id"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint(
            "receipt_id IS NULL OR status IN ('completed', 'returned')",
            name="linked_only_when_completed",
        ),
        CheckConstraint(
            "withdrawn_cents >= 0 AND withdrawn_cents <= amount_cents",
            name="withdrawn_within_amount",
        ),
        CheckConstraint("currency IN ('USD', 'CAD')", name="currency_known"),
        CheckConstraint("method IN ('card', 'bank')", name="method_known"),
        CheckConstraint(f"status IN ({_STATUSES})", name="status_known"),
        CheckConstraint("account_link_id IS NULL OR document_link_id IS NULL", name="by_one_link"),
        CheckConstraint(
            "store_text IS NULL OR document_link_id IS NOT NULL", name="links_store_nothing"
        ),
        CheckConstraint("(document_link_id IS NULL) = (client_id IS NULL)", name="document_of_one"),
        CheckConstraint(f"origin IN ({_ORIGINS})", name="origin_known"),
        CheckConstraint(
            "origin = 'payer' OR (stored_method_id IS NOT NULL AND charged_by IS NOT NULL)",
            name="charged_by_somebody",
        ),
        CheckConstraint("method <> 'bank' OR mandate_text IS NOT NULL", name="bank_has_a_mandate"),
        # One for each way to filter the list of Transactions, each in the order that it is shown.
        Index("ix_payment_made_at", "made_at", "id"),
        Index("ix_payment_status", "status", "made_at", "id"),
        Index("ix_payment_bank_account", "bank_account_id", "made_at", "id"),
        Index("ix_payment_bank_account_status", "bank_account_id", "status", "made_at", "id"),
        Index("ix_payment_payer_name_key", "payer_name_key", "made_at", "id"),
        Index("ix_payment_payer_email", "payer_email", "made_at", "id"),
        Index("ix_payment_amount", "amount_cents", "made_at", "id"),
        Index(
            "ix_payment_stored_method",
            "stored_method_id",
            sqlite_where=text("stored_method_id IS NOT NULL"),
            postgresql_where=text("stored_method_id IS NOT NULL"),
        ),
        # Not a plain unique constraint: SQLite would look there for unlinked payments, and sort.
        Index(
            "uq_payment_receipt_id",
            "receipt_id",
            unique=True,
            sqlite_where=text("receipt_id IS NOT NULL"),
            postgresql_where=text("receipt_id IS NOT NULL"),
        ),
        Index(
            "ix_payment_linked",
            "made_at",
            "id",
            sqlite_where=text("receipt_id IS NOT NULL"),
            postgresql_where=text("receipt_id IS NOT NULL"),
        ),
        Index(
            "ix_payment_unlinked",
            "made_at",
            "id",
            sqlite_where=text(UNLINKED),
            postgresql_where=text(UNLINKED),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    reference: Mapped[str] = mapped_column(String(16))
    status_token: Mapped[str] = mapped_column(String(64))
    nonce: Mapped[str] = mapped_column(String(64))
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    account_link_id: Mapped[int | None] = mapped_column(ForeignKey("account_link.id"))
    document_link_id: Mapped[int | None] = mapped_column(ForeignKey("document_link.id"))
    client_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    third_party: Mapped[bool] = mapped_column(default=False)
    amount_cents: Mapped[int] = mapped_column(Cents)
    currency: Mapped[str] = mapped_column(String(3))
    method: Mapped[str] = mapped_column(String(8))
    method_label: Mapped[str] = mapped_column(String(120))
    status: Mapped[str] = mapped_column(String(16))
    payer_name: Mapped[str] = mapped_column(String(120))
    payer_name_key: Mapped[str] = mapped_column(byte_ordered(120))
    payer_email: Mapped[str] = mapped_column(byte_ordered(254))
    paid_for: Mapped[str] = mapped_column(String(200))
    payer_reference: Mapped[str] = mapped_column(String(100), default="")
    language: Mapped[str] = mapped_column(String(10))
    intent_id: Mapped[str | None] = mapped_column(String(80))
    failure_code: Mapped[str | None] = mapped_column(String(60))
    network_code: Mapped[str | None] = mapped_column(String(10))
    verify_url: Mapped[str | None] = mapped_column(String(500))
    fee_cents: Mapped[int | None] = mapped_column(Cents)
    expected_on: Mapped[date | None] = mapped_column(Date)
    mandate_text: Mapped[str | None] = mapped_column(Text)
    mandate_ip: Mapped[str | None] = mapped_column(String(64))
    mandate_agent: Mapped[str | None] = mapped_column(String(300))
    store_text: Mapped[str | None] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(String(12), default=Origin.PAYER)
    stored_method_id: Mapped[int | None] = mapped_column(ForeignKey("stored_method.id"))
    charge_reason: Mapped[str] = mapped_column(String(500), default="")
    charged_by: Mapped[str | None] = mapped_column(String(80))
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"))
    withdrawn_cents: Mapped[int] = mapped_column(Cents, default=0)
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bank_account: Mapped[BankAccount] = relationship(lazy="joined")
    account_link: Mapped[AccountLink | None] = relationship(lazy="select", viewonly=True)
    document_link: Mapped[DocumentLink | None] = relationship(lazy="raise", viewonly=True)
    client: Mapped[Contact | None] = relationship(lazy="raise", viewonly=True)
    receipt: Mapped[Receipt | None] = relationship(lazy="raise", viewonly=True)

    @property
    def amount(self) -> Money:
        """What the payer pays, exactly: no surcharge anywhere (FEATURES P1)."""
        return Money(self.amount_cents, self.currency)

    @property
    def is_found(self) -> bool:
        """Whether these books had lost it and have it from the processor (FEATURES X8): who began
        it, and what its payer was shown, is not known."""
        return self.nonce.startswith(FOUND)

    @property
    def left(self) -> Money:
        """What of it was neither given back nor taken back: so much is linked, or refunded."""
        return Money(self.amount_cents - self.withdrawn_cents, self.currency)


class PaymentStep(Base):
    """One step in a payment's life: from which status to which, when, and what told us."""

    __tablename__ = "payment_step"
    __table_args__ = (
        # A payment enters a status once: the second to say so changes nothing.
        UniqueConstraint("payment_id", "became"),
        Index("ix_payment_step_payment", "payment_id", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    was: Mapped[str | None] = mapped_column(String(16))
    became: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_by: Mapped[str] = mapped_column(String(40))


class Reservation(Base):
    """What one payment under way will pay on one bill or trust request, kept free for it (M9).

    Open until the payment has completed (`applied`) or the processor has said that it failed or
    was canceled (`released`). Cents.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        UniqueConstraint("payment_id", "bill_id"),
        UniqueConstraint("payment_id", "trust_request_id"),
        CheckConstraint("(bill_id IS NULL) <> (trust_request_id IS NULL)", name="one_document"),
        CheckConstraint("cents > 0", name="cents_positive"),
        CheckConstraint("became IN ('applied', 'released')", name="became_known"),
        Index(
            "ix_reservation_bill",
            "bill_id",
            sqlite_where=text("became IS NULL"),
            postgresql_where=text("became IS NULL"),
        ),
        Index(
            "ix_reservation_trust_request",
            "trust_request_id",
            sqlite_where=text("became IS NULL"),
            postgresql_where=text("became IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("bill.id"))
    trust_request_id: Mapped[int | None] = mapped_column(ForeignKey("trust_request.id"))
    cents: Mapped[int] = mapped_column(Cents)
    became: Mapped[str | None] = mapped_column(String(10))
