"""Reading what is paid on the address of a bill or trust request."""

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    extract,
    func,
    null,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from payments.accounts.models import AccountKind, BankAccount
from payments.accounts.settings import ONLINE, PART_MIN
from payments.billing.handed_out import Channel, DocumentLink
from payments.billing.models import Bill, BillStatus
from payments.billing.requested import TrustRequest
from payments.checkout.target import Document, Due, PayTarget, What
from payments.transactions.models import Payment, Reservation
from payments.transactions.states import Status
from portal.core import db
from portal.firm.brand import BRAND_COLUMNS, Brand, brand_of
from portal.firm.models import Firm

OTHERS_MAX = 100
"""A client with more unpaid bills than this pays them one by one."""

_ISSUED = (BillStatus.AWAITING_PAYMENT, BillStatus.PAID, BillStatus.VOID)
_LINK = (
    DocumentLink.id.label("link_id"),
    DocumentLink.token,
    DocumentLink.channel,
    DocumentLink.name,
    DocumentLink.address,
    DocumentLink.language,
    DocumentLink.contact_id,
    BankAccount.id.label("account_id"),
    BankAccount.public_label,
    BankAccount.kind,
    BankAccount.processor_account,
    and_(
        BankAccount.checked_at.is_not(None),
        func.json_array_length(BankAccount.checked_problems) == 0,
    ).label("connected"),
    ONLINE,
    PART_MIN,
)
_OTHER = aliased(Bill, name="other_bill")


def _digits(day: InstrumentedAttribute[date | None]) -> ColumnElement[str]:
    """A day as `20260503`: how PostgreSQL writes dates as text hangs on its DateStyle."""
    number = extract("year", day) * 10_000 + extract("month", day) * 100 + extract("day", day)
    return cast(cast(number, Integer), String)


_open_others = (
    select(
        (
            cast(_OTHER.id, String)
            + " "
            + cast(_OTHER.number, String)
            + " "
            + _digits(_OTHER.issued_on)
            + " "
            + _digits(_OTHER.due_on)
            + " "
            + cast(_OTHER.total_cents - _OTHER.applied_cents, String)
            + " "
            + cast(_OTHER.version, String)
        ).label("due")
    )
    .where(
        _OTHER.client_id == Bill.client_id,
        _OTHER.currency == Bill.currency,
        _OTHER.id != Bill.id,
        # What nothing is under way for.
        _OTHER.status == BillStatus.AWAITING_PAYMENT,
        _OTHER.reserved_cents == 0,
    )
    .limit(OTHERS_MAX + 1)
    .correlate(Bill)
    .subquery()
)
# In one value: a second statement costs more than the page itself.
_OTHERS = (
    select(func.aggregate_strings(_open_others.c.due, ","))
    .correlate(Bill)
    .scalar_subquery()
    .label("others")
)


def _reading(document: type[Bill] | type[TrustRequest], *amounts: Any) -> Select[*tuple[Any, ...]]:
    # Only what was issued has an address: a draft is as unknown as a wrong one (FEATURES D1).
    named = DocumentLink.bill_id if document is Bill else DocumentLink.trust_request_id
    return (
        select(
            *_LINK,
            document.id,
            document.public_id,
            document.client_id,
            document.number,
            document.status,
            document.currency,
            document.issued_on,
            document.due_on,
            document.reserved_cents,
            document.version,
            *amounts,
            *BRAND_COLUMNS,
        )
        .select_from(DocumentLink)
        .join(BankAccount, BankAccount.id == DocumentLink.bank_account_id)
        .join(document, document.id == named)
        .join(Firm, Firm.id == 1)
        .where(document.status.in_(_ISSUED))
    )


_READINGS = {
    What.BILL: _reading(
        Bill,
        Bill.total_cents.label("asked_cents"),
        Bill.applied_cents.label("paid_cents"),
        _OTHERS,
    ),
    What.TRUST_REQUEST: _reading(
        TrustRequest,
        TrustRequest.amount_cents.label("asked_cents"),
        TrustRequest.paid_cents,
        null().label("others"),
    ),
}
_BY_TOKEN = {
    what: reading.where(DocumentLink.token == bindparam("token"))
    for what, reading in _READINGS.items()
}
_BY_ID = {
    what: reading.where(DocumentLink.id == bindparam("link")) for what, reading in _READINGS.items()
}
_WAITING = (
    select(Payment.id)
    .join(Reservation, Reservation.payment_id == Payment.id)
    .where(
        Reservation.became.is_(None),
        or_(
            Reservation.bill_id == bindparam("bill"),
            Reservation.trust_request_id == bindparam("trust_request"),
        ),
        Payment.document_link_id == bindparam("link"),
        Payment.status == Status.ACTION_NEEDED,
        Payment.verify_url.is_(None),
    )
    .order_by(Payment.id)
)


