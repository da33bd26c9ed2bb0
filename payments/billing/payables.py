"""Bills and trust requests alike: what a client is asked to pay, and what is left to pay on it."""

from typing import TypedDict

from flask_babel import gettext as _
from sqlalchemy.orm import Session, joinedload

from payments.billing.handed_out import DocumentLink
from payments.billing.models import Bill, BillStatus
from payments.billing.requested import TrustRequest
from portal.core.errors import Conflict

Payable = Bill | TrustRequest
"""What a client can be asked to pay."""


class Named(TypedDict, total=False):
    """One of the two, by the name that tables and functions have for it."""

    bill: Bill
    trust_request: TrustRequest


def named(payable: Payable) -> Named:
    """The document as the argument that takes it."""
    if isinstance(payable, Bill):
        return {"bill": payable}
    return {"trust_request": payable}


def kind_of(payable: Payable) -> str:
    """`bill` or `trust-request`: in addresses, in the log, and in the names of notices."""
    return "bill" if isinstance(payable, Bill) else "trust-request"


def subject_of(payable: Payable) -> str:
    """What the log calls the document: `bill:<public id>` or `trust_request:<public id>`."""
    return f"{kind_of(payable).replace('-', '_')}:{payable.public_id}"


def left_cents(payable: Payable) -> int:
    """What may still be paid: a payment under way has its part already (FEATURES M9)."""
    return max(0, payable.balance.cents - payable.reserved_cents)


def opened_by(session: Session, link: DocumentLink) -> Payable:
    """The document that an address opens, with its account."""
    if link.bill_id is not None:
        loaded = [joinedload(Bill.bank_account)]
        return session.get_one(Bill, link.bill_id, options=loaded)
    loaded = [joinedload(TrustRequest.bank_account)]
    return session.get_one(TrustRequest, link.trust_request_id, options=loaded)


def locked(session: Session, payable: Payable) -> Payable:
    """The document as it is now, nobody else's until the end of the transaction."""
    kind = type(payable)
    return session.get_one(kind, payable.id, with_for_update=True, populate_existing=True)


def refuse_unpayable(payable: Payable) -> None:
    """Raise `Conflict`, saying why, where nobody can be asked to pay this now."""
    sentence = _BILL if isinstance(payable, Bill) else _TRUST_REQUEST
    if payable.number is None:
        raise Conflict(sentence[BillStatus.DRAFT]())
    if payable.status != BillStatus.AWAITING_PAYMENT:
        raise Conflict(sentence[BillStatus(payable.status)]())
    if left_cents(payable) == 0:
        raise Conflict(
            _("A payment of all that is left is under way. Wait until it has gone through.")
        )


_BILL = {
    BillStatus.DRAFT: lambda: _("This bill is still a draft. Issue it first, then send it."),
    BillStatus.PAID: lambda: _("This bill is paid, so there is nothing to ask for."),
    BillStatus.VOID: lambda: _("This bill was voided. It can no longer be sent."),
}
_TRUST_REQUEST = {
    BillStatus.DRAFT: lambda: _(
        "This trust request is still a draft. Issue it first, then send it."
    ),
    BillStatus.PAID: lambda: _("This trust request is paid, so there is nothing to ask for."),
    BillStatus.VOID: lambda: _("This trust request was voided. It can no longer be sent."),
}
