"""What becomes of an instalment when its payment has ended (FEATURES P9).

Paid, it is settled. Failed or returned the first time, it is charged again after three days; the
second time it stands before the staff.
"""

from sqlalchemy.orm import Session

from payments.methods.standing import today
from payments.plans import queries
from payments.plans.actions import finish_if_settled, owe_charge
from payments.plans.due import fail, keep_try, read_nonce
from payments.plans.models import DueState, Instalment, PaymentPlan, PlanState
from payments.plans.states import LIVE_STATES, move_instalment
from payments.plans.telling import tell_of_instalment
from payments.plans.trying import RETRY_AFTER, TOLD_CHARS_MAX, TRIES_MAX, may_be_made_again
from payments.transactions.afterwards import follow
from payments.transactions.failures import words
from payments.transactions.models import Origin, Payment
from payments.transactions.states import ENDED_WITHOUT_MONEY, Status
from portal.core import db, jobs
from portal.firm.brand import brand

ENDED = "plans.ended"

follow(Origin.PLAN, ENDED)


@jobs.handler(ENDED)
def ended(payment_id: int) -> None:
    """Settle the instalment of a payment that has completed, failed, or come back."""
    with db.transaction() as session:
        payment = session.get_one(Payment, payment_id)
        instalment_id, number = read_nonce(payment.nonce)
        keep_try(session, instalment_id, number, payment.id)
        plan, one = queries.locked_instalment(session, instalment_id)
        if one.tries != number:
            return  # an earlier try, whose end is settled
        if payment.status == Status.COMPLETED:
            _paid(session, plan, one, payment)
        elif payment.status in ENDED_WITHOUT_MONEY:
            _not_paid(session, plan, one, payment)


def _paid(session: Session, plan: PaymentPlan, one: Instalment, payment: Payment) -> None:
    if one.state != DueState.CHARGING:
        return
    move_instalment(one, DueState.PAID)
    one.charged_cents, one.told = payment.amount_cents, ""
    finish_if_settled(session, plan)


def _not_paid(session: Session, plan: PaymentPlan, one: Instalment, payment: Payment) -> None:
    if one.state not in {DueState.CHARGING, DueState.PAID}:
        return
    why = words(payment.failure_code or "", payment.method, payment.network_code)
    goes_on = plan.state in LIVE_STATES
    if one.tries >= TRIES_MAX or not may_be_made_again(payment, plan.method) or not goes_on:
        fail(session, plan, one, why, payment.id)
        finish_if_settled(session, plan)
        return
    move_instalment(one, DueState.RETRYING)
    one.charged_cents, one.told = 0, why[:TOLD_CHARS_MAX]
    one.try_on = today(session) + RETRY_AFTER
    session.flush()
    if plan.state == PlanState.ACTIVE:
        owe_charge(session, one, brand(session).timezone)
    tell_of_instalment(session, plan, one, again_on=one.try_on, payment_id=payment.id)
