"""What the firm is told of a dispute (FEATURES M7), to whom it chose for payments (FEATURES N4).

These emails are made for nobody in particular, so they name neither a restricted matter nor what
the payer typed about it (FEATURES N8).
"""

from typing import Any

from sqlalchemy.orm import Session

from payments.transactions import queries
from payments.transactions.dispute_answering import answerable
from payments.transactions.dispute_notices import UNANSWERED_AUDIENCE
from payments.transactions.dispute_telling import advice, meaning, reason
from payments.transactions.disputed import Dispute
from portal.core import config
from portal.notifications.queries import payment_recipients
from portal.outbox.registry import Email, Recipient, audience, email

STREAM = "payments"


@audience(UNANSWERED_AUDIENCE)
def those_to_remind(session: Session, args: dict[str, Any]) -> list[Recipient]:
    """Whom the firm chose for payments, while the dispute still waits for the answer that was asked
    for; then nobody is reminded. An inquiry that became a dispute has another day, and reminder."""
    dispute = session.get_one(Dispute, args["dispute_id"])
    waits = dispute.state == args["asked"] and answerable(dispute)
    return payment_recipients(session, args) if waits else []


@email("dispute-opened-firm", stream=STREAM)
def dispute_opened_firm(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the firm: the payer's bank disputes a payment, or asks about it, and until when it may be
    answered."""
    return Email("dispute-opened-firm", _context(session, args))


@email("dispute-due-firm", stream=STREAM)
def dispute_due_firm(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the firm, two days before: nobody has answered the dispute yet."""
    return Email("dispute-due-firm", _context(session, args))


@email("dispute-ended-firm", stream=STREAM)
def dispute_ended_firm(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the firm: won, lost or closed, and what that means for the money."""
    return Email("dispute-ended-firm", _context(session, args))


def _context(session: Session, args: dict[str, Any]) -> dict[str, Any]:
    dispute = session.get_one(Dispute, args["dispute_id"])
    payment = queries.by_id(session, dispute.payment_id)
    secret = payment.id in queries.restricted(session, [payment.id])
    pages = f"{config.current().base_url}/staff/online-payments"
    return {
        "dispute": dispute,
        "payment": payment,
        "dispute_url": f"{pages}/disputes/{dispute.public_id}",
        "reason_words": reason,
        "advice_words": advice,
        "meaning_words": meaning,
        "paid_for": "" if secret else payment.paid_for,
        "payer_reference": "" if secret else payment.payer_reference,
    }
