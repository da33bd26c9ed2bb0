"""The tables of sendings, and of the addresses by which bills and trust requests are opened."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments.accounts.models import BankAccount
from portal.core.db import Base
from portal.core.types import RowId, UtcDateTime

_ONE_DOCUMENT = "(bill_id IS NULL) <> (trust_request_id IS NULL)"


class Channel(StrEnum):
    """How an address of a document was handed out. Only emailed ones and the signed-in portal may
    store a payment method, never copied links or codes (FEATURES P5).

    *portal* opens for one signed-in client alone, while they take part and the document is shared.
    *charge* stands in emails about a charge by the firm that did not go through, and nowhere else.
    """

    EMAIL = "email"
    LINK = "link"
    CODE = "code"
    PORTAL = "portal"
    CHARGE = "charge"


class Sending(Base):
    """One press of **Send bill**, or one reminder, of one bill or trust request.

    `once` names the moment of an automatic reminder, so that no moment has two (FEATURES D8), or
    the form that was pressed. `message` stands in the email. `version` is the bill's as it was
    sent. `shared`: it went to the client portal too (FEATURES D3).
    """

    __tablename__ = "sending"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("once"),
        CheckConstraint(_ONE_DOCUMENT, name="one_document"),
        CheckConstraint("kind IN ('sent', 'reminder')", name="kind_known"),
        Index("ix_sending_bill", "bill_id", "id"),
        Index("ix_sending_trust_request", "trust_request_id", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    once: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(10))
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("bill.id"))
    trust_request_id: Mapped[int | None] = mapped_column(ForeignKey("trust_request.id"))
    version: Mapped[int]
    message: Mapped[str] = mapped_column(Text, default="")
    shared: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))


class DocumentLink(Base):
    """The address `/bills/<token>` or `/trust-requests/<token>`, and how it was handed out.

    An emailed one belongs to a sending and to whom it was sent: `notice_once` is the notice that
    was owed for it. A copied one names the account that receives the money (FEATURES L8). One of
    the portal belongs to `contact_id`, the client who is signed in. It lives as long as its
    document.
    """

    __tablename__ = "document_link"
    __table_args__ = (
        UniqueConstraint("token"),
        CheckConstraint(_ONE_DOCUMENT, name="one_document"),
        CheckConstraint(
            "channel IN ('email', 'link', 'code', 'portal', 'charge')", name="channel_known"
        ),
        CheckConstraint(
            "(channel = 'portal') = (contact_id IS NOT NULL)", name="portal_of_somebody"
        ),
        CheckConstraint(
            "(channel = 'email') = (sending_id IS NOT NULL)", name="emailed_by_a_sending"
        ),
        Index("ix_document_link_sending", "sending_id"),
        Index("ix_document_link_bill", "bill_id", "channel"),
        Index("ix_document_link_trust_request", "trust_request_id", "channel"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    token: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(8))
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("bill.id"))
    trust_request_id: Mapped[int | None] = mapped_column(ForeignKey("trust_request.id"))
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    sending_id: Mapped[int | None] = mapped_column(ForeignKey("sending.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    notice_once: Mapped[str] = mapped_column(String(200), default="")
    name: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(254), default="")
    language: Mapped[str] = mapped_column(String(16), default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    bank_account: Mapped[BankAccount] = relationship(lazy="raise")
