"""Payments of this firm that the processor knows and these books do not (FEATURES X8, M11).

They were begun after the backup that the books were put back from. What the processor keeps with
each payment tells whose it is, and is sealed, so that no other program's payment passes for ours
(docs/decisions/0020). It names neither client nor matter (FEATURES M13): so such a payment is
booked, and linked to nobody.
"""

import hmac
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from payments.gateway.results import UNCONFIRMED, GatewayPayment, IntentStatus, MethodKind
from payments.methods.entering import method_label
from payments.transactions import alerts
from payments.transactions.attempts import Attempt, Known, enter
from payments.transactions.models import FOUND, Payment
from payments.transactions.observing import Sight, observe
from portal.core import db
from portal.core.errors import Invalid
from portal.firm.addresses import checked_email
from portal.firm.keys import key_for
from portal.firm.models import Firm

NAME_CHARS_MAX = 120
_UNPAID = UNCONFIRMED | {IntentStatus.CANCELED, IntentStatus.NEEDS_ACTION}


def marks(payment: Payment) -> dict[str, str]:
    """What the processor keeps with a payment: its own names, the account's, and our seal."""
    told = {
        "payment_id": payment.public_id,
        "reference": payment.reference,
        "paid_into": payment.bank_account.public_id,
    }
    return {**told, "seal": _seal(told, payment.amount_cents, payment.currency)}


def is_ours(snapshot: GatewayPayment) -> bool:
    """Whether we have asked for this payment, of this amount, with the SECRET_KEY that holds."""
    kept = snapshot.metadata
    if not kept.keys() >= {"payment_id", "reference", "paid_into", "seal"}:
        return False
    expected = _seal(kept, snapshot.amount_cents, snapshot.currency)
    return hmac.compare_digest(expected.encode(), kept["seal"].encode())


def _seal(kept: Mapping[str, str], cents: int, currency: str) -> str:
    names = (kept["payment_id"], kept["reference"], kept["paid_into"])
    told = "\n".join((*names, str(cents), currency))
    return hmac.digest(key_for("payment-found"), told.encode(), "sha256").hex()


def tells_nothing(snapshot: GatewayPayment) -> bool:
    """Whether nothing was taken, and its payer was told so. What still waits for its payer tells of
    itself once it is paid; an eCheck that came back was told as submitted."""
    bank = snapshot.method is not None and snapshot.method.kind is MethodKind.BANK
    return snapshot.status in _UNPAID and not (bank and snapshot.failure is not None)


def take_in(snapshot: GatewayPayment, account: str, told_by: str) -> int | None:
    """Enter a payment that is ours and was found on this account (empty: the firm's own), as it is
    now, and tell the staff; answers its row.

    None where it would not be known what it is: into which bank account, by which method, or to
    whom to write about it. Raises IntegrityError where its names are here: another enters it in
    the same moment, or they were copied.
    """
    with db.transaction() as session:
        attempt = _attempt(session, snapshot, account)
        if attempt is None:
            return None
        made, reference = snapshot.created_at, snapshot.metadata["reference"]
        known = Known(snapshot.metadata["payment_id"], reference, snapshot.intent_id, made, told_by)
        payment_id = enter(session, attempt, known)
        observe(session, payment_id, Sight(snapshot, told_by))
        alerts.found(session, session.get_one(Payment, payment_id))
    return payment_id


def _attempt(session: Session, snapshot: GatewayPayment, account: str) -> Attempt | None:
    into = BankAccount.public_id == snapshot.metadata["paid_into"]
    bank = session.scalar(select(BankAccount).where(into))
    if bank is None or (bank.processor_account or "", bank.currency) != (
        account,
        snapshot.currency,
    ):
        return None
    if snapshot.method is None:
        return None
    try:
        email = checked_email(snapshot.payer_email)
    except Invalid:
        return None
    return Attempt(
        nonce=f"{FOUND}{snapshot.metadata['payment_id']}",
        bank_account_id=bank.id,
        account_link_id=None,
        amount_cents=snapshot.amount_cents,
        currency=snapshot.currency,
        method=snapshot.method.kind,
        method_label=method_label(snapshot.method),
        payer_name=(snapshot.method.holder_name or email)[:NAME_CHARS_MAX],
        payer_email=email,
        paid_for="",
        payer_reference="",
        language=session.scalars(select(Firm.locale)).one(),
        mandate_text="" if snapshot.method.kind is MethodKind.BANK else None,
        ip_address="",
        user_agent="",
    )
