"""The firm itself, its people and their permission levels."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.types import Json, RowId, UtcDateTime, byte_ordered


class Country(StrEnum):
    """Where the firm practises: it decides the currency, and whether eCheck exists."""

    US = "US"
    CA = "CA"


CURRENCY_OF = {Country.US: "USD", Country.CA: "CAD"}


class Level(StrEnum):
    """Permission levels; a user may hold several (FEATURES N9)."""

    ADMINISTRATOR = "administrator"
    BILLING = "billing"
    ACCOUNTS = "accounts"


class Firm(Base):
    """The one firm of this deployment: its name, its face, and how to reach it.

    `languages` are those that clients may choose from (FEATURES B3), `locale` among them is the
    firm's own. `logo_png` was drawn anew from the file that was brought; its size is in pixels.
    """

    __tablename__ = "firm"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("country IN ('US', 'CA')", name="country_known"),
        CheckConstraint(
            "(logo_png IS NULL) = (logo_width IS NULL)"
            " AND (logo_width IS NULL) = (logo_height IS NULL)",
            name="logo_has_a_size",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    legal_name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str] = mapped_column(String(60))
    country: Mapped[str] = mapped_column(String(2))
    jurisdiction: Mapped[str] = mapped_column(String(60))
    locale: Mapped[str] = mapped_column(String(10))
    timezone: Mapped[str] = mapped_column(String(60))
    colour: Mapped[str] = mapped_column(String(7))
    languages: Mapped[list[str]] = mapped_column(Json)
    logo_png: Mapped[bytes | None] = mapped_column(LargeBinary)
    logo_width: Mapped[int | None]
    logo_height: Mapped[int | None]
    phone: Mapped[str] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(300))
    version: Mapped[int] = mapped_column(default=1)

    @property
    def currency(self) -> str:
        """USD or CAD, by the firm's country."""
        return CURRENCY_OF[Country(self.country)]


class User(Base):
    """Somebody who works at the firm. `email` is kept in lower case and is unique.

    `password_hash` is none for who signs in with a passkey alone. `name_key` is the name as it is
    sorted and searched.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        UniqueConstraint("email"),
        UniqueConstraint("public_id"),
        Index("ix_user_account_name_key", "name_key", "id"),
        Index("ix_user_account_job_title", "job_title"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(byte_ordered(240))
    job_title: Mapped[str] = mapped_column(String(80), default="")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    levels: Mapped[list["UserLevel"]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="UserLevel.level"
    )

    def holds(self, *levels: Level) -> bool:
        """Whether the user holds one of these levels."""
        held = {row.level for row in self.levels}
        return any(level in held for level in levels)


class UserLevel(Base):
    """One permission level held by one user."""

    __tablename__ = "user_level"
    __table_args__ = (
        CheckConstraint("level IN ('administrator', 'billing', 'accounts')", name="level_known"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    level: Mapped[str] = mapped_column(String(16), primary_key=True)


class StaffSession(Base):
    """A signed-in browser of a user. Ended by the row, so that a stolen cookie can be revoked.

    `second_factor_at`: when a code or a passkey was shown, none while only the password was.
    `confirmed_at`: when the user last showed who they are. Times are wall times.
    """

    __tablename__ = "staff_session"
    __table_args__ = (Index("ix_staff_session_user", "user_id"), UniqueConstraint("public_id"))

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    signed_in_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    second_factor_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    browser: Mapped[str] = mapped_column(String(80), default="")
    ip_address: Mapped[str] = mapped_column(String(45), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Group(Base):
    """People of the firm under one name (FEATURES N7). An archived one is nobody's choice any more.

    `name_key` is the name as it is compared: no two groups differ only by their capitals.
    `excluded_from_rates`: no custom billing rate can be set for it (FEATURES N8).
    """

    __tablename__ = "user_group"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("name_key"),
        CheckConstraint(
            "(archived_at IS NULL) = (archived_by IS NULL)", name="archived_has_a_time_and_a_user"
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(byte_ordered(240))
    description: Mapped[str] = mapped_column(String(500), default="")
    excluded_from_rates: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    archived_by: Mapped[str | None] = mapped_column(String(80))
    version: Mapped[int] = mapped_column(default=1)
    members: Mapped[list[User]] = relationship(
        secondary="group_member", lazy="raise", order_by="User.name, User.id"
    )


class GroupMember(Base):
    """One user in one group. A disabled user stays a member, and gets nothing."""

    __tablename__ = "group_member"
    __table_args__ = (Index("ix_group_member_user", "user_id"),)

    group_id: Mapped[int] = mapped_column(ForeignKey("user_group.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
