"""Reading the books: kept balances, and the recomputation that they are held against."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Executable, Subquery, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from payments.ledger.accounts import AccountKey
from payments.ledger.models import (
    CREDIT_NORMAL,
    AccountKind,
    LedgerAccount,
    LedgerBalance,
    Transfer,
    TransferState,
)


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance in cents: what stands, what would come, what would go."""

    posted_cents: int = 0
    pending_cents: int = 0
    held_cents: int = 0

    @property
    def available_cents(self) -> int:
        """What may be used now."""
        return self.posted_cents - self.held_cents


def balance(session: Session, key: AccountKey) -> Balance:
    """The kept balance of one account; zero where nothing was ever booked."""
    row = session.execute(
        select(LedgerBalance.posted_cents, LedgerBalance.pending_cents, LedgerBalance.held_cents)
        .join(LedgerAccount, LedgerAccount.id == LedgerBalance.account_id)
        .where(LedgerAccount.key == str(key))
    ).one_or_none()
    return Balance(*row) if row is not None else Balance()


def balances(session: Session, keys: Collection[AccountKey]) -> dict[AccountKey, Balance]:
    """The kept balances of these accounts in one query; zero where nothing was ever booked."""
    named = {str(key): key for key in keys}
    rows = session.execute(
        select(
            LedgerAccount.key,
            LedgerBalance.posted_cents,
            LedgerBalance.pending_cents,
            LedgerBalance.held_cents,
        )
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(LedgerAccount.key.in_(named))
    )
    found = {named[key]: Balance(*kept) for key, *kept in rows}
    return {key: found.get(key, Balance()) for key in keys}


def totals(session: Session, bank_account_id: int) -> dict[AccountKind, Balance]:
    """The kept balances of one bank account, summed by kind of ledger account."""
    rows = session.execute(
        select(
            LedgerAccount.kind,
            func.sum(LedgerBalance.posted_cents),
            func.sum(LedgerBalance.pending_cents),
            func.sum(LedgerBalance.held_cents),
        )
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(LedgerAccount.bank_account_id == bank_account_id)
        .group_by(LedgerAccount.kind)
    )
    return {AccountKind(kind): Balance(int(p), int(q), int(h)) for kind, p, q, h in rows}


def recompute(session: Session) -> Iterator[tuple[str, Balance | None, Balance]]:
    """For every account its key, the kept balance, and the one summed from the transfers.

    None is kept where the balance is gone: no floor would hold any more.
    """
    for key, kind, *kept, posted, debit, credit in session.execute(_kept_and_summed()):
        posted, debit, credit = int(posted or 0), int(debit or 0), int(credit or 0)
        summed = (
            Balance(-posted, credit, debit)
            if kind in CREDIT_NORMAL
            else Balance(posted, debit, credit)
        )
        yield key, Balance(*kept) if kept[0] is not None else None, summed


@cache
def _kept_and_summed() -> Executable:
    sums = _sums()
    return (
        select(
            LedgerAccount.key,
            LedgerAccount.kind,
            LedgerBalance.posted_cents,
            LedgerBalance.pending_cents,
            LedgerBalance.held_cents,
            sums.c.posted,
            sums.c.debit,
            sums.c.credit,
        )
        .outerjoin(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .outerjoin(sums, sums.c.account_id == LedgerAccount.id)
        .order_by(LedgerAccount.id)
    )


def _sums() -> Subquery:
    """Per account: debits less credits that stand, and what waits on either side."""
    standing = Transfer.state.in_([TransferState.POSTED, TransferState.POST])
    waiting = case((Transfer.state == TransferState.PENDING, 1), else_=-1)
    legs = union_all(
        *(
            select(
                account.label("account_id"),
                literal(is_debit).label("is_debit"),
                case((standing, Transfer.amount_cents), else_=0).label("posted"),
                case(
                    (Transfer.state == TransferState.POSTED, 0),
                    else_=Transfer.amount_cents * waiting,
                ).label("waiting"),
            )
            for account, is_debit in ((Transfer.debit_id, 1), (Transfer.credit_id, 0))
        )
    ).subquery()
    posted = case((legs.c.is_debit == 1, legs.c.posted), else_=-legs.c.posted)
    return (
        select(
            legs.c.account_id,
            func.sum(posted).label("posted"),
            func.sum(case((legs.c.is_debit == 1, legs.c.waiting), else_=0)).label("debit"),
            func.sum(case((legs.c.is_debit == 0, legs.c.waiting), else_=0)).label("credit"),
        )
        .group_by(legs.c.account_id)
        .subquery()
    )
