"""From a review to a payment."""

from dataclasses import dataclass

from sqlalchemy import select

from payments.checkout.state import Reviewed
from payments.checkout.target import PayTarget, What
from payments.gateway.results import Consent, MethodKind
from payments.transactions.actions import Outcome, carry_out, outcome
from payments.transactions.attempts import Attempt, record_attempt
from payments.transactions.charging import carry_out_stored
from payments.transactions.models import Payment
from payments.transactions.reserving import OnDocument, Part
from portal.core import db


@dataclass(frozen=True, slots=True)
class Submission:
    """One press of **Submit payment**: what was reviewed, and who pressed from where.

    `store`: the box was ticked by which the firm may keep the method (FEATURES P5).
    `stored_method_id`: the signed-in client pays by a method that was kept before (P8).
    """

    reviewed: Reviewed
    target: PayTarget
    language: str
    ip_address: str
    user_agent: str
    return_url: str
    store: bool = False
    stored_method_id: int | None = None


def submit(submission: Submission) -> Outcome:
    """Make the payment that was reviewed, once however often it is pressed (FEATURES M9).

    Raises `NotPayable` where its bill or trust request cannot be paid as reviewed, `NotChargeable`
    where the stored method cannot be charged any more; nothing is recorded then.
    """
    reviewed, details = submission.reviewed, submission.reviewed.details
    of_account = submission.target.what is What.ACCOUNT
    payment_id, new = record_attempt(
        Attempt(
            nonce=reviewed.nonce,
            bank_account_id=submission.target.account_id,
            account_link_id=submission.target.link_id if of_account else None,
            amount_cents=details.amount_cents,
            currency=submission.target.currency,
            method=details.method,
            method_label=reviewed.method_label,
            payer_name=details.name,
            payer_email=details.email,
            paid_for=details.paid_for,
            payer_reference=details.reference,
            language=submission.language,
            mandate_text=reviewed.mandate_text or None,
            ip_address=submission.ip_address,
            user_agent=submission.user_agent,
            document=_on_document(submission),
            stored_method_id=submission.stored_method_id,
        )
    )
    if not new:
        return outcome(payment_id)
    if submission.stored_method_id is not None:
        return carry_out_stored(payment_id, present=True, return_url=submission.return_url)
    bank = details.method is MethodKind.BANK
    consent = Consent(submission.ip_address, submission.user_agent) if bank else None
    return carry_out(payment_id, reviewed.confirmation_token, consent, submission.return_url)


def _on_document(submission: Submission) -> OnDocument | None:
    target, reviewed = submission.target, submission.reviewed
    if target.document is None:
        return None
    trust = target.what is What.TRUST_REQUEST
    stored = submission.store and target.stores
    return OnDocument(
        link_id=target.link_id,
        client_id=target.document.client_id,
        parts=tuple(
            Part(None if trust else one, one if trust else None, cents, version)
            for one, cents, version in reviewed.shares
        ),
        third_party=reviewed.details.third_party,
        store_text=(reviewed.store_text or None) if stored else None,
    )


def submitted_before(reviewed: Reviewed) -> Outcome | None:
    """What came of this review if it was submitted before, however long ago (FEATURES M9)."""
    with db.read() as session:
        payment_id = session.scalar(select(Payment.id).where(Payment.nonce == reviewed.nonce))
    return None if payment_id is None else outcome(payment_id)
