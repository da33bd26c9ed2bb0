"""Making a payment, and finding out what became of one.

A payment is three short transactions with the processor between them: the attempt is committed,
the intent is made and its id committed, it is confirmed, the outcome is recorded. Wherever the
process dies, the row tells where to look, and the resolving job looks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from payments.gateway.current import gateway
from payments.gateway.errors import Declined, InvalidRequest, NotFound, Unavailable
from payments.gateway.results import (
    Consent,
    MethodKind,
    NewPayment,
    ProcessorAccount,
)
from payments.transactions import notices
from payments.transactions.models import Payment, PaymentStep
from payments.transactions.observing import RESOLVE, Sight, observe, owe_closing, record_step
from payments.transactions.states import UNANSWERED, Status
from portal.core import audit, clock, db, jobs
from portal.core.ids import public_id, reference
from portal.core.tokens import new_token

RESOLVE_AFTER = timedelta(minutes=2)
RESOLVE_SOON = timedelta(seconds=5)

# Statements are built once: building one costs several times what running it does.
_PAYMENTS = cast(Table, Payment.__table__)
_MAKE = insert(_PAYMENTS).returning(_PAYMENTS.c.id)
_STEP = insert(cast(Table, PaymentStep.__table__))
_KEEP_INTENT = update(_PAYMENTS).where(
    _PAYMENTS.c.id == bindparam("payment"), _PAYMENTS.c.status == Status.PENDING
)
_OUTCOME = select(
    _PAYMENTS.c.status_token, _PAYMENTS.c.status, _PAYMENTS.c.failure_code, _PAYMENTS.c.verify_url
).where(_PAYMENTS.c.id == bindparam("payment"))


@dataclass(frozen=True, slots=True)
class Attempt:
    """Everything the payer said and approved, as reviewed. Amounts in cents."""

    nonce: str
    bank_account_id: int
    account_link_id: int | None
    amount_cents: int
    currency: str
    method: MethodKind
    method_label: str
    payer_name: str
    payer_email: str
    paid_for: str
    payer_reference: str
    language: str
    mandate_text: str | None
    ip_address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the payer is told. `client_secret` is for the processor's script while it must act."""

    payment_id: int
    status_token: str
    status: Status
    failure_code: str = ""
    client_secret: str = ""
    verify_url: str = ""


def record_attempt(attempt: Attempt) -> tuple[int, bool]:
    """Commit the attempt before the processor hears of it; answers its id, and whether new.

    The same review submitted twice (two presses, two tabs, a retry) finds the first attempt.
    """
    try:
        with db.transaction() as session:
            payment_id = _insert(session, attempt)
    except IntegrityError:
        with db.read() as session:
            known = session.scalar(select(Payment.id).where(Payment.nonce == attempt.nonce))
        if known is None:
            raise
        return known, False
    return payment_id, True


def _insert(session: Session, attempt: Attempt) -> int:
    name = public_id()
    made_at = clock.now()
    connection = db.writing(session)
    payment_id = connection.execute(_MAKE, _row(attempt, name, made_at)).scalar_one()
    step = {
        "payment_id": payment_id,
        "was": None,
        "became": Status.PENDING,
        "at": made_at,
        "told_by": "payer",
    }
    connection.execute(_STEP, step)
    audit.record(session, "payer", "payment.attempted", f"payment:{name}")
    _resolve_at(session, payment_id, made_at + RESOLVE_AFTER)
    return payment_id


