"""Charging what is due (FEATURES P9): one job for each instalment, at nine where the firm is.

What is to be charged is decided and kept under the plan's lock; then the core charges it under the
nonce of this try. Killed anywhere, the job comes back, and the same try makes the same one payment.
"""

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.settings import PROCESSOR_CENTS_MIN, online_payments
from payments.billing.models import Bill
from payments.methods.standing import NotChargeable, problem, today
from payments.plans import queries
from payments.plans.actions import CHARGE, finish_if_settled, pause_for_method
from payments.plans.calendar import due_moment
from payments.plans.days import make_way, waiting, wants_a_method
from payments.plans.models import DueState, Instalment, InstalmentTry, PaymentPlan, PlanState
from payments.plans.states import UNSETTLED, WAITING, move_instalment
from payments.plans.telling import plan_waits, tell_of_instalment
from payments.plans.trying import SOON, TOLD_CHARS_MAX, Begun
from payments.transactions.charging import (
    Charge,
    carry_on_stored,
    charge,
    link_for,
    oldest_first,
)
from payments.transactions.models import Origin, Payment
from payments.transactions.reserving import NotPayable, Part
from payments.transactions.states import Status
from portal.core import audit, clock, db, jobs
from portal.firm.brand import brand

NONCE = "instalment"


def nonce_of(instalment_id: int, number: int) -> str:
    """The name of one try: asked for twice, it is one payment."""
    return f"{NONCE}:{instalment_id}:{number}"


def read_nonce(nonce: str) -> tuple[int, int]:
    """The instalment and the number of the try that a payment of a plan was made for."""
    _kind, instalment_id, number = nonce.split(":")
    return int(instalment_id), int(number)


@jobs.handler(CHARGE)
def charge_due(instalment_id: int) -> None:
    """Charge an instalment if it is due, its plan active, and anything owed; never more than that.

    Raises `Again` where it is not due yet, or cannot be charged today through no fault of its own.
    """
    with db.transaction() as session:
        begun = _begin(session, instalment_id)
    if isinstance(begun, datetime):
        raise jobs.Again(begun)
    if begun is None:
        return
    if begun.charge is None:
        carry_on_stored(begun.payment_id)  # a worker died before the processor was asked
        return
    try:
        made = charge(begun.charge)
    except NotPayable:
        # A bill was paid or changed at this very moment: what is owed is looked at anew.
        _call_off(instalment_id, begun.number)
        raise jobs.Again(clock.now() + SOON) from None
    except NotChargeable as why:
        raise jobs.Again(_refused(instalment_id, begun.number, str(why))) from why
    with db.transaction() as session:
        keep_try(session, instalment_id, begun.number, made.payment_id)


def _begin(session: Session, instalment_id: int) -> Begun | datetime | None:
    """Decide under the plan's lock: what is charged now, when to look again, or that there is
    nothing to do."""
    if session.get(Instalment, instalment_id) is None:
        return None  # the plan was changed, and has other instalments now
    plan, one = queries.locked_instalment(session, instalment_id)
    if one.state not in UNSETTLED or (one.state in WAITING and plan.state != PlanState.ACTIVE):
        return None
    number = one.tries  # begun before a crash: the same try goes on
    if one.state in WAITING:
        number += 1
        moment = due_moment(one.try_on, brand(session).timezone)
        if clock.now() < moment:
            return moment
    # Read in this order: a payment that took what is owed is seen by its nonce.
    parts = oldest_first(session, plan.client_id, plan.bank_account_id, one.amount_cents)
    known = payment_of_try(session, instalment_id, number)
    if known is not None:
        _keep(session, one, number, known)
        unasked = one.state == DueState.CHARGING and known.status == Status.PENDING
        return Begun(number, None, known.id) if unasked else None
    if one.state == DueState.CHARGING and plan.state != PlanState.ACTIVE:
        return _undo(plan, one)  # stopped before anything was recorded
    if sum(part.cents for part in parts) < PROCESSOR_CENTS_MIN:
        return _nothing_open(session, plan, one)
    if one.state in WAITING:
        later = _hindered(session, plan, one)
        if later is not None or one.state not in WAITING:
            return later
        move_instalment(one, DueState.CHARGING)
    one.tries, one.told = number, ""
    return Begun(number, _charge(session, plan, one, parts))


def _hindered(session: Session, plan: PaymentPlan, one: Instalment) -> datetime | None:
    """When to look again, if this cannot be charged today; a method that is gone ends the try."""
    if not online_payments(session).online:
        return _tomorrow(session, plan, one, _("Online payments are turned off."))
    why = problem(plan.method, today(session))
    if why is not None:
        fail(session, plan, one, why)
        if waiting(plan) or wants_a_method(one):
            pause_for_method(session, plan)
        else:
            finish_if_settled(session, plan)
    return None


