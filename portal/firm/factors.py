"""The tables of what a user shows beside a password: authenticator codes, recovery codes, passkeys.

Times are wall times, so that advancing the demo clock lets no code live longer.
"""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base
from portal.core.types import RowId, UtcDateTime


class Authenticator(Base):
    """The app on a user's phone that makes six digits each half minute (RFC 6238).

    `secret` is encrypted under a key of SECRET_KEY: the table alone makes no codes. Until the first
    code was shown (`confirmed_at`) it asks nobody for one. `last_step` is the half minute of the
    last code taken: none is taken twice.
    """

    __tablename__ = "authenticator"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(300))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_step: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Base):
    """One of the codes to print and keep, for when the phone is lost. Each opens the door once."""

    __tablename__ = "recovery_code"
    __table_args__ = (
        UniqueConstraint("code_hash"),
        Index("ix_recovery_code_user", "user_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Passkey(Base):
    """A key that a device keeps for a user, opened by finger, face or PIN.

    It counts as both factors, since user verification is always asked for
    (https://www.w3.org/TR/webauthn-3/#user-verification).
    """

    __tablename__ = "passkey"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("credential_id"),
        Index("ix_passkey_user", "user_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023))
    public_key: Mapped[bytes] = mapped_column(LargeBinary(2048))
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)  # 32 bits without a sign
    name: Mapped[str] = mapped_column(String(80))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Challenge(Base):
    """What a device is asked to sign, once, within minutes. The browser gets it, the row its hash.

    `user_id` is none where somebody signs in by passkey alone: the key tells who.
    """

    __tablename__ = "passkey_challenge"
    __table_args__ = (
        CheckConstraint("purpose IN ('sign in', 'add', 'confirm')", name="purpose_known"),
        Index("ix_passkey_challenge_made", "made_at"),
    )

    challenge_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(10))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
