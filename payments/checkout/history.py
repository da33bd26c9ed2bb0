"""What a client has paid: in the portal, by email, by check, and from trust (FEATURES C16).

Theirs are the receipts that the firm keeps for them, of the matters that they see, the payments for
them that are on their way, and what they have paid in the portal for somebody else.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind, BankAccount
from payments.billing.handed_out import DocumentLink
from payments.billing.models import Bill
from payments.billing.payables import Payable
from payments.checkout.dispute_words import of_disputes
from payments.receipts.in_portals import closed_in_portals
from payments.receipts.models import Receipt, ReceiptSource
from payments.receipts.queries import on_bill, on_trust_request
from payments.transactions import overlays
from payments.transactions.models import Payment
from payments.transactions.overlays import NOTHING, Overlaid
from payments.transactions.states import OPEN, Status
from portal.clients.access import Clause
from portal.clients.models import Matter
from portal.web.pagination import PAGE_ROWS, Page, cut

UNDER_WAY_MAX = 50


@dataclass(frozen=True, slots=True)
class Reader:
    """The client who looks; `address` is the one that they sign in with."""

    contact_id: int
    address: str


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment as its client sees it. Cents. `token` opens its lasting page and its receipt,
    and is empty where that is somebody else's."""

    id: int
    at: datetime
    words: str
    reference: str
    matter: str
    cents: int
    currency: str
    into_trust: bool
    status: Status
    token: str
    over: Overlaid = NOTHING

    @property
    def of_disputes(self) -> list[str]:
        """Who has the money of a disputed payment, in words."""
        return of_disputes(self.over.marks)


def under_way(session: Session, reader: Reader) -> list[Paid]:
    """Payments that are on their way, and those for somebody else, newest first."""
    own = and_(Payment.client_id == reader.contact_id, Payment.status.in_(OPEN))
    beside = and_(
        DocumentLink.contact_id == reader.contact_id,
        Payment.client_id != reader.contact_id,
        Payment.status.in_([*OPEN, Status.COMPLETED]),
    )
    rows = session.execute(
        select(Payment, BankAccount.kind)
        .join(BankAccount, BankAccount.id == Payment.bank_account_id)
        .outerjoin(DocumentLink, DocumentLink.id == Payment.document_link_id)
        .where(or_(own, beside))
        .order_by(Payment.id.desc())
        .limit(UNDER_WAY_MAX)
    ).all()
    over = overlays.of(session, [payment.id for payment, _kind in rows])
    return [
        _on_its_way(payment, kind, reader, over.get(payment.id, NOTHING)) for payment, kind in rows
    ]


def _on_its_way(payment: Payment, kind: str, reader: Reader, over: Overlaid) -> Paid:
    return Paid(
        id=payment.id,
        at=payment.made_at,
        words=_words(payment, reader),
        reference=payment.reference,
        matter="",
        cents=payment.amount_cents,
        currency=payment.currency,
        into_trust=kind == AccountKind.TRUST,
        status=Status(payment.status),
        token=payment.status_token if _is_theirs(payment, reader) else "",
        over=over,
    )


def received(
    session: Session, reader: Reader, before: int | None = None, size: int = PAGE_ROWS
) -> Page[Paid]:
    """What the firm has received for this client and not taken back, newest first."""
    here = [] if before is None else [Receipt.id < before]
    found = _rows(session, reader, here, size=size + 1)
    return cut(found, lambda one: one.id, before=before, after=None, size=size)


def _rows(
    session: Session, reader: Reader, clauses: Collection[Clause], *, size: int
) -> list[Paid]:
    rows = session.execute(
        select(Receipt, Payment, Matter.name, BankAccount.kind)
        .join(BankAccount, BankAccount.id == Receipt.bank_account_id)
        .outerjoin(Payment, Payment.receipt_id == Receipt.id)
        .outerjoin(Matter, Matter.id == Receipt.matter_id)
        .where(Receipt.client_id == reader.contact_id, Receipt.undone_at.is_(None), *clauses)
        .where(*closed_in_portals(reader.contact_id).left_out(Receipt.matter_id))
        .order_by(Receipt.id.desc())
        .limit(size)
    ).all()
    over = overlays.of(session, [payment.id for _receipt, payment, *_more in rows if payment])
    return [_received(row[0], row[1], row[2], row[3], reader, over) for row in rows]


def paid_on(session: Session, reader: Reader, payable: Payable) -> list[Paid]:
    """What of this bill or trust request the firm has received from its client, newest first, each
    with the cents that it brought to this document."""
    standing = on_bill if isinstance(payable, Bill) else on_trust_request
    cents = {receipt: int(brought) for receipt, brought in session.execute(standing(payable.id))}
    if not cents:
        return []
    found = _rows(session, reader, [Receipt.id.in_(cents)], size=PAGE_ROWS)
    return [replace(one, cents=cents[one.id]) for one in found]


def _received(
    receipt: Receipt,
    payment: Payment | None,
    matter: str | None,
    kind: str,
    reader: Reader,
    over: Mapping[int, Overlaid],
) -> Paid:
    return Paid(
        id=receipt.id,
        at=payment.made_at if payment is not None else receipt.made_at,
        words=_words(payment, reader) if payment else _by_hand(receipt),
        reference=payment.reference if payment is not None else "",
        matter=matter or "",
        cents=receipt.amount_cents,
        currency=receipt.currency,
        into_trust=kind == AccountKind.TRUST,
        status=Status(payment.status) if payment is not None else Status.COMPLETED,
        token=payment.status_token if payment and _is_theirs(payment, reader) else "",
        over=over.get(payment.id, NOTHING) if payment is not None else NOTHING,
    )


def _is_theirs(payment: Payment, reader: Reader) -> bool:
    """Whether its page tells nothing of another payer: their name, address and card are theirs."""
    if payment.client_id == reader.contact_id:
        return not payment.third_party
    return payment.payer_email.casefold() == reader.address.casefold()


def _words(payment: Payment, reader: Reader) -> str:
    if payment.third_party and payment.client_id == reader.contact_id:
        return _("Paid by someone else for you")
    return payment.method_label or _("Online payment")


def _by_hand(receipt: Receipt) -> str:
    match receipt.source:
        case ReceiptSource.CHEQUE:
            return _("Check %(number)s", number=receipt.number)
        case ReceiptSource.CASH:
            return _("Cash")
        case ReceiptSource.TRUST:
            return _("From the money held for you in trust")
        case _:
            return _("Online payment")
