"""Recording that somebody wants to pay, before the processor hears of it (FEATURES M9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from payments.gateway.results import MethodKind
from payments.methods.standing import lock_chargeable
from payments.transactions.models import Origin, Payment, PaymentStep
from payments.transactions.observing import RESOLVE
from payments.transactions.reserving import OnDocument, reserve
from payments.transactions.states import Status
from portal.core import audit, clock, db, jobs
from portal.core.ids import public_id, reference
from portal.core.tokens import new_token

RESOLVE_AFTER = timedelta(minutes=2)
PAYER_KEY_CHARS_MAX = 120  # folded, a name can be longer than it was typed

# Statements are built once: building one costs several times what running it does.
_PAYMENTS = cast(Table, Payment.__table__)
_MAKE = insert(_PAYMENTS).returning(_PAYMENTS.c.id)
_STEP = insert(cast(Table, PaymentStep.__table__))


@dataclass(frozen=True, slots=True)
class Attempt:
    """Everything the payer said and approved, as reviewed. Amounts in cents.

    With a `stored_method_id` a stored method is charged, which `origin` says by whom; the firm
    says why (`charge_reason`, `charged_by`).
    """

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
    document: OnDocument | None = None
    stored_method_id: int | None = None
    origin: Origin = Origin.PAYER
    charge_reason: str = ""
    charged_by: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What a payment was called before these books lost it, and who told of it again."""

    public_id: str
    reference: str
    intent_id: str
    made_at: datetime
    told_by: str


def record_attempt(attempt: Attempt) -> tuple[int, bool]:
    """Commit the attempt before the processor hears of it; answers its id, and whether new.

    The same review submitted twice (two presses, two tabs, a retry) finds the first attempt. One on
    a bill or trust request reserves its amount there (FEATURES M9). Raises `NotPayable`, and
    commits nothing, where that cannot be paid any more; `NotChargeable` likewise where a stored
    method was deleted, has expired, or is not this client's for this account.
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
    if attempt.stored_method_id is not None and attempt.document is not None:
        lock_chargeable(
            session,
            attempt.stored_method_id,
            client_id=attempt.document.client_id,
            bank_account_id=attempt.bank_account_id,
        )
    name, made_at = public_id(), clock.now()
    payment_id = _write(session, _row(attempt, name, made_at), attempt.origin)
    if attempt.document is not None:
        reserve(session, payment_id, attempt.document.parts)
    by = attempt.charged_by or "payer"
    audit.record(session, by, "payment.attempted", f"payment:{name}", **_charged(attempt))
    resolve_at(session, payment_id, made_at + RESOLVE_AFTER)
    return payment_id


def enter(session: Session, attempt: Attempt, known: Known) -> int:
    """Enter an attempt that was made here before, and that only the processor knows any more;
    answers its row. Raises IntegrityError where it is here."""
    names = {"reference": known.reference, "intent_id": known.intent_id}
    row = _row(attempt, known.public_id, known.made_at) | names
    payment_id = _write(session, row, known.told_by)
    audit.record(session, known.told_by, "payment.found", f"payment:{known.public_id}")
    resolve_at(session, payment_id, clock.now() + RESOLVE_AFTER)
    return payment_id


def _write(session: Session, row: dict[str, object], told_by: str) -> int:
    connection = db.writing(session)
    payment_id = connection.execute(_MAKE, row).scalar_one()
    step = {
        "payment_id": payment_id,
        "was": None,
        "became": Status.PENDING,
        "at": row["made_at"],
        "told_by": told_by,
    }
    connection.execute(_STEP, step)
    return payment_id


def _charged(attempt: Attempt) -> dict[str, str]:
    return {"reason": attempt.charge_reason} if attempt.charge_reason else {}


def _row(attempt: Attempt, name: str, made_at: datetime) -> dict[str, object]:
    bank, on = attempt.method is MethodKind.BANK, attempt.document
    agreed = bank or (on is not None and on.store_text is not None)
    return {
        "public_id": name,
        "reference": reference(),
        "status_token": new_token(),
        "nonce": attempt.nonce,
        "bank_account_id": attempt.bank_account_id,
        "account_link_id": attempt.account_link_id,
        "document_link_id": on.link_id if on else None,
        "client_id": on.client_id if on else None,
        "third_party": on.third_party if on else False,
        "store_text": on.store_text if on else None,
        "amount_cents": attempt.amount_cents,
        "currency": attempt.currency,
        "method": attempt.method,
        "method_label": attempt.method_label,
        "status": Status.PENDING,
        "payer_name": attempt.payer_name,
        "payer_name_key": attempt.payer_name.casefold()[:PAYER_KEY_CHARS_MAX],
        "payer_email": attempt.payer_email,
        "paid_for": attempt.paid_for,
        "payer_reference": attempt.payer_reference,
        "language": attempt.language,
        "mandate_text": attempt.mandate_text if bank else None,
        "mandate_ip": attempt.ip_address if agreed else None,
        "mandate_agent": attempt.user_agent[:300] if agreed else None,
        "stored_method_id": attempt.stored_method_id,
        "origin": attempt.origin,
        "charge_reason": attempt.charge_reason,
        "charged_by": attempt.charged_by,
        "made_at": made_at,
    }


def owe_resolving(payment_id: int) -> None:
    """Have the resolving job look at an unanswered payment now, also where it was given up."""
    with db.transaction() as session:
        resolve_at(session, payment_id, clock.now())


def resolve_at(session: Session, payment_id: int, due_at: datetime) -> None:
    """Have the resolving job look at an unanswered payment from then on."""
    key = f"{RESOLVE}:{payment_id}"
    jobs.enqueue(session, RESOLVE, due_at=due_at, unique_key=key, payment_id=payment_id)
