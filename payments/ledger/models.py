"""Ledger accounts, their kept balances, and transfers that are only ever added.

A transfer has one positive amount, one account debited and one credited, so an unbalanced entry
cannot be written. No row is changed or taken away: triggers on both databases refuse it.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.append_only import append_only
from portal.core.db import Base
from portal.core.types import Cents, RowId, UtcDateTime


class AccountKind(StrEnum):
    """What a ledger account holds. `docs/decisions/0001` tells which transfer moves which."""

    BANK = "bank"  # money in the bank account itself
    PROCESSOR = "processor"  # money at the processor, available, not yet paid out
    IN_TRANSIT = "in_transit"  # money on its way: authorized, not available
    FIRM_COVER = "firm_cover"  # what the firm owes its trust account
    FEES = "fees"  # what the processor kept
    RECEIVABLE = "receivable"  # what a client owes on one bill
    UNLINKED = "unlinked"  # received, and not yet linked to a client
    CLIENT_TRUST = "client_trust"  # held in trust for one client or matter
    CLIENT_CREDIT = "client_credit"  # paid ahead by one client into operating
    INCOME = "income"  # billed


# On these a credit is an increase: they say whose the money is, not where it lies.
CREDIT_NORMAL = frozenset(
    {
        AccountKind.UNLINKED,
        AccountKind.CLIENT_TRUST,
        AccountKind.CLIENT_CREDIT,
        AccountKind.INCOME,
    }
)
# Nobody's money is ever spent twice: these never go below zero (FEATURES M2).
FLOORED = frozenset({AccountKind.UNLINKED, AccountKind.CLIENT_TRUST, AccountKind.CLIENT_CREDIT})

_KINDS = ", ".join(f"'{kind}'" for kind in AccountKind)


class TransferState(StrEnum):
    """`pending` waits and moves nothing yet; `post` carries it out, `void` calls it off."""

    POSTED = "posted"
    PENDING = "pending"
    POST = "post"
    VOID = "void"


class LedgerAccount(Base):
    """One account of the books, keyed (bank account, kind, client, matter or none, bill or none).

    The ids carry no foreign keys: bank accounts and bills stand to the right of the ledger.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint(f"kind IN ({_KINDS})", name="kind_known"),
        CheckConstraint("currency IN ('USD', 'CAD')", name="currency_known"),
        Index("ix_ledger_account_client", "client_id", "kind"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(16))
    currency: Mapped[str] = mapped_column(String(3))
    bank_account_id: Mapped[int] = mapped_column(RowId)
    client_id: Mapped[int | None] = mapped_column(RowId)
    matter_id: Mapped[int | None] = mapped_column(RowId)
    bill_id: Mapped[int | None] = mapped_column(RowId)


class LedgerBalance(Base):
    """The kept balance of one account, in cents, signed so that its normal side is positive.

    `posted_cents` stands; `pending_cents` would come, `held_cents` would go, once pending
    transfers post. The floor is a constraint, so no path through the code can overdraw a client.
    """

    __tablename__ = "ledger_balance"
    __table_args__ = (
        CheckConstraint("NOT floored OR posted_cents - held_cents >= 0", name="not_below_floor"),
        CheckConstraint("pending_cents >= 0 AND held_cents >= 0", name="pending_not_negative"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"), primary_key=True)
    floored: Mapped[bool]
    posted_cents: Mapped[int] = mapped_column(Cents, default=0)
    pending_cents: Mapped[int] = mapped_column(Cents, default=0)
    held_cents: Mapped[int] = mapped_column(Cents, default=0)


class Transfer(Base):
    """One movement. `once` names the fact it books, so that the same fact is never booked twice.

    `situation` is the row of `docs/decisions/0001`; `cause` is the thing it is about
    ("payment:K7…"); `actor` is who did it, `reason` what was said where one is asked for.
    """

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        UniqueConstraint("once"),
        UniqueConstraint("pending_id"),  # a pending transfer is posted or voided, not both
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("debit_id <> credit_id", name="two_accounts"),
        CheckConstraint("state IN ('posted', 'pending', 'post', 'void')", name="state_known"),
        CheckConstraint(
            "(state IN ('post', 'void')) = (pending_id IS NOT NULL)", name="resolves_a_pending"
        ),
        Index("ix_ledger_transfer_debit", "debit_id", "id"),
        Index("ix_ledger_transfer_credit", "credit_id", "id"),
        Index("ix_ledger_transfer_cause", "cause", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    once: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(8))
    pending_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_transfer.id"))
    situation: Mapped[str] = mapped_column(String(40))
    debit_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    credit_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    amount_cents: Mapped[int] = mapped_column(Cents)
    cause: Mapped[str] = mapped_column(String(80))
    actor: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


append_only(Transfer.__table__)
