"""The table of trust requests (FEATURES D2)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments.accounts.models import BankAccount
from payments.billing.models import BillStatus
from payments.billing.state_rules import hold_states
from payments.money.amounts import Money
from portal.clients.models import Contact, Matter
from portal.core.db import Base
from portal.core.types import Cents, RowId, UtcDateTime

_STATUSES = ", ".join(f"'{status}'" for status in BillStatus)
_UNISSUED = "status IN ('draft', 'awaiting_approval')"


class TrustRequest(Base):
    """What a client is asked to pay into trust, for one matter or at client level (no matter).

    It owes nothing and books nothing until it is paid; what is paid is the client's money, held in
    trust. States as for bills. `paid_cents` is what receipts have brought, `reserved_cents` what a
    payment under way will bring: the database keeps both within the amount (FEATURES M9).
    """

    __tablename__ = "trust_request"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("number"),
        CheckConstraint(f"status IN ({_STATUSES})", name="status_known"),
        CheckConstraint("currency IN ('USD', 'CAD')", name="currency_known"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("paid_cents >= 0 AND reserved_cents >= 0", name="not_negative"),
        CheckConstraint("paid_cents + reserved_cents <= amount_cents", name="not_overpaid"),
        CheckConstraint(f"({_UNISSUED}) = (number IS NULL)", name="issued_has_a_number"),
        CheckConstraint(f"({_UNISSUED}) = (issued_on IS NULL)", name="issued_has_a_day"),
        CheckConstraint("status <> 'paid' OR paid_cents = amount_cents", name="paid_is_paid_whole"),
        CheckConstraint(
            "status <> 'awaiting_payment' OR paid_cents < amount_cents", name="unpaid_asks"
        ),
        CheckConstraint(
            "status NOT IN ('void', 'draft', 'awaiting_approval') "
            "OR paid_cents + reserved_cents = 0",
            name="nothing_paid_unless_issued",
        ),
        CheckConstraint("(status = 'void') = (voided_at IS NOT NULL)", name="void_has_a_time"),
        CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approved_whole"),
        Index("ix_trust_request_client", "client_id", "status", "due_on", "number"),
        Index("ix_trust_request_matter", "matter_id", "status", "due_on", "number"),
        Index("ix_trust_request_status", "status", "due_on", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    number: Mapped[int | None]
    client_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    matter_id: Mapped[int | None] = mapped_column(ForeignKey("matter.id"))
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    status: Mapped[str] = mapped_column(String(20))
    currency: Mapped[str] = mapped_column(String(3))
    amount_cents: Mapped[int] = mapped_column(Cents)
    paid_cents: Mapped[int] = mapped_column(Cents, default=0)
    reserved_cents: Mapped[int] = mapped_column(Cents, default=0)
    due_on: Mapped[date] = mapped_column(Date)
    issued_on: Mapped[date | None] = mapped_column(Date)
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
    matter: Mapped[Matter | None] = relationship(lazy="raise")
    bank_account: Mapped[BankAccount] = relationship(lazy="raise")

    @property
    def amount(self) -> Money:
        """What is asked for."""
        return Money(self.amount_cents, self.currency)

    @property
    def balance(self) -> Money:
        """What is still asked for. A void request asks for nothing."""
        void = self.status == BillStatus.VOID
        return Money(0 if void else self.amount_cents - self.paid_cents, self.currency)


hold_states(TrustRequest.__table__)
