"""Finding out at the processor what became of a payment."""

from collections.abc import Callable
from datetime import datetime, timedelta

from payments.gateway.current import gateway
from payments.gateway.errors import InvalidRequest, NotFound, Unavailable
from payments.gateway.results import GatewayPayment, IntentStatus, ProcessorAccount
from payments.transactions import alerts
from payments.transactions.actions import end_unmade
from payments.transactions.models import Payment
from payments.transactions.observing import CLOSE, LOOK_AGAIN, RESOLVE, Sight, observe
from payments.transactions.states import UNANSWERED, Status
from portal.core import clock, db, jobs

ASK_AGAIN = timedelta(minutes=1)
AUTHENTICATION_MINUTES_MAX = 30
LOOK_AGAIN_EVERY = timedelta(hours=6)
_WAITS = frozenset({IntentStatus.NEEDS_ACTION, IntentStatus.NEEDS_CONFIRMATION})


def look(payment_id: int, told_by: str) -> Status:
    """Read the payment at the processor and record what it shows. Raises the gateway's errors; one
    that the processor does not know, or refuses to show, is put before the staff as well."""
    with db.read() as session:
        payment = session.get_one(Payment, payment_id)
    if payment.intent_id is None:
        return Status(payment.status)
    snapshot = _answer(payment, gateway().get_payment)
    with db.transaction() as session:
        return observe(session, payment_id, Sight(snapshot, told_by))


def _answer(
    payment: Payment, ask: Callable[[ProcessorAccount, str], GatewayPayment]
) -> GatewayPayment:
    # Without the processor's word nothing is released, so somebody has to find out (decision 0009).
    account = ProcessorAccount(payment.bank_account.processor_account)
    try:
        return ask(account, payment.intent_id or "")
    except (InvalidRequest, NotFound):
        with db.transaction() as session:
            alerts.no_answer(session, payment)
        raise


def call_off(payment_id: int, told_by: str) -> Status:
    """Have a payment canceled that still waits for its payer; answers where it stands then.

    One that was approved meanwhile is recorded as what it has become. The processor is asked
    outside any transaction, and only its word frees what was reserved; an attempt that never came
    to an intent was never heard of there. Raises the gateway's errors.
    """
    with db.read() as session:
        payment = session.get_one(Payment, payment_id)
    if payment.status not in UNANSWERED:
        return Status(payment.status)
    if payment.intent_id is None and end_unmade(payment_id, told_by):
        return look(payment_id, told_by)
    with db.read() as session:
        payment = session.get_one(Payment, payment_id)
    snapshot = _answer(payment, gateway().get_payment)
    if snapshot.status in _WAITS or _untried(snapshot):
        snapshot = _answer(payment, gateway().cancel_payment)
    with db.transaction() as session:
        return observe(session, payment_id, Sight(snapshot, told_by))


@jobs.handler(RESOLVE)
def resolve(payment_id: int) -> None:
    """Find out what became of an attempt whose answer nobody recorded.

    An attempt without an intent was never confirmed, so no money moved. An intent that nobody
    confirmed is canceled. An authentication left open for 30 minutes is canceled (DESIGN "Money").
    An intent that the processor does not know is an alert, and is asked for again every six hours.
    """
    with db.read() as session:
        payment = session.get_one(Payment, payment_id)
    if payment.status not in UNANSWERED:
        return
    if payment.intent_id is None:
        if not end_unmade(payment_id):
            raise jobs.Again(clock.now() + ASK_AGAIN)
        return
    try:
        snapshot = _answer(payment, gateway().get_payment)
        if _abandoned(payment, snapshot):
            snapshot = _answer(payment, gateway().cancel_payment)
    except Unavailable as unavailable:
        raise jobs.Again(clock.now() + ASK_AGAIN) from unavailable
    except (InvalidRequest, NotFound) as refused:
        raise jobs.Again(clock.now() + LOOK_AGAIN_EVERY) from refused
    with db.transaction() as session:
        status = observe(session, payment_id, Sight(snapshot, "job"))
    if status in UNANSWERED:
        raise jobs.Again(_ask_next(snapshot))


def _abandoned(payment: Payment, snapshot: GatewayPayment) -> bool:
    if _untried(snapshot) or snapshot.status is IntentStatus.NEEDS_CONFIRMATION:
        return True
    waited = clock.now() - payment.made_at
    return (
        snapshot.status is IntentStatus.NEEDS_ACTION
        and snapshot.action != "verify_deposits"
        and waited >= timedelta(minutes=AUTHENTICATION_MINUTES_MAX)
    )


def _untried(snapshot: GatewayPayment) -> bool:
    return snapshot.status is IntentStatus.NEEDS_METHOD and snapshot.failure is None


def _ask_next(snapshot: GatewayPayment) -> datetime:
    if snapshot.action == "verify_deposits":
        return clock.now() + LOOK_AGAIN_EVERY
    return clock.now() + ASK_AGAIN


@jobs.handler(LOOK_AGAIN)
def look_again(payment_id: int) -> None:
    """Nothing announces that money has become available, so it is looked for when it is due."""
    try:
        status = look(payment_id, "job")
    except Unavailable as unavailable:
        raise jobs.Again(clock.now() + ASK_AGAIN) from unavailable
    except (InvalidRequest, NotFound) as refused:
        raise jobs.Again(clock.now() + LOOK_AGAIN_EVERY) from refused
    if status is Status.AUTHORIZED:
        raise jobs.Again(clock.now() + LOOK_AGAIN_EVERY)


@jobs.handler(CLOSE)
def close(payment_id: int) -> None:
    """Cancel a failed attempt at the processor, so that nobody can confirm it after all."""
    with db.read() as session:
        payment = session.get_one(Payment, payment_id)
    if payment.intent_id is None or payment.status != Status.FAILED:
        return
    account = ProcessorAccount(payment.bank_account.processor_account)
    try:
        gateway().cancel_payment(account, payment.intent_id)
    except Unavailable as unavailable:
        raise jobs.Again(clock.now() + ASK_AGAIN) from unavailable
    except (InvalidRequest, NotFound):
        return  # it cannot be confirmed any more either
