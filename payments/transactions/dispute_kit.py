"""The dispute kit: what the firm could tell a bank about a payment, gathered from the books (M7).

A lawyer keeps a client's matters secret, also from the payer's bank. So what is gathered is
redacted: it tells of the payment and of the emails about it, and names no matter, no bill, no
document, nobody but the payer. Somebody at the firm may write more into each field, knowingly.
Fields are the processor's (https://docs.stripe.com/api/disputes/object#dispute_object-evidence).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.methods.models import StoredMethod
from payments.transactions.disputed import Dispute
from payments.transactions.models import Payment, PaymentStep
from payments.transactions.queries import by_id, steps
from payments.transactions.refunded import Refund, RefundState
from payments.transactions.states import Status
from portal.firm.models import Firm
from portal.outbox.models import Delivery, DeliveryState, Notice
from portal.outbox.registry import EMAILS, same_address

FIELD_CHARS_MAX = 20_000
"""Of one field (the processor's limit is 150,000 in all)."""

NAME, EMAIL, ADDRESS = "customer_name", "customer_email_address", "customer_purchase_ip"
PRODUCT, LOG, WORDS = "product_description", "access_activity_log", "uncategorized_text"
REFUSAL = "refund_refusal_explanation"
TEXT_FIELDS = (NAME, EMAIL, ADDRESS, PRODUCT, WORDS, LOG, REFUSAL)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the kit: its label, what it is for, and whether it takes several lines."""

    name: str
    label: str
    hint: str
    long: bool = False


def fields() -> list[Field]:
    """The fields of words, in the order of the page."""
    return [
        Field(NAME, _("Payer's name"), _("As typed when the payment was made.")),
        Field(EMAIL, _("Payer's email"), _("Where the emails about the payment went.")),
        Field(
            ADDRESS,
            _("Payer's network address"),
            _("From where the payment was approved, where that was kept."),
        ),
        Field(PRODUCT, _("What was paid for"), _("Say no more than the bank needs."), long=True),
        Field(
            WORDS,
            _("Receipt, approval and emails"),
            _("What the payer was shown, agreed to and got."),
            long=True,
        ),
        Field(LOG, _("What happened to the payment"), _("The payment's own log."), long=True),
        Field(
            REFUSAL,
            _("Why the firm does not refund it"),
            _("Nothing is gathered here. Write it without naming what the matter is about."),
            long=True,
        ),
    ]


def shown(session: Session, dispute: Dispute) -> dict[str, str]:
    """What stands in each field: what somebody wrote or released, else what is gathered now."""
    kept = {name: str(text) for name, text in dispute.kit.items() if name in TEXT_FIELDS}
    if kept.keys() == set(TEXT_FIELDS):
        return kept
    return {**gathered(session, by_id(session, dispute.payment_id)), **kept}


def evidence(dispute: Dispute, file_ids: Mapping[str, str]) -> dict[str, str]:
    """What is sent: the words as they were released, and the processor's ids of the files."""
    words = {name: str(dispute.kit.get(name, "")).strip() for name in TEXT_FIELDS}
    return {name: text for name, text in words.items() if text} | dict(file_ids)


def gathered(session: Session, payment: Payment) -> dict[str, str]:
    """Each field from the books, in English, redacted. Times are UTC, as a bank may be anywhere."""
    firm = session.scalars(select(Firm)).one()
    method = _method(session, payment)
    return {
        NAME: payment.payer_name,
        EMAIL: payment.payer_email,
        ADDRESS: payment.mandate_ip or (method.consent_ip if method else ""),
        PRODUCT: f"Legal services of {firm.legal_name}. What they were about is confidential "
        "between lawyer and client.",
        WORDS: "\n\n".join(
            part
            for part in (
                _receipt(payment, firm),
                _approval(payment, method),
                _emails(session, payment),
                _given_back(session, payment),
            )
            if part
        ),
        LOG: _log(steps(session, payment)),
        REFUSAL: "",
    }


def _method(session: Session, payment: Payment) -> StoredMethod | None:
    if payment.charged_by is None or payment.stored_method_id is None:
        return None
    return session.get(StoredMethod, payment.stored_method_id)


def _receipt(payment: Payment, firm: Firm) -> str:
    lines = [
        "RECEIPT",
        f"Paid to: {firm.legal_name}",
        f"Reference: {payment.reference}",
        f"Amount: {payment.amount.plain()} {payment.currency}",
        f"Payer: {payment.payer_name}, {payment.payer_email}",
        f"Method: {payment.method_label}",
        f"Submitted: {_at(payment.made_at)}",
    ]
    if payment.completed_at is not None:
        lines.append(f"Completed: {_at(payment.completed_at)}")
    return "\n".join(lines)


def _approval(payment: Payment, method: StoredMethod | None) -> str:
    """What the payer agreed to, when, and from where: this payment, or the storing of the method
    by which it was charged. Nothing of one that these books had lost: nobody knows."""
    if payment.is_found:
        return ""
    if method is not None:
        text, at, ip, agent = (
            method.consent_text,
            method.stored_at,
            method.consent_ip,
            method.consent_agent,
        )
    else:
        text = payment.mandate_text or payment.store_text or ""
        at, ip, agent = payment.made_at, payment.mandate_ip, payment.mandate_agent
    if not text:
        return (
            "APPROVAL\nThe payer reviewed the amount and the payee and pressed "
            f'"Submit payment" on {_at(payment.made_at)}.'
        )
    where = f" from {ip}" if ip else ""
    by = f" ({agent})" if agent else ""
    return f'APPROVAL\nOn {_at(at)}{where}{by} the payer agreed to:\n"{text}"'


def _emails(session: Session, payment: Payment) -> str:
    """The emails to the payer about this payment. Their subjects name no matter (FEATURES M13)."""
    refunds = select(Refund.public_id).where(Refund.payment_id == payment.id)
    about = [f"payment:{payment.public_id}", *(f"refund:{one}" for one in session.scalars(refunds))]
    kinds = [kind for kind in EMAILS if kind.endswith(("-payer", "-client"))]
    sent = session.scalars(
        select(Delivery)
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(Notice.once.in_([f"{one}:{kind}" for one in about for kind in kinds]))
        .order_by(Delivery.id)
    )
    payer = same_address(payment.payer_email)
    to_payer = [one for one in sent if same_address(one.address) == payer]
    if not to_payer:
        return ""
    return "\n".join([f"EMAILS TO THE PAYER ({payment.payer_email})", *map(_email, to_payer)])


def _email(delivery: Delivery) -> str:
    if delivery.state == DeliveryState.SENT:
        told = "accepted by the payer's mail server"
    else:
        told = f"not delivered: {delivery.state}"
    return f'{_at(delivery.sent_at or delivery.owed_at)}: "{delivery.subject}", {told}'


def _given_back(session: Session, payment: Payment) -> str:
    refunds = session.scalars(
        select(Refund)
        .where(Refund.payment_id == payment.id, Refund.state == RefundState.SUCCEEDED)
        .order_by(Refund.id)
    ).all()
    if not refunds:
        return ""
    lines = [f"{_at(one.made_at)}: {one.amount.plain()} {one.currency}" for one in refunds]
    return "\n".join(["REFUNDED TO THE PAYER", *lines])


def _log(life: Sequence[PaymentStep]) -> str:
    return "\n".join(f"{_at(step.at)}: {_became(step)}" for step in life)


def _became(step: PaymentStep) -> str:
    return {
        Status.PENDING: "the payment was submitted",
        Status.ACTION_NEEDED: "the payer's bank asked the payer to approve it",
        Status.AUTHORIZED: "the payer's bank accepted it",
        Status.COMPLETED: "the money arrived",
        Status.FAILED: "it did not go through",
        Status.CANCELED: "it was called off",
        Status.RETURNED: "the payer's bank took the money back",
    }[Status(step.became)]


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
