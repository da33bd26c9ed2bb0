"""The emails of bills and trust requests, and who is still to be told when one goes out."""

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from payments.accounts.settings import online_payments
from payments.billing.handed_out import Channel, DocumentLink, Sending
from payments.billing.handing_out import document_url, find_standing
from payments.billing.letters import Told, letter
from payments.billing.models import Bill, BillStatus
from payments.billing.payables import Payable, left_cents, named, opened_by
from payments.billing.pdf import bill_pdf, trust_request_pdf
from portal.clients.models import ContactEmail
from portal.firm.brand import brand
from portal.outbox.registry import Attachment, Email, Recipient, audience, email, same_address

AUDIENCE = "billing.asked-to-pay"
STREAM = "bills"
TEMPLATE = "document-client"
PDF = "application/pdf"


def notice_kind(payable: Payable, *, reminds: bool) -> str:
    """Which email a sending owes."""
    if isinstance(payable, Bill):
        return "bill-reminder-client" if reminds else "bill-sent-client"
    return "trust-request-reminder-client" if reminds else "trust-request-sent-client"


@audience(AUDIENCE)
def still_asked(session: Session, args: dict[str, Any]) -> list[Recipient]:
    """Whom a link was made for, while there is anything left to ask of them.

    Asked again right before the email goes out: one about a bill that was paid, voided or wholly
    reserved meanwhile is withdrawn (FEATURES D8), and so is one to an address that the client no
    longer has.
    """
    link = session.get_one(DocumentLink, args["link_id"])
    payable = opened_by(session, link)
    asks = payable.status == BillStatus.AWAITING_PAYMENT and left_cents(payable) > 0
    theirs = session.scalar(
        select(
            exists().where(
                ContactEmail.contact_id == payable.client_id,
                ContactEmail.address_key == same_address(link.address),
            )
        )
    )
    return [Recipient(link.name, link.address, link.language)] if asks and theirs else []


@email("bill-sent-client", stream=STREAM)
def bill_sent(session: Session, args: dict[str, Any], recipient: Recipient) -> Email:
    """A bill: what is due, when, where it is paid, and the PDF (FEATURES P1)."""
    return _email(session, args, recipient)


@email("bill-reminder-client", stream=STREAM)
def bill_reminder(session: Session, args: dict[str, Any], recipient: Recipient) -> Email:
    """That a bill is still to be paid, always with the link (FEATURES D8)."""
    return _email(session, args, recipient)


@email("trust-request-sent-client", stream=STREAM)
def trust_request_sent(session: Session, args: dict[str, Any], recipient: Recipient) -> Email:
    """A trust request: that the money is held for the client, and the PDF (FEATURES D2, P1)."""
    return _email(session, args, recipient)


@email("trust-request-reminder-client", stream=STREAM)
def trust_request_reminder(session: Session, args: dict[str, Any], recipient: Recipient) -> Email:
    """That a trust request is still to be paid (FEATURES D8)."""
    return _email(session, args, recipient)


def _email(session: Session, args: dict[str, Any], recipient: Recipient) -> Email:
    link = session.get_one(DocumentLink, args["link_id"])
    sending = session.get_one(Sending, link.sending_id)
    payable = opened_by(session, link)
    reminds = sending.kind == "reminder"
    today = brand(session).today
    told = Told(payable, reminds, sending.message, document_url(link))
    words = letter(session, told, language=recipient.language, today=today)
    return Email(TEMPLATE, {"letter": words}, (_attached(session, payable, recipient.language),))


def _attached(session: Session, payable: Payable, language: str) -> Attachment:
    # What is printed may lie on any desk: its code is handed out as one, and never stores (P5).
    code = find_standing(
        session,
        channel=Channel.CODE,
        bank_account_id=payable.bank_account_id,
        **named(payable),
    )
    online = online_payments(session).online
    pay_url = document_url(code) if online and code is not None else None
    if isinstance(payable, Bill):
        drawn = bill_pdf(session, payable, language=language, pay_url=pay_url)
        return Attachment(f"Bill-{payable.number}.pdf", PDF, drawn)
    drawn = trust_request_pdf(session, payable, language=language, pay_url=pay_url)
    return Attachment(f"Trust-request-{payable.number}.pdf", PDF, drawn)
