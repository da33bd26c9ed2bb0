"""What is owed again when a payment comes back or ends without money (FEATURES M7)."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.billing.closed import left_out
from payments.billing.models import Bill
from payments.billing.requested import TrustRequest
from payments.receipts.models import Receipt
from payments.receipts.queries import paid_bills, pays_closed
from payments.transactions.models import Payment, Reservation
from portal.clients.access import NOT_FOR_ALL


@dataclass(frozen=True, slots=True)
class Unpaid:
    """Bills and trust requests by their numbers, as everybody at the firm may read them; whether
    there is more, of `restricted` matters (FEATURES N8)."""

    bills: tuple[int, ...]
    trust_requests: tuple[int, ...]
    restricted: bool


def of_receipt(session: Session, linked: Receipt) -> Unpaid:
    """What a receipt pays now."""
    bills = [b.number for b, _cents in paid_bills(session, linked.id, NOT_FOR_ALL) if b.number]
    asked = [linked.trust_request_id] if linked.trust_request_id is not None else []
    requests = _requests(session, asked)
    more = pays_closed(session, linked.id, NOT_FOR_ALL) or len(requests) < len(asked)
    return Unpaid(tuple(sorted(bills)), requests, more)


def of_reservations(session: Session, payment: Payment) -> Unpaid:
    """What a payment was made on."""
    rows = session.execute(
        select(Reservation.bill_id, Reservation.trust_request_id).where(
            Reservation.payment_id == payment.id
        )
    ).all()
    ids = [row.bill_id for row in rows if row.bill_id is not None]
    asked = [row.trust_request_id for row in rows if row.trust_request_id is not None]
    seen = select(Bill.number).where(Bill.id.in_(ids), *left_out(NOT_FOR_ALL)).order_by(Bill.number)
    bills = tuple(number for number in session.scalars(seen) if number is not None)
    requests = _requests(session, asked)
    return Unpaid(bills, requests, len(bills) + len(requests) < len(rows))


def _requests(session: Session, ids: Collection[int]) -> tuple[int, ...]:
    if not ids:
        return ()
    seen = select(TrustRequest.number).where(
        TrustRequest.id.in_(ids), *NOT_FOR_ALL.left_out(TrustRequest.matter_id)
    )
    return tuple(number for number in session.scalars(seen) if number is not None)
