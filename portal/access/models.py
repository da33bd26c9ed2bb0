"""Client portals, who takes part in them, and the invitations of those who have not joined."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.clients.models import Contact, Matter
from portal.core.db import Base
from portal.core.types import RowId, UtcDateTime, byte_ordered
from portal.feed.models import ONE_PERSON
from portal.firm.models import User


class PortalSettings(Base):
    """How the firm keeps its client portals.

    `names_matters`: whether emails to clients may name the matter (FEATURES M13: not by default).
    """

    __tablename__ = "portal_settings"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    names_matters: Mapped[bool] = mapped_column(default=False)


class ClientPortal(Base):
    """The portal of one matter, opened by its first message or share, and never closed
    (FEATURES C8, C14)."""

    __tablename__ = "client_portal"

    matter_id: Mapped[int] = mapped_column(ForeignKey("feed.matter_id"), primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    matter: Mapped[Matter] = relationship(
        lazy="raise", primaryjoin="foreign(ClientPortal.matter_id) == Matter.id", viewonly=True
    )


class Participant(Base):
    """One person's time in one portal: a client (a contact) or somebody of the firm (a user).

    Removed and added again is a new row. `added_by` and `removed_by` are as the activity log
    names actors.
    """

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("public_id"),
        CheckConstraint(ONE_PERSON, name="one_person"),
        CheckConstraint(
            "(removed_at IS NULL) = (removed_by IS NULL)", name="removed_has_a_time_and_a_name"
        ),
        Index(
            "uq_participant_contact_now",
            *("matter_id", "contact_id"),
            unique=True,
            sqlite_where=text("removed_at IS NULL AND contact_id IS NOT NULL"),
            postgresql_where=text("removed_at IS NULL AND contact_id IS NOT NULL"),
        ),
        Index(
            "uq_participant_user_now",
            *("matter_id", "user_id"),
            unique=True,
            sqlite_where=text("removed_at IS NULL AND user_id IS NOT NULL"),
            postgresql_where=text("removed_at IS NULL AND user_id IS NOT NULL"),
        ),
        Index("ix_participant_contact", "contact_id", "matter_id"),
        Index("ix_participant_user", "user_id", "matter_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    matter_id: Mapped[int] = mapped_column(ForeignKey("client_portal.matter_id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[str] = mapped_column(String(80))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_by: Mapped[str | None] = mapped_column(String(80))
    user: Mapped[User | None] = relationship(lazy="raise")
    contact: Mapped[Contact | None] = relationship(lazy="raise")


class ClientAccount(Base):
    """A contact who has joined, with the one address that signs them in (FEATURES C9).

    It is deleted as soon as that address is no longer theirs: then they have not joined.
    """

    __tablename__ = "client_account"
    __table_args__ = (Index("ix_client_account_address", "address_key"),)

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    address: Mapped[str] = mapped_column(String(254))
    address_key: Mapped[str] = mapped_column(byte_ordered(254))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ClientInvitation(Base):
    """The invitation of one contact. `version` rises with each email, which voids the older link.

    Its link lives one hour from when the mail server took the email (FEATURES C8), which the
    outbox knows. `matter_id` is the portal that it was sent from.
    """

    __tablename__ = "client_invitation"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("contact_id"),
        Index("ix_client_invitation_address", "address_key"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    matter_id: Mapped[int] = mapped_column(ForeignKey("client_portal.matter_id"))
    address: Mapped[str] = mapped_column(String(254))
    address_key: Mapped[str] = mapped_column(byte_ordered(254))
    version: Mapped[int]
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    invited_by: Mapped[str] = mapped_column(String(80))
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
