"""What the processor shows of a payment's refunds, recorded: ours, and those made past us (M6)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.gateway.results import GatewayPayment, GatewayRefund, RefundStatus
from payments.transactions import alerts, refund_notices, withdrawing
from payments.transactions.gone import ACTOR, end_refund, leave
from payments.transactions.models import Payment
from payments.transactions.refunded import REFUND_BACK, Refund, RefundState
from payments.transactions.withdrawn import Withdrawal, WithdrawalKind, WithdrawalState
from portal.core import audit, clock, ids

_STATES = {
    RefundStatus.PENDING: RefundState.PENDING,
    RefundStatus.SUCCEEDED: RefundState.SUCCEEDED,
    RefundStatus.FAILED: RefundState.FAILED,
    RefundStatus.CANCELED: RefundState.CANCELED,
}
# A look at the processor may be older than what is recorded: nothing goes backwards.
_MAY_BECOME = {
    RefundState.ASKED: frozenset(_STATES.values()),
    RefundState.PENDING: REFUND_BACK | {RefundState.SUCCEEDED},
    RefundState.SUCCEEDED: REFUND_BACK,
}


def asked(
    payment: Payment, withdrawal: Withdrawal, cents: int, *, by: str, reason: str = ""
) -> Refund:
    """The row of a refund that nobody at the processor has heard of yet. Cents."""
    return Refund(
        public_id=ids.public_id(),
        payment_id=payment.id,
        withdrawal_id=withdrawal.id,
        cents=cents,
        currency=payment.currency,
        state=RefundState.ASKED,
        origin="staff",
        reason=reason,
        made_at=clock.now(),
        made_by=by,
    )


def put_back(session: Session, payment: Payment, snapshot: GatewayPayment) -> None:
    """Record the refunds that the processor shows as failed or canceled: their money is here."""
    back = [one for one in snapshot.refunds if _STATES[one.status] in REFUND_BACK]
    _follow(session, payment, back)


def follow(session: Session, payment: Payment, snapshot: GatewayPayment) -> None:
    """Record what the processor shows of a payment's refunds, those made past these books too.

    The payment is locked, and its money was booked.
    """
    put_back(session, payment, snapshot)
    made = [one for one in snapshot.refunds if _STATES[one.status] not in REFUND_BACK]
    _follow(session, payment, made)


def _follow(session: Session, payment: Payment, shown: list[GatewayRefund]) -> None:
    if not shown:
        return
    of_payment = select(Refund).where(Refund.payment_id == payment.id)
    fresh = of_payment.order_by(Refund.id).execution_options(populate_existing=True)
    rows = session.scalars(fresh).all()
    by_id = {row.refund_id: row for row in rows if row.refund_id is not None}
    by_name = {row.public_id: row for row in rows}
    for one in shown:
        refund = by_id.get(one.refund_id) or by_name.get(one.ours)
        if refund is not None:
            record(session, payment, refund, one)
        elif _STATES[one.status] not in REFUND_BACK:
            _import(session, payment, one)


def record(session: Session, payment: Payment, refund: Refund, shown: GatewayRefund) -> None:
    """Take a refund to what the processor shows of it, if that is news."""
    state = _STATES[shown.status]
    if refund.refund_id is not None and state not in REFUND_BACK:
        _book_rest(session, payment, refund, shown)
    # One that was given up unheard, and was made after all, begins again.
    was = RefundState(refund.state) if refund.refund_id is not None else RefundState.ASKED
    if state not in _MAY_BECOME.get(was, frozenset()):
        return
    withdrawal = session.get_one(Withdrawal, refund.withdrawal_id, populate_existing=True)
    if state in REFUND_BACK:
        withdrawing.put_back(session, withdrawal, by=ACTOR)
    elif withdrawal.state == WithdrawalState.BACK:
        again = leave(session, payment, shown.amount_cents, WithdrawalKind.REFUND)
        if again is None:  # it stays unheard of, until a look finds room for it
            return
        refund.withdrawal_id, refund.cents = again.id, again.cents
    elif state is RefundState.SUCCEEDED:
        withdrawing.carry_out(session, withdrawal, by=ACTOR)
    refund.refund_id = shown.refund_id
    if state is RefundState.PENDING:
        refund.state = state
        session.flush()
        refund_notices.owe(session, refund)
    else:
        end_refund(session, payment, refund, state, shown.failure)


def _book_rest(session: Session, payment: Payment, refund: Refund, shown: GatewayRefund) -> None:
    """Some of it found no room when it was seen, beside a dispute: it is booked when there is."""
    withdrawal = session.get_one(Withdrawal, refund.withdrawal_id, populate_existing=True)
    stands = withdrawal.state != WithdrawalState.BACK
    if not stands or shown.amount_cents <= withdrawal.cents or payment.left.cents == 0:
        return
    withdrawing.put_back(session, withdrawal, by=ACTOR)
    again = leave(session, payment, shown.amount_cents, WithdrawalKind.REFUND)
    if again is not None:
        refund.withdrawal_id, refund.cents = again.id, again.cents


def _import(session: Session, payment: Payment, shown: GatewayRefund) -> None:
    """Book a refund that somebody made at the processor: it has left, whatever was there (M6)."""
    withdrawal = leave(session, payment, shown.amount_cents, WithdrawalKind.REFUND)
    if withdrawal is None:
        return
    refund = asked(payment, withdrawal, withdrawal.cents, by=ACTOR)
    refund.origin, refund.refund_id = "processor", shown.refund_id
    refund.state = _STATES[shown.status]
    refund.ended_at = clock.now() if refund.state == RefundState.SUCCEEDED else None
    session.add(refund)
    session.flush()
    audit.record(
        session, ACTOR, "refund.imported", f"payment:{payment.public_id}", cents=refund.cents
    )
    alerts.refunded_elsewhere(session, payment, refund)
    refund_notices.owe(session, refund)
