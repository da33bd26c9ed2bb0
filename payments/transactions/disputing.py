"""What the processor shows of a payment's disputes, recorded (FEATURES M7).

The money follows what has left the account and not come back, the state what the dispute is called:
a bank may take its time between the two (https://docs.stripe.com/disputes/how-disputes-work).
A dispute of an eCheck is a return, which is final: it has no row here.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.gateway.results import GatewayDispute, GatewayPayment, MethodKind
from payments.transactions import dispute_notices, fee_postings, withdrawing
from payments.transactions.disputed import DISPUTE_ENDED, DISPUTE_OPEN, Dispute, DisputeState
from payments.transactions.gone import ACTOR, leave
from payments.transactions.models import Payment
from payments.transactions.withdrawn import Withdrawal, WithdrawalKind, WithdrawalState
from portal.core import audit, clock, ids

_MONEY_IS_HERE = frozenset({DisputeState.INQUIRY, DisputeState.WON, DisputeState.CLOSED})


def follow(session: Session, payment: Payment, snapshot: GatewayPayment) -> None:
    """Record what is shown of the disputes of a card payment. The payment is locked.

    Money that came back comes first, so that there is room for what left. Before the payment has
    completed its money is not in the books: it leaves them at the first look afterwards.
    """
    if not snapshot.disputes or payment.method != MethodKind.CARD:
        return
    rows = session.scalars(
        select(Dispute)
        .where(Dispute.payment_id == payment.id)
        .with_for_update(of=Dispute)
        .execution_options(populate_existing=True)
    )
    known = {row.dispute_id: row for row in rows}
    for shown in sorted(snapshot.disputes, key=lambda one: one.out_cents > 0):
        dispute = known.get(shown.dispute_id) or _opened(session, payment, shown)
        taken = _taken(session, dispute)
        if _is_stale(dispute, taken, shown):
            continue
        if taken is None and shown.out_cents > 0:
            _ask_again(dispute, shown)
        _move(session, payment, dispute, taken, shown)
        fee_postings.disputed(session, payment, dispute, shown.fee_cents)
        _tell(session, payment, dispute, shown)


def _state(shown: GatewayDispute) -> DisputeState:
    """What a dispute is called here: it is won, or nothing at all, once the money is back."""
    state = DisputeState(shown.status.value)
    return DisputeState.REVIEW if shown.out_cents > 0 and state in _MONEY_IS_HERE else state


def _taken(session: Session, dispute: Dispute) -> Withdrawal | None:
    if dispute.withdrawal_id is None:
        return None
    return session.get_one(Withdrawal, dispute.withdrawal_id, populate_existing=True)


def _opened(session: Session, payment: Payment, shown: GatewayDispute) -> Dispute:
    dispute = Dispute(
        public_id=ids.public_id(),
        payment_id=payment.id,
        dispute_id=shown.dispute_id,
        cents=shown.amount_cents,
        fee_cents=0,
        currency=shown.currency,
        reason=shown.reason,
        network_code=shown.network_code,
        state=DisputeState.INQUIRY,
        opened_at=shown.created_at,
        kit={},
    )
    session.add(dispute)
    session.flush()
    _log(session, payment, dispute, "dispute.opened")
    return dispute


def _is_stale(dispute: Dispute, taken: Withdrawal | None, shown: GatewayDispute) -> bool:
    """Whether a look is older than what is recorded: a dispute that has ended is only ended
    otherwise, or reviewed again by an appeal; and its money, once back, is not lost without leaving
    again."""
    then = _state(shown)
    if dispute.state in DISPUTE_ENDED and then in DISPUTE_OPEN and then is not DisputeState.REVIEW:
        return True
    came_back = taken is not None and taken.state == WithdrawalState.BACK
    return came_back and shown.out_cents == 0 and then not in _MONEY_IS_HERE


def _move(
    session: Session,
    payment: Payment,
    dispute: Dispute,
    taken: Withdrawal | None,
    shown: GatewayDispute,
) -> None:
    """Have as much of the payment out of the books as is out of the account."""
    if payment.completed_at is None:
        return
    if taken is not None and taken.state != WithdrawalState.BACK:
        # More than was booked is taken where there is room for it now: a refund has failed since.
        if shown.out_cents == taken.cents:
            return
        if shown.out_cents > taken.cents and payment.left.cents == 0:
            return
        if shown.out_cents == 0 and _state(shown) not in _MONEY_IS_HERE:
            return
        # What is out now is taken anew.
        withdrawing.put_back(session, taken, by=ACTOR)
    if shown.out_cents > 0:
        again = leave(session, payment, shown.out_cents, WithdrawalKind.DISPUTE)
        dispute.withdrawal_id = again.id if again is not None else dispute.withdrawal_id
    session.flush()


def _ask_again(dispute: Dispute, shown: GatewayDispute) -> None:
    """An inquiry that was answered takes the money all the same: the dispute that it has become
    waits for an answer of its own. What was released stays released, until it is changed."""
    if dispute.state != DisputeState.OPEN and _state(shown) is DisputeState.OPEN:
        dispute.sent_at = dispute.sent_by = None


def _tell(session: Session, payment: Payment, dispute: Dispute, shown: GatewayDispute) -> None:
    was, state = DisputeState(dispute.state), _state(shown)
    dispute.state, dispute.cents = state, shown.amount_cents
    dispute.reason, dispute.network_code = shown.reason, shown.network_code
    dispute.due_at = shown.due_at or dispute.due_at
    dispute.closed_at = _closed_at(dispute)
    session.flush()
    if state is not was:
        _log(session, payment, dispute, f"dispute.{state}")
    dispute_notices.owe(session, dispute)


def _closed_at(dispute: Dispute) -> datetime | None:
    if dispute.state in DISPUTE_OPEN:
        return None
    return dispute.closed_at or clock.now()


def _log(session: Session, payment: Payment, dispute: Dispute, action: str) -> None:
    audit.record(
        session,
        ACTOR,
        action,
        f"payment:{payment.public_id}",
        dispute=dispute.public_id,
        cents=dispute.cents,
    )
