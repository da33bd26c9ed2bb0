"""Money of a payment that the processor shows as gone: it leaves the books, asked for or not."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.receipts.models import Receipt
from payments.transactions import alerts, refund_notices, unpaid, withdrawing
from payments.transactions.models import Payment
from payments.transactions.refunded import SUPERSEDED, Refund, RefundState
from payments.transactions.unpaid import Unpaid
from payments.transactions.withdrawn import Withdrawal, WithdrawalKind
from portal.core import audit, clock

ACTOR = "processor"


def leave(
    session: Session, payment: Payment, cents: int, kind: WithdrawalKind
) -> Withdrawal | None:
    """Take what the processor has taken, whatever the books had in mind with it; None for nothing.

    Refunds of ours that the processor has not heard of make room: it refuses them now. More than
    the payment has left is never taken; an alert asks for help. The payment is locked, and its
    money was booked. What it had paid and pays no more is told by an alert (FEATURES M7).
    """
    if cents > payment.left.cents:
        _make_room(session, payment)
    left = payment.left.cents
    if cents > left:
        alerts.more_gone_than_paid(session, payment, cents - left)
    if min(cents, left) <= 0:
        return None
    paid = _pays(session, payment) if kind != WithdrawalKind.REFUND else None
    withdrawal = withdrawing.take(session, payment, min(cents, left), kind, by=ACTOR)
    if paid is not None:
        alerts.unpaid_again(session, payment, paid)
    return withdrawal


def _pays(session: Session, payment: Payment) -> Unpaid | None:
    if payment.receipt_id is None:
        return None
    return unpaid.of_receipt(session, session.get_one(Receipt, payment.receipt_id))


def _make_room(session: Session, payment: Payment) -> None:
    unheard = session.scalars(
        select(Refund)
        .where(Refund.payment_id == payment.id, Refund.state == RefundState.ASKED)
        .where(Refund.refund_id.is_(None))
        .order_by(Refund.id)
        .with_for_update(of=Refund)
        .execution_options(populate_existing=True)
    ).all()
    for refund in unheard:
        give_up(session, payment, refund, SUPERSEDED)


def give_up(session: Session, payment: Payment, refund: Refund, failure: str) -> None:
    """A refund that the processor never made: its money is where it was before."""
    withdrawing.put_back(session, session.get_one(Withdrawal, refund.withdrawal_id), by=ACTOR)
    end_refund(session, payment, refund, RefundState.FAILED, failure)


def end_refund(
    session: Session, payment: Payment, refund: Refund, state: RefundState, failure: str
) -> None:
    """Record how a refund has ended, and owe what is told of it."""
    refund.state, refund.failure, refund.ended_at = state, failure[:60], clock.now()
    session.flush()
    audit.record(
        session,
        ACTOR,
        f"refund.{state}",
        f"payment:{payment.public_id}",
        cents=refund.cents,
        failure=refund.failure,
    )
    if state is not RefundState.SUCCEEDED:
        alerts.refund_failed(session, payment, refund)
    refund_notices.owe(session, refund)
