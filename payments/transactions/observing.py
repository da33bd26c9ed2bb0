"""What the processor shows us of a payment, and the one step that follows from it.

Webhooks, the payer's own request, the reconciler and the look-again job all come through
`observe`, so their order, their number and their absence make no difference (FEATURES M11).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from payments.gateway.results import GatewayPayment, IntentStatus, MethodKind, RefundStatus
from payments.transactions import (
    alerts,
    disputing,
    notices,
    on_documents,
    postings,
    refund_records,
    replenishing,
    reserving,
    returning,
    unpaid,
)
from payments.transactions.afterwards import owe_following
from payments.transactions.expected import completion_day
from payments.transactions.holding import hold_from_now
from payments.transactions.models import Payment, PaymentStep
from payments.transactions.states import ENDED_WITHOUT_MONEY, OPEN, Status, may_become
from portal.core import audit, clock, db, jobs
from portal.firm.models import Firm

LOOK_AGAIN = "payments.look_again"
RESOLVE = "payments.resolve"
CLOSE = "payments.close"

GIVEN_BACK = "refunded"
_UNMADE = {RefundStatus.FAILED, RefundStatus.CANCELED}
_TAKEN = frozenset({Status.AUTHORIZED, Status.COMPLETED})
_ROUNDS = 3

# Statements are built once: building one costs several times what running it does.
_PAYMENTS = cast(Table, Payment.__table__)
_LOCKED = (
    select(Payment)
    .where(Payment.id == bindparam("payment"))
    .with_for_update(of=Payment)
    .execution_options(populate_existing=True)
)
_MOVE = update(_PAYMENTS).where(
    _PAYMENTS.c.id == bindparam("payment"), _PAYMENTS.c.status == bindparam("stood_at")
)
_STEP = insert(cast(Table, PaymentStep.__table__))
_ZONE = select(Firm.timezone)


@dataclass(frozen=True, slots=True)
class Sight:
    """A snapshot of the processor's, and who brought it ("payer", "webhook", "job", …)."""

    snapshot: GatewayPayment
    told_by: str


def observe(session: Session, payment_id: int, sight: Sight) -> Status:
    """Take the allowed steps to what the processor shows, or none; answers the status now.

    A snapshot that cannot be ours (other amount, currency or mode) is quarantined with an alert and
    changes nothing. Money that surfaces for a payment already recorded as failed raises an alert.

    Money that was given back at the processor before it was available never completes a payment
    (docs/decisions/0009): given back whole, the payment ends Canceled; in part, it stays Authorized
    and an alert asks for help.

    Of a payment whose money is booked, what the processor shows refunded, disputed or returned
    leaves the books, and comes back into them (FEATURES M6, M7).
    """
    payment = session.execute(_LOCKED, {"payment": payment_id}).scalar_one()
    now = Status(payment.status)
    if alerts.quarantined(session, payment, sight.snapshot):
        return now
    # A late return seen first is two steps: it was paid, and it came back.
    while (then := _next_status(session, payment, now, sight.snapshot)) is not None:
        _take_step(session, payment, now, then, sight)
        now = then
    _follow(session, payment, now, sight.snapshot)
    return now


def _follow(session: Session, payment: Payment, now: Status, snapshot: GatewayPayment) -> None:
    """Record its refunds and disputes, what came back first: there is room then for what left.

    Where several are shown, what one of them has made room for may have been looked at before it:
    so they are looked at again. The same look once more then finds nothing that is new.
    """
    several = len(snapshot.refunds) + len(snapshot.disputes) > 1
    for _round in range(_ROUNDS if several else 1):
        _follow_once(session, payment, now, snapshot)


def _follow_once(session: Session, payment: Payment, now: Status, snapshot: GatewayPayment) -> None:
    if payment.completed_at is not None:
        refund_records.put_back(session, payment, snapshot)
    if now in _TAKEN:
        disputing.follow(session, payment, snapshot)
    if payment.completed_at is not None:
        refund_records.follow(session, payment, snapshot)
        if now is Status.RETURNED:
            returning.follow(session, payment, snapshot)


def _next_status(
    session: Session, payment: Payment, now: Status, snapshot: GatewayPayment
) -> Status | None:
    then = _unless_given_back(session, payment, snapshot, now)
    if then is None or then is now:
        return None
    if not may_become(now, then):
        alerts.money_surfaced(session, payment, now, then, snapshot)
        return None
    entry = snapshot.balance_entry
    if then is Status.COMPLETED and entry and alerts.settled_otherwise(session, payment, entry):
        return None
    return then


def _unless_given_back(
    session: Session, payment: Payment, snapshot: GatewayPayment, now: Status
) -> Status | None:
    then = status_shown(snapshot, now, payment.method)
    if now not in OPEN or then not in _TAKEN or snapshot.refunded_cents == 0:
        return then
    if then is Status.COMPLETED and _was_available_first(snapshot):
        return then
    if snapshot.refunded_cents >= payment.amount_cents:
        return Status.CANCELED
    alerts.given_back_in_part(session, payment, snapshot.refunded_cents)
    return Status.AUTHORIZED


def _was_available_first(snapshot: GatewayPayment) -> bool:
    """Whether all that was given back left after the money had come: looked at late, as after a
    restore, both are seen at once."""
    entry = snapshot.balance_entry
    made = [one for one in snapshot.refunds if one.status not in _UNMADE]
    return bool(made) and all(entry and one.created_at >= entry.available_at for one in made)


