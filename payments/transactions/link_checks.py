"""What must hold of links, asked in sets by `flask check-books`."""

from collections.abc import Iterator
from functools import cache

from sqlalchemy import Executable, and_, func, or_, select, union_all
from sqlalchemy.orm import Session

from payments.ledger.models import AccountKind, LedgerAccount, LedgerBalance
from payments.receipts.models import Receipt, ReceiptSource
from payments.transactions.models import Payment
from payments.transactions.notice_checks import CAUSE, TOLD_MAX
from payments.transactions.states import Status
from payments.transactions.withdrawn import Withdrawal, WithdrawalState


def links_that_do_not_fit(session: Session) -> Iterator[str]:
    """A linked payment has one standing receipt of its own, and such a receipt its payment. What
    left the payment while it was unlinked is not in the receipt; its hold is the payment's (M8)."""
    of_a_payment = (Receipt.source == ReceiptSource.PAYMENT) & Receipt.undone_at.is_(None)
    fits = and_(
        Receipt.cause == CAUSE + Payment.public_id,
        Receipt.amount_cents - Receipt.withdrawn_cents
        == Payment.amount_cents - Payment.withdrawn_cents,
        Receipt.bank_account_id == Payment.bank_account_id,
        Receipt.held_until.is_not_distinct_from(Payment.held_until),
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
    was_there = or_(
        Payment.status == Status.COMPLETED,
        and_(Payment.status == Status.RETURNED, Payment.withdrawn_cents > 0),
    )
    left = select(
        Payment.bank_account_id, (Payment.amount_cents - Payment.withdrawn_cents).label("cents")
    ).where(was_there, Payment.receipt_id.is_(None))
    held = (
        select(Payment.bank_account_id, Withdrawal.cents)
        .join(Payment, Payment.id == Withdrawal.payment_id)
        .where(Withdrawal.state == WithdrawalState.HELD, Withdrawal.receipt_id.is_(None))
    )
    both = union_all(left, held).subquery()
    waiting = (
        select(both.c.bank_account_id, func.sum(both.c.cents).label("cents"))
        .group_by(both.c.bank_account_id)
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
    """What the books hold as unlinked is what is left of the completed payments that are linked to
    nobody, and what refunds under way hold of it."""
    rows = session.execute(_unlinked())
    for account_id, held, payments in rows:
        yield (
            f"bank account {account_id}: the books hold {held} cents as unlinked, {payments} cents "
            "of payments are"
        )
