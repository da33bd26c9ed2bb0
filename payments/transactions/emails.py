"""What a payment's payer and the firm are told, one function for each email.

Payers' emails are discreet: no matter, no amount and no name in what a mail program shows before
the email is opened (FEATURES M13). Texts and figures are formatted in the reader's language by the
templates, since only there is it in force.
"""

from typing import Any

from sqlalchemy.orm import Session

from payments.billing.handing_out import document_url
from payments.links.queries import pay_url
from payments.transactions import queries
from payments.transactions.failures import words
from portal.core import config
from portal.outbox.registry import Email, Recipient, email

STREAM = "payments"


@email("payment-made-firm", stream=STREAM)
def payment_made_firm(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the firm: a payment was submitted (FEATURES N1, L11)."""
    return Email("payment-made-firm", _for_firm(session, args))


@email("payment-made-payer", stream=STREAM)
def payment_made_payer(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the payer: submitted, and when it should complete (FEATURES P6)."""
    return Email("payment-made-payer", _context(session, args))


@email("payment-completed-firm", stream=STREAM)
def payment_completed_firm(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the firm: the money is there, with **Link to a client or matter** (FEATURES N1, L11)."""
    return Email("payment-completed-firm", _for_firm(session, args))


@email("payment-completed-payer", stream=STREAM)
def payment_completed_payer(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the payer: complete, with what a receipt says (FEATURES P6)."""
    return Email("payment-completed-payer", _context(session, args))


@email("payment-returned-firm", stream=STREAM)
def payment_returned_firm(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the firm: the payer's bank took the money back (FEATURES M7)."""
    return Email("payment-returned-firm", _for_firm(session, args))


@email("payment-returned-payer", stream=STREAM)
def payment_returned_payer(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the payer: their bank took the money back, and why (FEATURES M7)."""
    return Email("payment-returned-payer", _context(session, args))


@email("payment-deposits-payer", stream=STREAM)
def payment_deposits_payer(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the payer: how to confirm the small test deposits (FEATURES P4)."""
    return Email("payment-deposits-payer", _context(session, args))


@email("payment-failed-payer", stream=STREAM)
def payment_failed_payer(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the payer: a payment that waited for them did not go through (FEATURES P7)."""
    return Email("payment-failed-payer", _context(session, args))


@email("charge-failed-firm", stream=STREAM)
def charge_failed_firm(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the firm: a stored method could not be charged, and why (FEATURES P8)."""
    return Email("charge-failed-firm", _for_firm(session, args))


@email("charge-failed-client", stream=STREAM)
def charge_failed_client(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the client: the firm tried to charge their stored method, nothing was taken, and where
    they can pay; some banks let a charge pass only with its owner there (FEATURES P8)."""
    return Email("charge-failed-client", _context(session, args))


def _for_firm(session: Session, args: dict[str, Any]) -> dict[str, Any]:
    """Emails to the firm are made for nobody in particular, so they name neither a restricted
    matter nor its bill, nor what the payer typed about it (FEATURES N8, docs/decisions/0007)."""
    context = _context(session, args)
    if queries.restricted(session, [args["payment_id"]]):
        return {**context, "paid_for": "", "payer_reference": ""}
    return context


def _context(session: Session, args: dict[str, Any]) -> dict[str, Any]:
    payment = queries.by_id(session, args["payment_id"])
    link, base_url = payment.account_link, config.current().base_url
    staff_url = f"{base_url}/staff/online-payments/transactions/{payment.public_id}"
    live = link is not None and link.retired_at is None
    paid_on = payment.document_link
    again = pay_url(link.token) if live and link else None
    return {
        "payment": payment,
        "status_url": f"{base_url}/payments/{payment.status_token}",
        "staff_url": staff_url,
        "link_url": f"{staff_url}/link",
        "retry_url": document_url(paid_on) if paid_on and not payment.third_party else again,
        "failure_words": words,
        "paid_for": payment.paid_for,
        "payer_reference": payment.payer_reference,
    }
