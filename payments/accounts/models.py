"""The firm's bank accounts, and whether it takes payments online."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base
from portal.core.types import Cents, Json, RowId, UtcDateTime


class AccountKind(StrEnum):
    """Client money or the firm's own. The two never mix in a transfer (FEATURES M3)."""

    TRUST = "trust"
    OPERATING = "operating"


class BankAccount(Base):
    """One bank account of the firm and the processor account that pays into it.

    `name` is for staff, `public_label` is what payers read. Limits are in cents and hold for what
    the payer of a link may type (FEATURES L4). `processor_account` is None for the firm's own
    account at the processor, else a connected one. `checked_*` is what the last look found.
    """

    __tablename__ = "bank_account"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("name"),
        CheckConstraint("kind IN ('trust', 'operating')", name="kind_known"),
        CheckConstraint("currency IN ('USD', 'CAD')", name="currency_known"),
        CheckConstraint("link_min_cents > 0", name="link_min_positive"),
        CheckConstraint("link_max_cents >= link_min_cents", name="link_max_not_below_min"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(80))
    public_label: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(10))
    currency: Mapped[str] = mapped_column(String(3))
    processor_account: Mapped[str | None] = mapped_column(String(64))
    statement_suffix: Mapped[str] = mapped_column(String(22), default="")
    link_min_cents: Mapped[int] = mapped_column(Cents, default=100)
    link_max_cents: Mapped[int] = mapped_column(Cents, default=10_000_000)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_problems: Mapped[list[Any]] = mapped_column(Json, default=list)

    @property
    def connected(self) -> bool:
        """Whether the last look at the processor found that the account can take money."""
        return self.checked_at is not None and not self.checked_problems


class PaymentSettings(Base):
    """How the firm takes money online: one row, made when an administrator first changes it.

    `online` is the switch of FEATURES P1; `part_min_cents` the least that may be paid in part on a
    bill or trust request (P2). Where there is no row, `payments/accounts/settings.py` has what
    holds.
    """

    __tablename__ = "payment_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("part_min_cents > 0", name="part_min_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    online: Mapped[bool]
    part_min_cents: Mapped[int] = mapped_column(Cents)
