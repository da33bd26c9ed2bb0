"""What the processor shows us of a payment, and the one step that follows from it.

Webhooks, the payer's own request, the reconciler and the look-again job all come through
`observe`, so their order, their number and their absence make no difference (FEATURES M11).
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind
from payments.gateway.results import GatewayPayment, IntentStatus, MethodKind
from payments.money.amounts import Money
from payments.transactions import notices, postings
from payments.transactions.expected import completion_day
from payments.transactions.models import Payment, PaymentStep
from payments.transactions.states import Status, may_become
from portal.core import audit, clock, config, jobs
from portal.firm.models import Firm
from portal.notifications.actions import raise_alert

LOOK_AGAIN = "payments.look_again"
RESOLVE = "payments.resolve"


@dataclass(frozen=True, slots=True)
class Sight:
    """A snapshot of the processor's, and who brought it ("payer", "webhook", "job", …)."""

    snapshot: GatewayPayment
    told_by: str


def observe(session: Session, payment_id: int, sight: Sight) -> Status:
    """Take one allowed step towards what the processor shows, or none; answers the status now.

    A snapshot that cannot be ours (other amount, currency or mode) is quarantined with an alert and
    changes nothing. Money that surfaces for a payment already recorded as failed raises an alert.
    """
    payment = session.execute(
        select(Payment).where(Payment.id == payment_id).with_for_update(of=Payment)
    ).scalar_one()
    now = Status(payment.status)
    if _quarantined(session, payment, sight.snapshot):
        return now
    then = status_shown(sight.snapshot, now)
    _alert_on_dispute(session, payment, sight.snapshot)
    if then is None or then is now:
        return now
    if not may_become(now, then):
        _alert_on_surfaced_money(session, payment, now, then, sight.snapshot)
        return now
    _take_step(session, payment, now, then, sight)
    return then


def status_shown(snapshot: GatewayPayment, now: Status) -> Status | None:
    """The status that a snapshot stands for, None where it tells nothing new."""
    match snapshot.status:
        case IntentStatus.NEEDS_ACTION:
            return Status.ACTION_NEEDED
        case IntentStatus.PROCESSING:
            return Status.AUTHORIZED
        case IntentStatus.CANCELED:
            return Status.CANCELED
        case IntentStatus.SUCCEEDED:
            entry = snapshot.balance_entry
            return Status.COMPLETED if entry and entry.available else Status.AUTHORIZED
        case IntentStatus.NEEDS_METHOD if snapshot.failure is not None:
            return (
                Status.RETURNED if now in {Status.AUTHORIZED, Status.COMPLETED} else Status.FAILED
            )
        case _:
            return None


def _quarantined(session: Session, payment: Payment, snapshot: GatewayPayment) -> bool:
    differs = [
        word
        for word, ours, theirs in (
            ("amount", payment.amount_cents, snapshot.amount_cents),
            ("currency", payment.currency, snapshot.currency),
            ("mode", config.current().live, snapshot.livemode),
        )
        if ours != theirs
    ]
    if differs:
        raise_alert(
            session,
            "quarantined",
            f"payment:{payment.public_id}",
            f"The processor shows another {' and '.join(differs)} for payment {payment.reference} "
            f"than we asked for ({Money(payment.amount_cents, payment.currency).plain()} "
            f"{payment.currency}). Nothing was booked.",
        )
    return bool(differs)


def _alert_on_surfaced_money(
    session: Session, payment: Payment, now: Status, then: Status, snapshot: GatewayPayment
) -> None:
    if now not in {Status.FAILED, Status.CANCELED}:
        return
    kept_cents = snapshot.amount_cents - snapshot.refunded_cents
    if then in {Status.AUTHORIZED, Status.COMPLETED} and kept_cents > 0:
        raise_alert(
            session,
            "money_surfaced",
            f"payment:{payment.public_id}",
            f"Payment {payment.reference} was recorded as {now}, and the processor now says "
            "that it was paid. Refund it there, or ask for help.",
        )


def _alert_on_dispute(session: Session, payment: Payment, snapshot: GatewayPayment) -> None:
    if snapshot.disputed:
        raise_alert(
            session,
            "disputed",
            f"payment:{payment.public_id}",
            f"The payer's bank disputes payment {payment.reference}. Answer it at the processor.",
        )


def _take_step(
    session: Session, payment: Payment, was: Status, became: Status, sight: Sight
) -> None:
    snapshot = sight.snapshot
    values: dict[str, object] = {"status": became}
    if became in {Status.AUTHORIZED, Status.COMPLETED}:
        zone = session.scalar(select(Firm.timezone)) or "UTC"
        values["expected_on"] = completion_day(
            payment.method, payment.made_at, snapshot.balance_entry, zone
        )
    if became is Status.COMPLETED:
        values["completed_at"] = clock.now()
    if snapshot.balance_entry is not None:
        values["fee_cents"] = snapshot.balance_entry.fee_cents
    if snapshot.failure is not None:
        values["failure_code"] = snapshot.failure.code
        values["network_code"] = snapshot.failure.network_code or None
    if became is Status.ACTION_NEEDED:
        values["verify_url"] = snapshot.verify_url or None
    record_step(session, payment, was, became, sight.told_by, values)
    _book(session, payment, was, became, snapshot)
    _owe_work(session, payment, became, snapshot)
    notices.owe_for_step(session, payment, was, became)


def record_step(
    session: Session,
    payment: Payment,
    was: Status | None,
    became: Status,
    told_by: str,
    values: dict[str, object],
) -> None:
    """Move the row along one edge and write the step down; the row must still be where it was."""
    moved = session.execute(
        update(Payment).where(Payment.id == payment.id, Payment.status == was).values(**values)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise RuntimeError(f"payment {payment.public_id} moved while its row was locked")
    session.execute(
        insert(PaymentStep).values(
            payment_id=payment.id, was=was, became=became, at=clock.now(), told_by=told_by
        )
    )
    audit.record(
        session, told_by, f"payment.{became}", f"payment:{payment.public_id}", was=str(was)
    )
    session.refresh(payment)


def _book(
    session: Session, payment: Payment, was: Status, became: Status, snapshot: GatewayPayment
) -> None:
    if became in {Status.AUTHORIZED, Status.COMPLETED} and was is not Status.AUTHORIZED:
        postings.authorized(session, payment)
    if became is Status.COMPLETED and snapshot.balance_entry is not None:
        postings.completed(session, payment, snapshot.balance_entry)
        _watch_trust_fee(session, payment, snapshot.balance_entry.fee_cents)
    if became is Status.RETURNED and was is Status.COMPLETED:
        postings.returned(session, payment)
    elif was is Status.AUTHORIZED and became in {Status.RETURNED, Status.FAILED}:
        postings.called_off(session, payment)


def _watch_trust_fee(session: Session, payment: Payment, fee_cents: int) -> None:
    if payment.bank_account.kind != AccountKind.TRUST or fee_cents == 0:
        return
    fee = Money(fee_cents, payment.currency).plain()
    raise_alert(
        session,
        "fee_on_trust",
        f"payment:{payment.public_id}",
        f"The processor took {fee} {payment.currency} from trust for payment {payment.reference}. "
        f"Replenish trust: move {fee} from operating into {payment.bank_account.name}.",
    )


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
