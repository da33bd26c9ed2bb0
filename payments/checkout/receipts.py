"""By what a bill or trust request was paid, as its payer is told (FEATURES L10)."""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.billing.models import Bill
from payments.checkout.target import PayTarget, What
from payments.receipts.models import Receipt, ReceiptSource
from payments.receipts.queries import on_bill, on_trust_request, paid_bills
from payments.transactions.models import Payment, Reservation
from payments.transactions.states import OPEN
from portal.clients.access import NOTHING_CLOSED


@dataclass(frozen=True, slots=True)
class PaidBy:
    """One receipt and what it brought, in cents. The reference is empty where nothing has one."""

    words: str
    reference: str
    paid_on: date
    cents: int


def paid_by(session: Session, target: PayTarget) -> list[PaidBy]:
    """Every receipt that stands on this bill or trust request, the oldest first."""
    document = target.document
    if document is None:
        return []
    standing = on_trust_request if target.what is What.TRUST_REQUEST else on_bill
    brought = standing(document.due.id).subquery()
    rows = session.execute(
        select(
            Receipt.source,
            Receipt.received_on,
            Payment.method_label,
            Payment.reference,
            brought.c.cents,
        )
        .join(brought, brought.c.receipt_id == Receipt.id)
        .outerjoin(Payment, Payment.receipt_id == Receipt.id)
        .where(Receipt.undone_at.is_(None))
        .order_by(Receipt.received_on, Receipt.id)
    )
    return [
        PaidBy(
            _words(row.source, row.method_label),
            row.reference or "",
            row.received_on,
            int(row.cents),
        )
        for row in rows
    ]


def paid_with(session: Session, payment: Payment) -> tuple[tuple[int, int], ...]:
    """The bills that a payment pays, by number, and the cents of each.

    While it is under way those that it was made on; afterwards what it pays now, which staff may
    have moved since (**Change link**, FEATURES S8).
    """
    if payment.status not in OPEN:
        return _pays_now(session, payment)
    rows = session.execute(
        select(Bill.number, Reservation.cents)
        .join(Bill, Bill.id == Reservation.bill_id)
        .where(Reservation.payment_id == payment.id)
        .order_by(Bill.due_on, Bill.issued_on, Bill.number)
    )
    return tuple((number, cents) for number, cents in rows if number is not None)


def _pays_now(session: Session, payment: Payment) -> tuple[tuple[int, int], ...]:
    # Moved to somebody else, its payer is not told of that client's bills.
    linked = session.get(Receipt, payment.receipt_id) if payment.receipt_id is not None else None
    if linked is None or linked.client_id != payment.client_id:
        return ()
    paid = paid_bills(session, linked.id, NOTHING_CLOSED)
    return tuple((bill.number, cents) for bill, cents in paid if bill.number is not None)


def _words(source: str, method_label: str | None) -> str:
    match source:
        case ReceiptSource.CHEQUE:
            return _("Check")
        case ReceiptSource.CASH:
            return _("Cash")
        case ReceiptSource.TRUST:
            return _("From the money held for you in trust")
        case _:
            return method_label or _("Online payment")
