"""What a payment's payer and the firm are told of a refund, one function for each email (M6).

Payers' emails are discreet: no matter and no client, who may be somebody else (FEATURES M12, M13).
"""

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from payments.transactions import queries
from payments.transactions.emails import STREAM
from payments.transactions.refunded import Refund
from payments.transactions.refunds import why
from payments.transactions.withdrawn import WithdrawalPart
from portal.core import config
from portal.outbox.registry import Email, Recipient, email


@email("refund-made-firm", stream=STREAM)
def refund_made_firm(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the firm: some of a payment is given back (FEATURES M6, N4)."""
    return Email("refund-made-firm", _for_firm(session, args))


@email("refund-made-payer", stream=STREAM)
def refund_made_payer(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the payer: what they get back, how, and when they should see it (FEATURES M6)."""
    return Email("refund-made-payer", _context(session, args))


@email("refund-failed-firm", stream=STREAM)
def refund_failed_firm(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the firm: a refund did not reach its payer, and why; the money is here (FEATURES M6)."""
    return Email("refund-failed-firm", _for_firm(session, args))


@email("refund-failed-payer", stream=STREAM)
def refund_failed_payer(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the payer who was told of a refund: it did not arrive, and the firm still has it (M6)."""
    return Email("refund-failed-payer", _context(session, args))


def _for_firm(session: Session, args: dict[str, Any]) -> dict[str, Any]:
    """Emails to the firm are made for nobody in particular: of a payment for a restricted matter
    they say neither what it was for nor why it is given back (FEATURES N8, decision 0007)."""
    context = _context(session, args)
    payment, refund = context["payment"], context["refund"]
    restricted = bool(queries.restricted(session, [payment.id]))
    return {
        **context,
        "paid_for": "" if restricted else payment.paid_for,
        "payer_reference": "" if restricted else payment.payer_reference,
        "reason": "" if restricted else refund.reason,
        "off_bills": _took_off_bills(session, refund),
    }


def _took_off_bills(session: Session, refund: Refund) -> bool:
    parts = exists().where(WithdrawalPart.withdrawal_id == refund.withdrawal_id)
    return bool(session.scalar(select(parts)))


def _context(session: Session, args: dict[str, Any]) -> dict[str, Any]:
    refund = session.get_one(Refund, args["refund_id"])
    payment, base_url = queries.by_id(session, refund.payment_id), config.current().base_url
    return {
        "refund": refund,
        "payment": payment,
        "whole": refund.cents == payment.amount_cents,
        "why": why,
        "status_url": f"{base_url}/payments/{payment.status_token}",
        "staff_url": f"{base_url}/staff/online-payments/transactions/{payment.public_id}",
    }
