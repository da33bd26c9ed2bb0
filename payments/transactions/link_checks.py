"""What must hold of links, asked in sets by `flask check-books`."""

from collections.abc import Iterator
from functools import cache

from sqlalchemy import Executable, and_, func, select
from sqlalchemy.orm import Session

from payments.ledger.models import AccountKind, LedgerAccount, LedgerBalance
from payments.receipts.models import Receipt, ReceiptSource
from payments.transactions.models import Payment
from payments.transactions.notice_checks import CAUSE, TOLD_MAX
from payments.transactions.states import Status


def links_that_do_not_fit(session: Session) -> Iterator[str]:
    """A linked payment has one standing receipt of its own, and such a receipt its payment."""
    of_a_payment = (Receipt.source == ReceiptSource.PAYMENT) & Receipt.undone_at.is_(None)
    fits = and_(
        Receipt.cause == CAUSE + Payment.public_id,
        Receipt.amount_cents == Payment.amount_cents,
        Receipt.bank_account_id == Payment.bank_account_id,
        of_a_payment,
    )
    rows = session.execute(
        select(Payment.reference, Payment.public_id)
        .join(Receipt, Receipt.id == Payment.receipt_id)
        .where(~fits)
        .limit(TOLD_MAX)
    )
    for row in rows:
        named = f"payment {row.reference} ({row.public_id})"
        yield f"{named} is linked by a receipt that is not its own"
    lost = session.scalars(
        select(Receipt.public_id)
        .outerjoin(Payment, Payment.receipt_id == Receipt.id)
        .where(of_a_payment, Payment.id.is_(None))
        .limit(TOLD_MAX)
    )
    for public_id in lost:
        yield f"receipt {public_id} stands for a payment that is not linked by it"


@cache
def _unlinked() -> Executable:
    # One statement: on PostgreSQL a second one might see a payment that completed in between.
    waiting = (
        select(Payment.bank_account_id, func.sum(Payment.amount_cents).label("cents"))
        .where(Payment.status == Status.COMPLETED, Payment.receipt_id.is_(None))
        .group_by(Payment.bank_account_id)
        .subquery()
    )
    unlinked = func.coalesce(waiting.c.cents, 0)
    return (
        select(LedgerAccount.bank_account_id, LedgerBalance.posted_cents, unlinked)
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .outerjoin(waiting, waiting.c.bank_account_id == LedgerAccount.bank_account_id)
        .where(LedgerAccount.kind == AccountKind.UNLINKED, LedgerBalance.posted_cents != unlinked)
    )


def unlinked_money(session: Session) -> Iterator[str]:
    """What the books hold as unlinked is the completed payments that are linked to nobody."""
    rows = session.execute(_unlinked())
    for account_id, held, payments in rows:
        yield (
            f"bank account {account_id}: the books hold {held} cents as unlinked, {payments} cents "
            "of payments are"
        )
