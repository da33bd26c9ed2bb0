"""From a review to a payment."""

from dataclasses import dataclass

from sqlalchemy import select

from payments.checkout.state import Reviewed
from payments.gateway.results import Consent, MethodKind
from payments.links.queries import LinkTarget
from payments.transactions.actions import Attempt, Outcome, carry_out, outcome, record_attempt
from payments.transactions.models import Payment
from portal.core import db


@dataclass(frozen=True, slots=True)
class Submission:
    """One press of **Submit payment**: what was reviewed, and who pressed from where."""

    reviewed: Reviewed
    link: LinkTarget
    language: str
    ip_address: str
    user_agent: str
    return_url: str


def submit(submission: Submission) -> Outcome:
    """Make the payment that was reviewed, once however often it is pressed (FEATURES M9)."""
    reviewed, details = submission.reviewed, submission.reviewed.details
    payment_id, new = record_attempt(
        Attempt(
            nonce=reviewed.nonce,
            bank_account_id=submission.link.account_id,
            account_link_id=submission.link.link_id,
            amount_cents=details.amount_cents,
            currency=submission.link.currency,
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
        )
    )
    if not new:
        return outcome(payment_id)
    bank = details.method is MethodKind.BANK
    consent = Consent(submission.ip_address, submission.user_agent) if bank else None
    return carry_out(payment_id, reviewed.confirmation_token, consent, submission.return_url)


def submitted_before(reviewed: Reviewed) -> Outcome | None:
    """What came of this review if it was submitted before, however long ago (FEATURES M9)."""
    with db.read() as session:
        payment_id = session.scalar(select(Payment.id).where(Payment.nonce == reviewed.nonce))
    return None if payment_id is None else outcome(payment_id)
