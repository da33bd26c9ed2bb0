"""Clients as the processor knows them, and the cards and bank accounts that they have stored."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments.accounts.models import BankAccount
from portal.clients.models import Contact
from portal.core.db import Base
from portal.core.types import RowId, UtcDateTime


class ProcessorCustomer(Base):
    """One client at one processor account: stored methods belong to it, and so to trust or to
    operating and never to both (FEATURES P5)."""

    __tablename__ = "processor_customer"
    __table_args__ = (
        UniqueConstraint("client_id", "bank_account_id"),
        UniqueConstraint("bank_account_id", "customer_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    customer_id: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StoredMethod(Base):
    """A card or bank account that the firm may charge for a client's later bills, requests and
    plans. The numbers are at the processor; here are four digits and what the client agreed to.

    `cause` is the payment or the request that it was stored with. `delete_token` is the address by
    which whoever stored it deletes it again. A deleted one keeps its row, as proof of the consent.
    One that a bank has sent a payment back from is void: its mandate ended then, `void_code` is the
    bank's (M7).
    """

    __tablename__ = "stored_method"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("delete_token"),
        UniqueConstraint("bank_account_id", "processor_method_id"),
        CheckConstraint("kind IN ('card', 'bank')", name="kind_known"),
        CheckConstraint("(deleted_at IS NULL) = (deleted_by IS NULL)", name="deleted_whole"),
        Index("ix_stored_method_client", "client_id", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    delete_token: Mapped[str] = mapped_column(String(64))
    client_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    processor_method_id: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(8))
    label: Mapped[str] = mapped_column(String(120))
    last4: Mapped[str] = mapped_column(String(4))
    expires_month: Mapped[int | None]
    expires_year: Mapped[int | None]
    cause: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(16))
    consent_text: Mapped[str] = mapped_column(Text)
    consent_ip: Mapped[str] = mapped_column(String(64))
    consent_agent: Mapped[str] = mapped_column(String(300))
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_by: Mapped[str | None] = mapped_column(String(80))
    detached_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_code: Mapped[str] = mapped_column(String(60), default="")
    bank_account: Mapped[BankAccount] = relationship(lazy="raise")
    client: Mapped[Contact] = relationship(lazy="raise")


class MethodRequest(Base):
    """The firm asks a client to store a method for one of its accounts, by an emailed link that
    works for 29 days (FEATURES P8).

    It ends once: stored (`method_id`), or withdrawn by the firm. What is shown and agreed to is
    kept before the processor is asked, and becomes the stored method's consent.
    """

    __tablename__ = "method_request"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("token"),
        UniqueConstraint("setup_id"),
        CheckConstraint("withdrawn_at IS NULL OR method_id IS NULL", name="ended_once"),
        CheckConstraint("expires_at > made_at", name="open_for_a_while"),
        Index("ix_method_request_client", "client_id", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    token: Mapped[str] = mapped_column(String(64))
    client_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(16))
    message: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    setup_id: Mapped[str | None] = mapped_column(String(80))
    label: Mapped[str] = mapped_column(String(120), default="")
    consent_text: Mapped[str] = mapped_column(Text, default="")
    consent_ip: Mapped[str] = mapped_column(String(64), default="")
    consent_agent: Mapped[str] = mapped_column(String(300), default="")
    method_id: Mapped[int | None] = mapped_column(ForeignKey("stored_method.id"))
    bank_account: Mapped[BankAccount] = relationship(lazy="raise")
    client: Mapped[Contact] = relationship(lazy="raise")
    method: Mapped[StoredMethod | None] = relationship(lazy="raise", viewonly=True)
