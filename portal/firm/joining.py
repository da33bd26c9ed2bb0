"""The tables of who is on the way in: invited, or with a forgotten password."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base
from portal.core.types import Json, RowId, UtcDateTime


class UserInvitation(Base):
    """Somebody asked to join the firm, until they accept (FEATURES N9).

    The link in the email is derived from the id and `version`: sending a new one raises the version
    and thereby voids the older. Its 24 hours begin when the mail server accepts the email. Times
    are business times.
    """

    __tablename__ = "user_invitation"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("email"),
        CheckConstraint(
            "withdrawn_at IS NULL OR accepted_at IS NULL", name="accepted_or_withdrawn"
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120))
    job_title: Mapped[str] = mapped_column(String(80), default="")
    levels: Mapped[list[Any]] = mapped_column(Json)
    version: Mapped[int] = mapped_column(default=1)
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    invited_by: Mapped[str] = mapped_column(String(80))
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PasswordReset(Base):
    """One link to choose a new password: for an hour of wall time, once."""

    __tablename__ = "password_reset"
    __table_args__ = (UniqueConstraint("public_id"), Index("ix_password_reset_user", "user_id"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
