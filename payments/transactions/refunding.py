"""Refunds: asked for by staff, made at the processor, followed to their end (FEATURES M6).

As for a payment, the row is committed before the processor hears of it, and its public id is the
idempotency key and the name by which the refund is found there again: wherever the process dies,
it is made once (https://docs.stripe.com/api/refunds).
"""

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.gateway.current import gateway
from payments.gateway.errors import GatewayError, InvalidRequest, NotFound
from payments.gateway.results import GatewayRefund, NewRefund, ProcessorAccount
from payments.money.amounts import Money
from payments.receipts.actions import PlanChanged
from payments.receipts.queries import pays_closed
from payments.transactions import holdings, queries, withdrawing
from payments.transactions.disputed import DISPUTE_OPEN, Dispute, DisputeState
from payments.transactions.gone import give_up
from payments.transactions.models import Payment
from payments.transactions.refund_records import asked, record
from payments.transactions.refunded import Refund, RefundState
from payments.transactions.states import Status
from payments.transactions.withdrawing import Outlook
from payments.transactions.withdrawn import WithdrawalKind
from portal.clients.access import Closed
from portal.core import audit, clock, db, jobs
from portal.core.errors import Conflict, Invalid, Missing

SEND = "refunds.send"
REASON_CHARS_MAX = 500
ASK_AGAIN = timedelta(minutes=1)
# Stripe keeps idempotency keys for a day: afterwards a refund is looked for before it is made.
KEY_KEPT_FOR = timedelta(hours=20)


def ask(
    session: Session,
    payment_public_id: str,
    cents: int,
    reason: str,
    *,
    expected: str,
    by: str,
    closed: Closed,
) -> Refund:
    """Record a refund that staff ask for, and owe its making (`send`). Cents.

    `expected` is the fingerprint of the outlook that was shown. Raises `Missing` for a payment that
    is not there for whoever asks; `Conflict` for one that is not completed, is disputed, or pays
    what they do not see; `Invalid` beside `amount` for more than is left of it or than the client
    has available in trust, beside `reason` where none is given; `PlanChanged` where what the refund
    would do has changed since it was shown, as by another refund.
    """
    payment = _named(session, payment_public_id, closed)
    holdings.linked(session, payment)  # locked, so that nothing changes once it was looked at
    obstacle = why_not(session, payment, closed)
    if obstacle is not None:
        raise Conflict(obstacle)
    said = reason.strip()
    if not said or len(said) > REASON_CHARS_MAX:
        raise Invalid(_("Say why, in at most 500 characters. The books keep it."), "reason")
    outlook = withdrawing.outlook(session, payment, cents)
    _check_amount(outlook, payment.currency)
    if outlook.fingerprint != expected:
        raise PlanChanged(
            _("What this refund does has changed since it was shown. Look again, then confirm.")
        )
    withdrawal = withdrawing.take(session, payment, cents, WithdrawalKind.REFUND, by=by, hold=True)
    refund = asked(payment, withdrawal, cents, by=by, reason=said)
    session.add(refund)
    session.flush()
    jobs.enqueue(session, SEND, unique_key=f"{SEND}:{refund.id}", refund_id=refund.id)
    audit.record(session, by, "refund.asked", f"payment:{payment.public_id}", cents=cents, why=said)
    return refund


def why_not(session: Session, payment: Payment, closed: Closed) -> str | None:
    """Why nothing of this payment can be refunded now, in a sentence; None where it can."""
    if payment.status == Status.RETURNED:
        return _("The payer's bank took this payment back. There is nothing to refund.")
    if payment.status != Status.COMPLETED:
        return _("This payment is not completed. Only completed payments can be refunded.")
    disputed = select(Dispute.state).where(Dispute.payment_id == payment.id)
    states = set(session.scalars(disputed))
    # An inquiry has taken nothing, and a refund ends it.
    if states & (DISPUTE_OPEN - {DisputeState.INQUIRY}):
        return _("The payer's bank disputes this payment. Answer the dispute instead.")
    if DisputeState.LOST in states:
        return _("The dispute of this payment was lost. The payer has the money.")
    if payment.withdrawn_cents >= payment.amount_cents:
        return _("All of this payment was given back or taken back already.")
    if payment.receipt_id is not None and pays_closed(session, payment.receipt_id, closed):
        return _("This also paid bills that are not shown to you. Ask an administrator.")
    return None


