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
    account at the processor, else a connected one. `checked_*` is what the last look found, and
    `preflight` what it read of a trust account's settings: for each, what was read, and whether it
    protects trust money (FEATURES M4). An override with its reason lets the links go live all the
    same; it holds for what was read then (`override_of`), and no longer when that changes.
    """

    __tablename__ = "bank_account"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("name"),
        CheckConstraint("kind IN ('trust', 'operating')", name="kind_known"),
        CheckConstraint("currency IN ('USD', 'CAD')", name="currency_known"),
        CheckConstraint("link_min_cents > 0", name="link_min_positive"),
        CheckConstraint("link_max_cents >= link_min_cents", name="link_max_not_below_min"),
        CheckConstraint(
            "(override_at IS NULL) = (override_by IS NULL)"
            " AND (override_at IS NULL) = (override_reason = '')",
            name="override_whole",
        ),
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
    preflight: Mapped[list[Any]] = mapped_column(Json, default=list)
    override_of: Mapped[list[Any] | None] = mapped_column(Json)
    override_reason: Mapped[str] = mapped_column(String(500), default="")
    override_by: Mapped[str | None] = mapped_column(String(80))
    override_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def connected(self) -> bool:
        """Whether the last look at the processor found that the account can take money."""
        return self.checked_at is not None and not self.checked_problems


class PaymentSettings(Base):
    """How the firm takes money online: one row, made when an administrator first changes it.

    `online` is the switch of FEATURES P1; `part_min_cents` the least that may be paid in part on a
    bill or trust request (P2); `hold_days` how many banking days an eCheck in trust is on hold
    after it completed (M8). Where there is no row, `payments/accounts/settings.py` has what holds.
    """

    __tablename__ = "payment_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("part_min_cents > 0", name="part_min_positive"),
        CheckConstraint("hold_days BETWEEN 0 AND 60", name="hold_days_possible"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    online: Mapped[bool]
    part_min_cents: Mapped[int] = mapped_column(Cents)
    hold_days: Mapped[int] = mapped_column(default=5)