def _row(attempt: Attempt, name: str, made_at: datetime) -> dict[str, object]:
    bank = attempt.method is MethodKind.BANK
    return {
        "public_id": name,
        "reference": reference(),
        "status_token": new_token(),
        "nonce": attempt.nonce,
        "bank_account_id": attempt.bank_account_id,
        "account_link_id": attempt.account_link_id,
        "amount_cents": attempt.amount_cents,
        "currency": attempt.currency,
        "method": attempt.method,
        "method_label": attempt.method_label,
        "status": Status.PENDING,
        "payer_name": attempt.payer_name,
        "payer_name_key": attempt.payer_name.casefold(),
        "payer_email": attempt.payer_email,
        "paid_for": attempt.paid_for,
        "payer_reference": attempt.payer_reference,
        "language": attempt.language,
        "mandate_text": attempt.mandate_text if bank else None,
        "mandate_ip": attempt.ip_address if bank else None,
        "mandate_agent": attempt.user_agent[:300] if bank else None,
        "made_at": made_at,
    }


def owe_resolving(payment_id: int) -> None:
    """Have the resolving job look at an unanswered payment now, also where it was given up."""
    with db.transaction() as session:
        _resolve_at(session, payment_id, clock.now())


def _resolve_at(session: Session, payment_id: int, due_at: datetime) -> None:
    key = f"{RESOLVE}:{payment_id}"
    jobs.enqueue(session, RESOLVE, due_at=due_at, unique_key=key, payment_id=payment_id)


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
        made = gateway().create_payment(account, _new_payment(payment))
        if not _keep_intent(payment_id, made.intent_id):
            return outcome(payment_id)
        shown = gateway().confirm_payment(
            account,
            made.intent_id,
            payment_id=payment.public_id,
            confirmation_token=confirmation_token,
            consent=consent,
            return_url=return_url,
        )
    except Declined as declined:
        return _end_unpaid(payment_id, Status.FAILED, declined.code)
    except (InvalidRequest, NotFound):
        return _end_unpaid(payment_id, Status.FAILED, "processing_error")
    except Unavailable as unavailable:
        return _unanswered(payment_id, unavailable)
    with db.transaction() as session:
        observe(session, payment_id, Sight(shown, "payer"))
    return outcome(payment_id, shown.client_secret)


def _new_payment(payment: Payment) -> NewPayment:
    return NewPayment(
        payment_id=payment.public_id,
        amount_cents=payment.amount_cents,
        currency=payment.currency,
        methods=(MethodKind(payment.method),),
        # Neither the statement nor the processor is told for whom or what (FEATURES M13).
        description=f"Payment {payment.reference}",
        statement_suffix=payment.bank_account.statement_suffix,
    )


def _keep_intent(payment_id: int, intent_id: str) -> bool:
    """Commit the intent's id; false where the attempt was called off meanwhile."""
    with db.transaction() as session:
        kept = {"payment": payment_id, "intent_id": intent_id}
        return db.writing(session).execute(_KEEP_INTENT, kept).rowcount == 1


def end_unmade(payment_id: int) -> bool:
    """Call an attempt off that never came to an intent; false where it has come to one after all.

    Asked under the row's lock: an intent kept since the caller looked may be charged this moment.
    """
    with db.transaction() as session:
        payment = _locked(session, payment_id)
        if payment.intent_id is not None:
            return False
        _end(session, payment, Status.CANCELED, "abandoned", told_by="job")
    return True


def _end_unpaid(payment_id: int, status: Status, code: str) -> Outcome:
    with db.transaction() as session:
        _end(session, _locked(session, payment_id), status, code, told_by="payer")
    return outcome(payment_id)


def _end(session: Session, payment: Payment, status: Status, code: str, told_by: str) -> None:
    was = Status(payment.status)
    if was in UNANSWERED:
        ended: dict[str, object] = {"status": status, "failure_code": code}
        record_step(session, payment, was, status, told_by, ended)
        owe_closing(session, payment)
        notices.owe_for_step(session, payment, was, status)


def _unanswered(payment_id: int, unavailable: Unavailable) -> Outcome:
    if not unavailable.outcome_unknown:
        return _end_unpaid(payment_id, Status.FAILED, "processor_unavailable")
    with db.transaction() as session:
        _resolve_at(session, payment_id, clock.now() + RESOLVE_SOON)
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