def _named(session: Session, public_id: str, closed: Closed) -> Payment:
    found = queries.by_public_id(session, public_id, closed)
    if found is None:
        raise Missing(_("There is no such payment."))
    return _locked(session, found.id)


def _locked(session: Session, payment_id: int) -> Payment:
    return session.scalars(
        select(Payment)
        .where(Payment.id == payment_id)
        .with_for_update(of=Payment)
        .execution_options(populate_existing=True)
    ).one()


def _check_amount(outlook: Outlook, currency: str) -> None:
    if outlook.cents <= 0:
        raise Invalid(_("Enter an amount above zero."), "amount")
    if outlook.cents > outlook.left_cents:
        most = Money(outlook.left_cents, currency).plain()
        raise Invalid(_("Enter at most %(amount)s: so much is left of it.", amount=most), "amount")
    if outlook.cents > outlook.available_cents:
        most = Money(outlook.available_cents, currency).plain()
        raise Invalid(
            _(
                "Only %(amount)s of this client's trust money is available. Enter at most that.",
                amount=most,
            ),
            "amount",
        )


def send(refund_id: int) -> Refund:
    """Have the processor make a refund that was asked for; answers it as it stands then.

    Outside any transaction, and as often as one likes: it is made once. Where the processor could
    not be asked it stays Asked, and the job asks again. One that is refused has failed, and its
    money is where it was.
    """
    with db.read() as session:
        refund = session.get_one(Refund, refund_id)
        payment = session.get_one(Payment, refund.payment_id)
    if refund.state != RefundState.ASKED:
        return refund
    account = ProcessorAccount(payment.bank_account.processor_account)
    new = NewRefund(refund.public_id, payment.intent_id or "", refund.cents)
    try:
        shown = _made(account, refund, new)
    except GatewayError:
        return refund
    if shown is None:
        return _refused(refund)
    with db.transaction() as session:
        payment = _locked(session, payment.id)
        refund = _now(session, refund_id)
        record(session, payment, refund, shown)
    return refund


@jobs.handler(SEND)
def send_owed(refund_id: int) -> None:
    """Send a refund until the processor has answered."""
    if send(refund_id).state == RefundState.ASKED:
        raise jobs.Again(clock.now() + ASK_AGAIN)


def _made(account: ProcessorAccount, refund: Refund, new: NewRefund) -> GatewayRefund | None:
    """The refund, made now or by an earlier try; None where it is refused and none was made.

    An earlier try whose answer was lost may have made it, and this one be kept out, as by a key
    that was changed: without the processor's word no money is put back. Raises the gateway's errors
    where nobody can tell.
    """
    if clock.now() - refund.made_at >= KEY_KEPT_FOR and (made := _found(account, new)) is not None:
        return made
    try:
        return gateway().create_refund(account, new)
    except (InvalidRequest, NotFound):
        return _found(account, new)


def _found(account: ProcessorAccount, new: NewRefund) -> GatewayRefund | None:
    there = gateway().get_payment(account, new.intent_id).refunds
    return next((one for one in there if one.ours == new.name), None)


def _refused(refund: Refund) -> Refund:
    with db.transaction() as session:
        payment = _locked(session, refund.payment_id)
        refund = _now(session, refund.id)
        if refund.state == RefundState.ASKED and refund.refund_id is None:
            give_up(session, payment, refund, "refused")
    return refund


def _now(session: Session, refund_id: int) -> Refund:
    return session.get_one(Refund, refund_id, populate_existing=True, with_for_update=True)