def _tomorrow(session: Session, plan: PaymentPlan, one: Instalment, why: str) -> datetime:
    plan_waits(session, plan, why)
    return _wait(session, plan, one, why)


def _wait(session: Session, plan: PaymentPlan, one: Instalment, why: str) -> datetime:
    one.try_on, one.told = today(session) + timedelta(days=1), why[:TOLD_CHARS_MAX]
    make_way(session, plan, one)
    return due_moment(one.try_on, brand(session).timezone)


def _nothing_open(session: Session, plan: PaymentPlan, one: Instalment) -> datetime | None:
    """Skip it, unless a payment of what is owed is under way: that one may still fail."""
    if one.state in WAITING and queries.payment_under_way(session, plan):
        return _wait(session, plan, one, _("A payment of what is owed is under way."))
    return _skip(session, plan, one)


def _skip(session: Session, plan: PaymentPlan, one: Instalment) -> None:
    move_instalment(one, DueState.SKIPPED)
    one.told = _("Nothing was owed that could be charged.")
    audit.record(
        session,
        audit.SYSTEM,
        "plan.instalment_skipped",
        f"plan:{plan.public_id}",
        number=one.number,
    )
    finish_if_settled(session, plan)


def fail(
    session: Session,
    plan: PaymentPlan,
    one: Instalment,
    why: str,
    payment_id: int | None = None,
) -> None:
    """Give an instalment up: both sides are told, and it stands before the staff."""
    move_instalment(one, DueState.FAILED)
    one.charged_cents, one.told = 0, why[:TOLD_CHARS_MAX]
    audit.record(
        session, audit.SYSTEM, "plan.instalment_failed", f"plan:{plan.public_id}", number=one.number
    )
    tell_of_instalment(session, plan, one, again_on=None, payment_id=payment_id)


def _charge(
    session: Session, plan: PaymentPlan, one: Instalment, parts: tuple[Part, ...]
) -> Charge:
    bill = session.get_one(Bill, parts[0].bill_id)
    last = max(each.number for each in plan.instalments)
    return Charge(
        nonce=nonce_of(one.id, one.tries),
        method_id=plan.method_id,
        link_id=link_for(session, bill, by=audit.SYSTEM).id,
        parts=parts,
        origin=Origin.PLAN,
        by=audit.SYSTEM,
        reason=f"Payment plan, instalment {one.number} of {last}",
    )


def payment_of_try(session: Session, instalment_id: int, number: int) -> Payment | None:
    """The payment that a try has made, if it has come to that."""
    return session.scalar(select(Payment).where(Payment.nonce == nonce_of(instalment_id, number)))


def keep_try(session: Session, instalment_id: int, number: int, payment_id: int) -> None:
    """Note which payment a try has made, once."""
    _plan, one = queries.locked_instalment(session, instalment_id)
    _keep(session, one, number, session.get_one(Payment, payment_id))


def _keep(session: Session, one: Instalment, number: int, payment: Payment) -> None:
    known = session.scalar(select(InstalmentTry.id).where(InstalmentTry.payment_id == payment.id))
    if known is not None:
        return
    made = InstalmentTry(
        instalment_id=one.id, number=number, payment_id=payment.id, made_at=clock.now()
    )
    session.add(made)
    if one.state == DueState.CHARGING and one.tries == number:
        one.charged_cents = payment.amount_cents
    session.flush()


def _call_off(instalment_id: int, number: int) -> None:
    """Nothing was recorded for this try, so it was none."""
    with db.transaction() as session:
        _back(session, instalment_id, number)


def _back(session: Session, instalment_id: int, number: int) -> tuple[PaymentPlan, Instalment]:
    plan, one = queries.locked_instalment(session, instalment_id)
    unmade = payment_of_try(session, instalment_id, number) is None
    if one.state == DueState.CHARGING and one.tries == number and unmade:
        _undo(plan, one)
    return plan, one


def _undo(plan: PaymentPlan, one: Instalment) -> None:
    """The try was none. Of a plan that is canceled nothing is left to charge."""
    one.tries -= 1
    move_instalment(one, DueState.RETRYING if one.tries else DueState.SCHEDULED)
    if plan.state == PlanState.CANCELED:
        move_instalment(one, DueState.CANCELED)


def _refused(instalment_id: int, number: int, why: str) -> datetime:
    """The core charges nothing now: the method is gone, or the account takes no payments.

    Answers when to look again: at once for a method, whose end is then told, else tomorrow.
    """
    with db.transaction() as session:
        plan, one = _back(session, instalment_id, number)
        if problem(plan.method, today(session)) is None and one.state in WAITING:
            return _tomorrow(session, plan, one, why)
        return clock.now()
