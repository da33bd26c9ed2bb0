"""Charging bills of their own accord, and what becomes of each (FEATURES P9).

As with instalments: what is charged is decided and kept under the row's lock, then the core charges
it under the nonce of this try. Killed anywhere, the job comes back and makes the same one payment.
"""

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.settings import PROCESSOR_CENTS_MIN, online_payments
from payments.billing.models import Bill, BillStatus
from payments.billing.payables import left_cents
from payments.methods.standing import NotChargeable, problem, today
from payments.plans import autocharge_queries
from payments.plans.autocharge import CHARGE, moment_of, owe_charge
from payments.plans.calendar import due_moment
from payments.plans.models import Autocharge, BillCharge, BillChargeTry, DueState
from payments.plans.states import WAITING
from payments.plans.telling import charges_wait, tell_of_bill
from payments.plans.trying import (
    RETRY_AFTER,
    SOON,
    TOLD_CHARS_MAX,
    TRIES_MAX,
    Begun,
    may_be_made_again,
)
from payments.transactions import disputed_bills
from payments.transactions.afterwards import follow
from payments.transactions.charging import Charge, carry_on_stored, charge, link_for, part_of
from payments.transactions.disputed import DISPUTE_OPEN
from payments.transactions.failures import words
from payments.transactions.models import Origin, Payment
from payments.transactions.reserving import NotPayable
from payments.transactions.states import ENDED_WITHOUT_MONEY, Status
from portal.core import audit, clock, db, jobs
from portal.firm.brand import brand

NONCE = "autocharge"
ENDED = "autocharge.ended"

follow(Origin.AUTOCHARGE, ENDED)


@jobs.handler(CHARGE)
def charge_bill(bill_charge_id: int) -> None:
    """Charge what is still owed on a bill, if its moment has come and autocharge is still on.

    Raises `Again` where it cannot be charged now through no fault of its own.
    """
    with db.transaction() as session:
        begun = _begin(session, bill_charge_id)
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
        # The bill was paid or changed at this very moment: it is looked at anew.
        _call_off(bill_charge_id, begun.number, "")
        raise jobs.Again(clock.now() + SOON) from None
    except NotChargeable as why:
        raise jobs.Again(_call_off(bill_charge_id, begun.number, str(why))) from why
    with db.transaction() as session:
        kept = _locked(session, bill_charge_id)
        _keep_try(session, kept, begun.number, made.payment_id)


def _begin(session: Session, bill_charge_id: int) -> Begun | datetime | None:
    kept = _locked(session, bill_charge_id)
    standing = autocharge_queries.by_id(session, kept.autocharge_id)
    bill = session.get_one(Bill, kept.bill_id)
    if kept.state in WAITING:
        if (later := _not_now(session, standing, kept, bill)) is not None:
            return later
        if kept.state not in WAITING:
            return None
        number = kept.tries + 1
    elif kept.state == DueState.CHARGING:
        number = kept.tries  # begun before a crash: the same try goes on
    else:
        return None
    known = session.scalar(select(Payment).where(Payment.nonce == _nonce(kept.id, number)))
    if known is not None:
        _keep_try(session, kept, number, known.id)
        unasked = kept.state == DueState.CHARGING and known.status == Status.PENDING
        return Begun(number, None, known.id) if unasked else None
    if kept.state == DueState.CHARGING and standing.ended_at is not None:
        return _undo(standing, kept)  # turned off before anything was recorded
    if not _owed(bill):
        return _skip(kept, _("Nothing was owed that could be charged."))
    kept.state, kept.tries, kept.told = DueState.CHARGING, number, ""
    link_id = link_for(session, bill, by=audit.SYSTEM).id
    parts = (part_of(bill, left_cents(bill)),)
    wanted = Charge(
        nonce=_nonce(kept.id, number),
        method_id=standing.method_id,
        link_id=link_id,
        parts=parts,
        origin=Origin.AUTOCHARGE,
        by=audit.SYSTEM,
        reason=f"Autocharge of bill {bill.number}",
    )
    return Begun(number, wanted)


def _not_now(
    session: Session, standing: Autocharge, kept: BillCharge, bill: Bill
) -> datetime | None:
    """When to look again, if this cannot be charged now; what ends the try is written on it."""
    if standing.ended_at is not None:
        kept.state = DueState.CANCELED
        return None
    day, timezone = today(session), brand(session).timezone
    if kept.try_on > day:
        return due_moment(kept.try_on, timezone)
    if autocharge_queries.plan_goes_before(session, standing, moment_of(standing, bill, timezone)):
        return _skip(kept, _("It was left to the client's payment plan."))
    disputes = disputed_bills.states(session, bill.id)
    if disputes & DISPUTE_OPEN:
        why = _("This payment is disputed. The payer's bank decides about it.")
        return _tomorrow(session, kept, why)
    if disputes:  # lost: whether it is asked for again is for somebody to decide
        lost = _("The payer's bank decided the dispute: the payer keeps the money.")
        return _skip(kept, lost)
    if bill.reserved_cents and left_cents(bill) == 0:
        return _tomorrow(session, kept, _("A payment of all that is left is under way."))
    if not _owed(bill):
        return None
    if not online_payments(session).online:
        why = _("Online payments are turned off.")
        charges_wait(session, standing, why)
        return _tomorrow(session, kept, why)
    if (why := problem(standing.method, day)) is not None:
        _fail(session, standing, kept, bill, why)
    return None


