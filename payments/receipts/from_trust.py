"""The table of named transfers by which trust money pays a bill (FEATURES S9)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments.accounts.models import BankAccount
from payments.billing.models import Bill
from payments.money.amounts import Money
from payments.receipts.models import Receipt
from portal.clients.models import Contact, Matter
from portal.core.db import Base
from portal.core.types import Cents, RowId, UtcDateTime


class TrustTransfer(Base):
    """Money of one client's trust ledger that paid one issued bill of the same client.

    `matter_id` is the ledger that it left, none for the client's own. `receipt` is what came into
    the operating account and was applied to the bill. Undone by reversal, with a reason.
    """

    __tablename__ = "trust_transfer"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("receipt_id"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("currency IN ('USD', 'CAD')", name="currency_known"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_whole"),
        Index("ix_trust_transfer_bill", "bill_id", "id"),
        Index("ix_trust_transfer_client", "client_id", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    client_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    matter_id: Mapped[int | None] = mapped_column(ForeignKey("matter.id"))
    bill_id: Mapped[int] = mapped_column(ForeignKey("bill.id"))
    trust_account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    operating_account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"))
    currency: Mapped[str] = mapped_column(String(3))
    amount_cents: Mapped[int] = mapped_column(Cents)
    note: Mapped[str] = mapped_column(String(200), default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str | None] = mapped_column(String(80))
    undone_reason: Mapped[str] = mapped_column(Text, default="")
    client: Mapped[Contact] = relationship(lazy="raise")
    matter: Mapped[Matter | None] = relationship(lazy="raise")
    bill: Mapped[Bill] = relationship(lazy="raise")
    receipt: Mapped[Receipt] = relationship(lazy="raise")
    trust_account: Mapped[BankAccount] = relationship(
        lazy="raise", foreign_keys="TrustTransfer.trust_account_id"
    )
    operating_account: Mapped[BankAccount] = relationship(
        lazy="raise", foreign_keys="TrustTransfer.operating_account_id"
    )

    @property
    def amount(self) -> Money:
        """What was transferred."""
        return Money(self.amount_cents, self.currency)