def status_shown(snapshot: GatewayPayment, now: Status, method: str) -> Status | None:
    """The status that a snapshot stands for, None where it tells nothing new.

    An eCheck that comes back late shows as a dispute on a payment that still says "succeeded"; it
    is final (https://docs.stripe.com/payments/ach-direct-debit#disputed-payments).
    """
    taken = now in _TAKEN
    match snapshot.status:
        case IntentStatus.NEEDS_ACTION:
            return Status.ACTION_NEEDED
        case IntentStatus.PROCESSING:
            return Status.AUTHORIZED
        case IntentStatus.CANCELED:
            return Status.CANCELED
        case IntentStatus.SUCCEEDED if taken and snapshot.disputed and method == MethodKind.BANK:
            return Status.RETURNED
        case IntentStatus.SUCCEEDED:
            entry = snapshot.balance_entry
            return Status.COMPLETED if entry and entry.available else Status.AUTHORIZED
        case IntentStatus.NEEDS_METHOD if snapshot.failure is not None:
            return Status.RETURNED if taken else Status.FAILED
        case _:
            return None


def _take_step(
    session: Session, payment: Payment, was: Status, became: Status, sight: Sight
) -> None:
    snapshot = sight.snapshot
    values = _values(session, payment, became, snapshot)
    if became is Status.COMPLETED:
        on_documents.lock(session, payment)
    record_step(session, payment, was, became, sight.told_by, values)
    _book(session, payment, was, became, snapshot)
    if became in _TAKEN:
        on_documents.store_method(session, payment, snapshot)
    if became is Status.COMPLETED:
        on_documents.pay(session, payment, by=sight.told_by)
    elif became in ENDED_WITHOUT_MONEY:
        reserving.release(session, payment)
        if was is Status.AUTHORIZED and payment.document_link_id is not None:
            alerts.still_unpaid(session, payment, unpaid.of_reservations(session, payment))
    _owe_work(session, payment, became, snapshot)
    notices.owe_for_step(session, payment, was, became)
    owe_following(session, payment, became)


def _values(
    session: Session, payment: Payment, became: Status, snapshot: GatewayPayment
) -> dict[str, object]:
    """What the payment's row keeps of this step."""
    values: dict[str, object] = {"status": became}
    if became in _TAKEN:
        zone = session.scalar(_ZONE) or "UTC"
        values["expected_on"] = completion_day(
            payment.method, payment.made_at, snapshot.balance_entry, zone
        )
    if became is Status.COMPLETED:
        values["completed_at"] = clock.now()
        values["held_until"] = hold_from_now(session, payment)
    if snapshot.balance_entry is not None and became in _TAKEN:
        # Afterwards it stays what was booked, whatever a dispute does to the processor's entry.
        values["fee_cents"] = snapshot.balance_entry.fee_cents
    failure = returning.why(snapshot) if became is Status.RETURNED else snapshot.failure
    if failure is not None:
        values["failure_code"] = failure.code
        values["network_code"] = failure.network_code or None
    if became is Status.CANCELED and snapshot.refunded_cents > 0:
        values["failure_code"] = GIVEN_BACK
    if became is Status.ACTION_NEEDED:
        values["verify_url"] = snapshot.verify_url or None
    return values


def record_step(
    session: Session,
    payment: Payment,
    was: Status | None,
    became: Status,
    told_by: str,
    values: dict[str, object],
) -> None:
    """Move the row along one edge and write the step down; the row must still be where it was.

    The row is locked and was read under its lock, so `payment` is afterwards what is stored.
    """
    connection = db.writing(session)
    moved = connection.execute(_MOVE, {"payment": payment.id, "stood_at": was, **values})
    if moved.rowcount != 1:
        raise RuntimeError(f"payment {payment.public_id} moved while its row was locked")
    for name, value in values.items():
        set_committed_value(payment, name, value)
    step = {
        "payment_id": payment.id,
        "was": was,
        "became": became,
        "at": clock.now(),
        "told_by": told_by,
    }
    connection.execute(_STEP, step)
    audit.record(
        session, told_by, f"payment.{became}", f"payment:{payment.public_id}", was=str(was)
    )


def _book(
    session: Session, payment: Payment, was: Status, became: Status, snapshot: GatewayPayment
) -> None:
    if became in _TAKEN and was is not Status.AUTHORIZED:
        postings.authorized(session, payment)
    if became is Status.COMPLETED and snapshot.balance_entry is not None:
        postings.completed(session, payment, snapshot.balance_entry)
        replenishing.fee_taken(session, payment, snapshot.balance_entry.fee_cents)
    if became is Status.RETURNED:
        returning.book(session, payment, was, snapshot)
    if was is Status.AUTHORIZED and became in ENDED_WITHOUT_MONEY:
        postings.called_off(session, payment)


def _owe_work(session: Session, payment: Payment, became: Status, snapshot: GatewayPayment) -> None:
    if became is Status.AUTHORIZED:
        entry = snapshot.balance_entry
        later = clock.now() + timedelta(days=1 if payment.method == MethodKind.BANK else 2)
        jobs.enqueue(
            session,
            LOOK_AGAIN,
            due_at=entry.available_at if entry else later,
            unique_key=f"{LOOK_AGAIN}:{payment.id}",
            payment_id=payment.id,
        )
    if became is Status.FAILED:
        owe_closing(session, payment)


def owe_closing(session: Session, payment: Payment) -> None:
    """Owe the canceling of a failed attempt's intent, whose secret the browser may still hold."""
    if payment.intent_id is not None:
        jobs.enqueue(session, CLOSE, payment_id=payment.id)
