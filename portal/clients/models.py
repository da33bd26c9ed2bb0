"""Contacts, their emails and addresses, and the matters that the firm handles for them."""

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

from portal.core.db import Base
from portal.core.types import RowId, UtcDateTime, byte_ordered
from portal.firm.models import User


class ContactKind(StrEnum):
    """A human being, or a company or other body."""

    PERSON = "person"
    COMPANY = "company"


class MatterStatus(StrEnum):
    """Pending: not yet begun. Closed: no more work is done; its money and bills stay."""

    OPEN = "open"
    PENDING = "pending"
    CLOSED = "closed"


class Contact(Base):
    """A person or a company. It is a client as soon as a matter or a bill names it as one.

    `name_key` is the name as it is sorted: without accents and capitals. `language` (as `es_US`)
    is the one that they chose or paid in, none while nobody knows (FEATURES B3).
    """

    __tablename__ = "contact"
    __table_args__ = (
        UniqueConstraint("public_id"),
        CheckConstraint("kind IN ('person', 'company')", name="kind_known"),
        Index("ix_contact_name_key", "name_key", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(byte_ordered(120))
    phone: Mapped[str] = mapped_column(String(40), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str | None] = mapped_column(String(10))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    emails: Mapped[list["ContactEmail"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="ContactEmail.position"
    )
    addresses: Mapped[list["ContactAddress"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="ContactAddress.position"
    )


class ContactEmail(Base):
    """One email address of a contact, in the order listed; at most one is the primary one.

    `address_key` is the form in which two spellings are equal. Several contacts may share an
    address (a couple, a company and its owner).
    """

    __tablename__ = "contact_email"
    __table_args__ = (
        UniqueConstraint("contact_id", "address_key"),
        Index("ix_contact_email_address_key", "address_key"),
        Index(
            "uq_contact_email_one_primary",
            "contact_id",
            unique=True,
            sqlite_where=text("is_primary"),
            postgresql_where=text("is_primary"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    position: Mapped[int]
    address: Mapped[str] = mapped_column(String(254))
    address_key: Mapped[str] = mapped_column(byte_ordered(254))
    is_primary: Mapped[bool]


class ContactAddress(Base):
    """One postal address of a contact, in the order listed."""

    __tablename__ = "contact_address"
    __table_args__ = (Index("ix_contact_address_contact", "contact_id", "position"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    position: Mapped[int]
    label: Mapped[str] = mapped_column(String(40), default="")
    street: Mapped[str] = mapped_column(String(200))
    city: Mapped[str] = mapped_column(String(80), default="")
    region: Mapped[str] = mapped_column(String(60), default="")
    postal_code: Mapped[str] = mapped_column(String(20), default="")
    country: Mapped[str] = mapped_column(String(2))


class Matter(Base):
    """One thing that the firm does for one client. `number` is the firm's own file number.

    `restricted`: open only to members of its groups, and to administrators (FEATURES N8). It stays
    true when the groups are archived or empty.
    """

    __tablename__ = "matter"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("number"),
        CheckConstraint("status IN ('open', 'pending', 'closed')", name="status_known"),
        CheckConstraint("(status = 'closed') = (closed_on IS NOT NULL)", name="closed_has_a_day"),
        Index("ix_matter_client", "client_id", "id"),
        Index("ix_matter_status", "status", "id"),
        Index(
            "ix_matter_restricted",
            "id",
            sqlite_where=text("restricted"),
            postgresql_where=text("restricted"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    number: Mapped[str] = mapped_column(String(30))
    name: Mapped[str] = mapped_column(String(160))
    client_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    status: Mapped[str] = mapped_column(String(10))
    opened_on: Mapped[date] = mapped_column(Date)
    closed_on: Mapped[date | None] = mapped_column(Date)
    restricted: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    client: Mapped[Contact] = relationship(lazy="raise")
    responsible: Mapped[User | None] = relationship(lazy="raise")
    related: Mapped[list["MatterContact"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="MatterContact.relation"
    )


class MatterGroup(Base):
    """One group to which a restricted matter is open."""

    __tablename__ = "matter_group"
    __table_args__ = (Index("ix_matter_group_group", "group_id"),)

    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("user_group.id"), primary_key=True)


class MatterContact(Base):
    """Another contact of a matter (opposing counsel, a spouse, a witness), and what they are."""

    __tablename__ = "matter_contact"
    __table_args__ = (Index("ix_matter_contact_contact", "contact_id"),)

    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    relation: Mapped[str] = mapped_column(String(60))
    contact: Mapped[Contact] = relationship(lazy="raise")


class ClientWord(Base):
    """One word by which a contact (`matter_id` none) or a matter is found as it is typed.

    Words of names, emails and numbers, without accents and capitals: a search for the beginning of
    a word is a range of the index, however many clients the firm has.
    """

    __tablename__ = "client_word"
    __table_args__ = (
        Index("ix_client_word_word", "word", "contact_id", "matter_id"),
        Index("ix_client_word_contact", "contact_id", "matter_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    word: Mapped[str] = mapped_column(byte_ordered(80))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    matter_id: Mapped[int | None] = mapped_column(ForeignKey("matter.id"))
