"""Making a payment, and finding out what became of one.

A payment is three short transactions with the processor between them: the attempt is committed,
the intent is made and its id committed, it is confirmed, the outcome is recorded. Wherever the
process dies, the row tells where to look, and the resolving job looks.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from payments.gateway.current import gateway
from payments.gateway.errors import Declined, InvalidRequest, NotFound, Unavailable
from payments.gateway.results import (
    Consent,
    MethodKind,
    NewPayment,
    ProcessorAccount,
)
from payments.methods import actions as methods
from payments.transactions import found, notices, reserving
from payments.transactions.afterwards import owe_following
from payments.transactions.attempts import resolve_at
from payments.transactions.models import Payment
from payments.transactions.observing import Sight, observe, owe_closing, record_step
from payments.transactions.states import UNANSWERED, Status
from portal.core import clock, db

RESOLVE_SOON = timedelta(seconds=5)

# Statements are built once: building one costs several times what running it does.
_PAYMENTS = cast(Table, Payment.__table__)
_KEEP_INTENT = update(_PAYMENTS).where(
    _PAYMENTS.c.id == bindparam("payment"), _PAYMENTS.c.status == Status.PENDING
)
_OUTCOME = select(
    _PAYMENTS.c.status_token, _PAYMENTS.c.status, _PAYMENTS.c.failure_code, _PAYMENTS.c.verify_url
).where(_PAYMENTS.c.id == bindparam("payment"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the payer is told. `client_secret` is for the processor's script while it must act."""

    payment_id: int
    status_token: str
    status: Status
    failure_code: str = ""
    client_secret: str = ""
    verify_url: str = ""


def carry_out(
    payment_id: int, confirmation_token: str, consent: Consent | None, return_url: str
) -> Outcome:
    """Make the intent, commit its id, confirm it, record the outcome.

    A decline is recorded and answered, not raised. Where the processor's answer was lost the
    payment stays Pending ("we are checking") and the resolving job finds out within minutes.
    """
    with db.read() as session:
        payment = session.get_one(Payment, payment_id)
    account = ProcessorAccount(payment.bank_account.processor_account)
    try:
        made = gateway().create_payment(account, new_payment(payment, _customer(payment)))
        if not keep_intent(payment_id, made.intent_id):
            return outcome(payment_id)
        shown = gateway().confirm_payment(
            account,
            made.intent_id,
            payment_id=payment.public_id,
            confirmation_token=confirmation_token,
            consent=consent,
            return_url=return_url,
            store=payment.store_text is not None,
        )
    except Declined as declined:
        return end_unpaid(payment_id, Status.FAILED, declined.code)
    except (InvalidRequest, NotFound):
        return end_unpaid(payment_id, Status.FAILED, "processing_error")
    except Unavailable as unavailable:
        return unanswered(payment_id, unavailable)
    with db.transaction() as session:
        observe(session, payment_id, Sight(shown, "payer"))
    return outcome(payment_id, shown.client_secret)


def _customer(payment: Payment) -> str:
    """Whom the processor keeps the method for, where the payer has ticked the store box (P5)."""
    if payment.client_id is None or payment.store_text is None:
        return ""
    return methods.customer_of(payment.client_id, payment.bank_account)


def new_payment(payment: Payment, customer_id: str) -> NewPayment:
    """What the processor is told of a payment: neither for whom nor for what (FEATURES M13)."""
    return NewPayment(
        payment_id=payment.public_id,
        amount_cents=payment.amount_cents,
        currency=payment.currency,
        methods=(MethodKind(payment.method),),
        description=f"Payment {payment.reference}",
        statement_suffix=payment.bank_account.statement_suffix,
        customer_id=customer_id,
        marks=found.marks(payment),
    )


def keep_intent(payment_id: int, intent_id: str) -> bool:
    """Commit the intent's id; false where the attempt was called off meanwhile."""
    with db.transaction() as session:
        kept = {"payment": payment_id, "intent_id": intent_id}
        return db.writing(session).execute(_KEEP_INTENT, kept).rowcount == 1


def end_unmade(payment_id: int, told_by: str = "job") -> bool:
    """Call an attempt off that never came to an intent; false where it has come to one after all.

    Asked under the row's lock: an intent kept since the caller looked may be charged this moment.
    """
    with db.transaction() as session:
        payment = _locked(session, payment_id)
        if payment.intent_id is not None:
            return False
        _end(session, payment, Status.CANCELED, "abandoned", told_by)
    return True


def end_unpaid(payment_id: int, status: Status, code: str) -> Outcome:
    """Record that the processor took nothing, and free what was reserved."""
    with db.transaction() as session:
        _end(session, _locked(session, payment_id), status, code, told_by="payer")
    return outcome(payment_id)


def _end(session: Session, payment: Payment, status: Status, code: str, told_by: str) -> None:
    was = Status(payment.status)
    if was in UNANSWERED:
        ended: dict[str, object] = {"status": status, "failure_code": code}
        record_step(session, payment, was, status, told_by, ended)
        reserving.release(session, payment)
        owe_closing(session, payment)
        notices.owe_for_step(session, payment, was, status)
        owe_following(session, payment, status)


def unanswered(payment_id: int, unavailable: Unavailable) -> Outcome:
    """Record that the processor could not be asked, or have the resolving job find out soon."""
    if not unavailable.outcome_unknown:
        return end_unpaid(payment_id, Status.FAILED, "processor_unavailable")
    with db.transaction() as session:
        resolve_at(session, payment_id, clock.now() + RESOLVE_SOON)
    return outcome(payment_id)


def _locked(session: Session, payment_id: int) -> Payment:
    return session.execute(
        select(Payment).where(Payment.id == payment_id).with_for_update(of=Payment)
    ).scalar_one()


def outcome(payment_id: int, client_secret: str = "") -> Outcome:
    """Where the payment stands now, as its payer is told."""
    with db.read() as session:
        found = session.execute(_OUTCOME, {"payment": payment_id}).one()
    return Outcome(
        payment_id,
        found.status_token,
        Status(found.status),
        found.failure_code or "",
        client_secret,
        found.verify_url or "",
    )