def _owed(bill: Bill) -> bool:
    """Whether anything is owed on it that could be charged: it may have been paid, or withdrawn."""
    return bill.status == BillStatus.AWAITING_PAYMENT and left_cents(bill) >= PROCESSOR_CENTS_MIN


def _skip(kept: BillCharge, why: str) -> None:
    kept.state, kept.told = DueState.SKIPPED, why


def _tomorrow(session: Session, kept: BillCharge, why: str) -> datetime:
    kept.try_on, kept.told = today(session) + timedelta(days=1), why[:TOLD_CHARS_MAX]
    return due_moment(kept.try_on, brand(session).timezone)


def _fail(
    session: Session,
    standing: Autocharge,
    kept: BillCharge,
    bill: Bill,
    why: str,
    payment_id: int | None = None,
) -> None:
    """Give a bill up: both sides are told, and it stands before the staff."""
    kept.state, kept.told = DueState.FAILED, why[:TOLD_CHARS_MAX]
    audit.record(session, audit.SYSTEM, "autocharge.failed", f"bill:{bill.public_id}")
    tell_of_bill(session, standing, kept, bill, again_on=None, payment_id=payment_id)


@jobs.handler(ENDED)
def ended(payment_id: int) -> None:
    """Settle the charge of a bill whose payment has completed, failed, or come back."""
    with db.transaction() as session:
        payment = session.get_one(Payment, payment_id)
        _kind, bill_charge_id, number = payment.nonce.split(":")
        kept = _locked(session, int(bill_charge_id))
        _keep_try(session, kept, int(number), payment.id)
        if kept.tries != int(number):
            return  # an earlier try, whose end is settled
        if payment.status == Status.COMPLETED and kept.state == DueState.CHARGING:
            kept.state, kept.told = DueState.PAID, ""
        elif payment.status in ENDED_WITHOUT_MONEY:
            _not_paid(session, kept, payment)


def _not_paid(session: Session, kept: BillCharge, payment: Payment) -> None:
    if kept.state not in {DueState.CHARGING, DueState.PAID}:
        return
    standing = autocharge_queries.by_id(session, kept.autocharge_id)
    bill = session.get_one(Bill, kept.bill_id)
    why = words(payment.failure_code or "", payment.method, payment.network_code)
    over = kept.tries >= TRIES_MAX or standing.ended_at is not None
    if over or not may_be_made_again(payment, standing.method):
        _fail(session, standing, kept, bill, why, payment.id)
        return
    kept.state, kept.told = DueState.RETRYING, why[:TOLD_CHARS_MAX]
    kept.try_on = today(session) + RETRY_AFTER
    session.flush()
    owe_charge(session, kept)
    again_on = kept.try_on
    tell_of_bill(session, standing, kept, bill, again_on=again_on, payment_id=payment.id)


def _nonce(bill_charge_id: int, number: int) -> str:
    return f"{NONCE}:{bill_charge_id}:{number}"


def _locked(session: Session, bill_charge_id: int) -> BillCharge:
    return session.get_one(BillCharge, bill_charge_id, with_for_update=True, populate_existing=True)


def _keep_try(session: Session, kept: BillCharge, number: int, payment_id: int) -> None:
    known = session.scalar(select(BillChargeTry.id).where(BillChargeTry.payment_id == payment_id))
    if known is None:
        made = {"bill_charge_id": kept.id, "number": number, "payment_id": payment_id}
        session.add(BillChargeTry(**made, made_at=clock.now()))
        session.flush()


def _undo(standing: Autocharge, kept: BillCharge) -> None:
    """The try was none. Of what was turned off nothing is left to charge."""
    kept.tries -= 1
    kept.state = DueState.RETRYING if kept.tries else DueState.SCHEDULED
    if standing.ended_at is not None:
        kept.state = DueState.CANCELED


def _call_off(bill_charge_id: int, number: int, why: str) -> datetime:
    """Nothing was recorded for this try, so it was none. Answers when to look again."""
    with db.transaction() as session:
        kept = _locked(session, bill_charge_id)
        nonce = _nonce(bill_charge_id, number)
        made = session.scalar(select(Payment.id).where(Payment.nonce == nonce))
        standing = autocharge_queries.by_id(session, kept.autocharge_id)
        if kept.state == DueState.CHARGING and kept.tries == number and made is None:
            _undo(standing, kept)
        gone = problem(standing.method, today(session)) is not None
        return clock.now() if gone or not why else _tomorrow(session, kept, why)
