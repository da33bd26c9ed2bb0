"""The books' own check: what must always hold, whatever happened (DESIGN "Money")."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.ledger.models import FLOORED, AccountKind, LedgerAccount, LedgerBalance
from payments.ledger.queries import Balance, recompute, totals

# Where the money of a bank account lies, and whose it is: the two sides are always equal.
LIES_IN = (
    AccountKind.BANK,
    AccountKind.PROCESSOR,
    AccountKind.IN_TRANSIT,
    AccountKind.FIRM_COVER,
    AccountKind.FEES,
    AccountKind.RECEIVABLE,
)
BELONGS_TO = (
    AccountKind.UNLINKED,
    AccountKind.CLIENT_TRUST,
    AccountKind.CLIENT_CREDIT,
    AccountKind.INCOME,
)


def problems(session: Session) -> list[str]:
    """Sentences about everything in the ledger that does not hold. Empty: the books are true."""
    found = [
        f"account {key}: the kept balance {kept} is not the sum of its transfers {summed}"
        for key, kept, summed in recompute(session)
        if kept != summed
    ]
    rightly = LedgerAccount.kind.in_(FLOORED)
    found += [
        f"account {key}: its floor is {'on' if floored else 'off'}"
        for key, floored in session.execute(
            select(LedgerAccount.key, LedgerBalance.floored)
            .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
            .where(LedgerBalance.floored != rightly)
        )
    ]
    for bank_account_id in session.scalars(select(LedgerAccount.bank_account_id).distinct()):
        by_kind = totals(session, bank_account_id)
        lies = sum(by_kind.get(kind, Balance()).posted_cents for kind in LIES_IN)
        belongs = sum(by_kind.get(kind, Balance()).posted_cents for kind in BELONGS_TO)
        if lies != belongs:
            found.append(
                f"bank account {bank_account_id}: {lies} cents lie in it, {belongs} are owed"
            )
    return found
