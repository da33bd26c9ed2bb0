"""What lets a client in: signed-in browsers, emailed codes, passkeys and their challenges."""

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
from portal.core.types import RowId, UtcDateTime, byte_ordered


class ClientSession(Base):
    """A signed-in browser of a client. The browser keeps a token, the row its SHA-256.

    Ended by the row at removal or change of address. `address_key` is the address that it was
    opened with. Times are wall times: at most 24 hours, 1 hour idle.
    """

    __tablename__ = "client_session"
    __table_args__ = (
        UniqueConstraint("public_id"),
        Index("ix_client_session_contact", "contact_id"),
    )

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    address_key: Mapped[str] = mapped_column(byte_ordered(254))
    signed_in_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    browser: Mapped[str] = mapped_column(String(80), default="")
    ip_address: Mapped[str] = mapped_column(String(45), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInRequest(Base):
    """Somebody asked to sign in with an address, known to us or not (FEATURES C11).

    Code and link are derived from `public_id`, never kept. Times are wall times.
    """

    __tablename__ = "sign_in_request"
    __table_args__ = (
        UniqueConstraint("public_id"),
        Index("ix_sign_in_request_address", "address_key", "asked_at"),
        Index("ix_sign_in_request_asked", "asked_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    address_key: Mapped[str] = mapped_column(byte_ordered(254))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ClientPasskey(Base):
    """A key that a device keeps for a client, opened by finger, face or PIN. It goes with the
    address that it was added under."""

    __tablename__ = "client_passkey"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("credential_id"),
        Index("ix_client_passkey_contact", "contact_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023))
    public_key: Mapped[bytes] = mapped_column(LargeBinary(2048))
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)  # 32 bits without a sign
    name: Mapped[str] = mapped_column(String(80))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ClientChallenge(Base):
    """What a client's device is asked to sign, once, within minutes; the row keeps its hash.

    `contact_id` is none where somebody signs in by passkey: the key tells who.
    """

    __tablename__ = "client_passkey_challenge"
    __table_args__ = (
        CheckConstraint("purpose IN ('sign in', 'add')", name="purpose_known"),
        Index("ix_client_passkey_challenge_made", "made_at"),
    )

    challenge_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(10))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