def pay_page(what: What, token: str) -> tuple[PayTarget, Brand] | None:
    """What this address of a bill or trust request asks for, and the firm's face.

    None for an unknown token and for a draft. One SELECT of columns, and one more where a payment
    is under way (M9).
    """
    row = db.fetch_first(_BY_TOKEN[what], {"token": token})
    if row is None:
        return None
    waits = False
    if row.reserved_cents:
        with db.read() as session:
            waits = _waits(session, what, row)
    target = _target(what, row, waits)
    return target, brand_of(*row[-len(BRAND_COLUMNS) :])


def by_link(session: Session, link_id: int) -> PayTarget | None:
    """The same for a payment that was made by this address; None where nothing is there."""
    for what, reading in _BY_ID.items():
        row = session.execute(reading, {"link": link_id}).first()
        if row is not None:
            return _target(what, row, _waits(session, what, row))
    return None


def waiting_tries(session: Session, target: PayTarget) -> list[int]:
    """Payments by this address whose payer's bank has asked a question that is not answered.

    Small test deposits are not among them: they take days and are confirmed elsewhere.
    """
    if target.document is None:
        return []
    return _waiting(session, target.what, target.link_id, target.document.due.id)


def _waiting(session: Session, what: What, link_id: int, document_id: int) -> list[int]:
    bill = what is What.BILL
    values = {
        "link": link_id,
        "bill": document_id if bill else None,
        "trust_request": None if bill else document_id,
    }
    return list(session.scalars(_WAITING, values))


def _target(what: What, row: Any, waits: bool) -> PayTarget:
    return PayTarget(
        what=what,
        link_id=row.link_id,
        token=row.token,
        account_id=row.account_id,
        public_label=row.public_label,
        kind=AccountKind(row.kind),
        currency=row.currency,
        processor_account=row.processor_account,
        connected=bool(row.connected),
        online=bool(row.online),
        document=_document(row, waits),
    )


def _document(row: Any, waits: bool) -> Document:
    return Document(
        due=Due(row.id, row.number, row.issued_on, row.due_on, _left_cents(row), row.version),
        client_id=row.client_id,
        status=BillStatus(row.status),
        total_cents=row.asked_cents,
        paid_cents=row.paid_cents,
        reserved_cents=row.reserved_cents,
        part_min_cents=row.part_min_cents,
        channel=Channel(row.channel),
        name=row.name,
        address=row.address,
        language=row.language,
        others=_others(row),
        waits=waits,
        public_id=row.public_id,
        contact_id=row.contact_id,
    )


def _left_cents(row: Any) -> int:
    payable = row.status == BillStatus.AWAITING_PAYMENT
    return row.asked_cents - row.paid_cents - row.reserved_cents if payable else 0


def _waits(session: Session, what: What, row: Any) -> bool:
    return bool(row.reserved_cents) and bool(_waiting(session, what, row.link_id, row.id))


def _others(row: Any) -> tuple[Due, ...]:
    if row.contact_id not in (None, row.client_id):
        return ()  # somebody beside the client sees what is shared with them, and nothing else
    packed = row.others.split(",") if row.others and _left_cents(row) else []
    if len(packed) > OTHERS_MAX:
        return ()
    dues = [_unpacked(*one.split(" ")) for one in packed]
    return tuple(sorted(dues, key=lambda due: (due.due_on, due.issued_on, due.number)))


def _unpacked(
    bill_id: str, number: str, issued_on: str, due_on: str, open_cents: str, version: str
) -> Due:
    return Due(
        int(bill_id),
        int(number),
        date.fromisoformat(issued_on),
        date.fromisoformat(due_on),
        int(open_cents),
        int(version),
    )
