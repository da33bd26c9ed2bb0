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
from payments.gateway.results import GatewayPayment, MethodKind
from payments.methods.entering import method_label
from payments.transactions import alerts
from payments.transactions.attempts import Attempt, Known, enter
from payments.transactions.models import Payment
from payments.transactions.observing import Sight, observe
from portal.core import db
from portal.firm.keys import key_for
from portal.firm.models import Firm

MANDATE = "What the payer approved is kept by Stripe, with this payment."
_SEALED = ("payment_id", "reference", "paid_into")


def marks(payment: Payment) -> dict[str, str]:
    """What the processor keeps with a payment: its own names, the account's, and our seal."""
    told = {
        "payment_id": payment.public_id,
        "reference": payment.reference,
        "paid_into": payment.bank_account.public_id,
    }
    return {**told, "seal": _seal(told)}


def is_ours(marks: Mapping[str, str]) -> bool:
    """Whether we have sealed these ourselves, with the SECRET_KEY that holds now."""
    if not marks.keys() >= {*_SEALED, "seal"}:
        return False
    return hmac.compare_digest(_seal(marks).encode(), marks["seal"].encode())


def _seal(marks: Mapping[str, str]) -> str:
    told = "\n".join(marks[name] for name in _SEALED)
    return hmac.digest(key_for("payment-found"), told.encode(), "sha256").hex()


def take_in(snapshot: GatewayPayment, account: str, told_by: str) -> int | None:
    """Enter a payment that is ours and was found on this account (empty: the firm's own), as it is
    now, and tell the staff; answers its row.

    None where it would not be known what it is: into which bank account, by which method, or to
    whom to write about it. Raises IntegrityError where another enters it in the same moment.
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
    if snapshot.method is None or not snapshot.payer_email:
        return None
    return Attempt(
        nonce=f"found:{snapshot.metadata['payment_id']}",
        bank_account_id=bank.id,
        account_link_id=None,
        amount_cents=snapshot.amount_cents,
        currency=snapshot.currency,
        method=snapshot.method.kind,
        method_label=method_label(snapshot.method),
        payer_name=snapshot.method.holder_name or snapshot.payer_email,
        payer_email=snapshot.payer_email,
        paid_for="",
        payer_reference="",
        language=session.scalars(select(Firm.locale)).one(),
        mandate_text=MANDATE if snapshot.method.kind is MethodKind.BANK else None,
        ip_address="",
        user_agent="",
    )
