"""Money that a payment under way will bring to bills and trust requests (FEATURES M9).

Reserved in the transaction that records the attempt, applied in the one that completes it, given
back in the one that hears from the processor that it failed or was canceled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from flask_babel import gettext as _
from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from payments.billing.applying import move_reserved
from payments.billing.models import Bill, BillShare, BillStatus
from payments.billing.requested import TrustRequest
from payments.transactions.models import Payment, Reservation
from portal.core import db
from portal.core.errors import Conflict

UNDER_WAY, CHANGED, PAID, VOID, TOO_MUCH = "under_way", "changed", "paid", "void", "too_much"

_RESERVATIONS = cast(Table, Reservation.__table__)
_RESERVE = insert(_RESERVATIONS)
_SETTLE = (
    update(_RESERVATIONS)
    .where(_RESERVATIONS.c.payment_id == bindparam("payment"), _RESERVATIONS.c.became.is_(None))
    .values(became=bindparam("outcome"))
)
_OPEN = (
    select(Reservation.bill_id, Reservation.trust_request_id, Reservation.cents)
    .where(Reservation.payment_id == bindparam("payment"), Reservation.became.is_(None))
    .order_by(Reservation.bill_id, Reservation.trust_request_id)
)


class NotPayable(Conflict):
    """What was reviewed cannot be paid any more. `reason` is one of the words above, and the
    message tells the payer."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Part:
    """Cents that a payment brings to one bill or trust request, of which `version` was shown."""

    bill_id: int | None
    trust_request_id: int | None
    cents: int
    version: int


@dataclass(frozen=True, slots=True)
class OnDocument:
    """What a payment is made on: by which address, for which client, and how much on what.

    `third_party`: somebody else pays for the client (FEATURES M12). `store_text` is what the payer
    agreed to by the store box, none where it is not ticked (P5).
    """

    link_id: int
    client_id: int
    parts: tuple[Part, ...]
    third_party: bool = False
    store_text: str | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """What is open for one payment: cents by the ids of bills, or of one trust request."""

    bills: dict[int, int]
    trust_requests: dict[int, int]


def reserve(session: Session, payment_id: int, parts: Sequence[Part]) -> None:
    """Keep the cents of each part free for this payment, or raise `NotPayable` and keep nothing.

    Rows are locked in the order of their ids, bills first, so that two payments never wait for
    each other in a circle.
    """
    for part in sorted(parts, key=lambda one: (one.bill_id or 0, one.trust_request_id or 0)):
        document, row_id = (
            (Bill, part.bill_id)
            if part.bill_id is not None
            else (TrustRequest, cast(int, part.trust_request_id))
        )
        statement = select(document).where(document.id == row_id).with_for_update(of=document)
        found = session.scalars(statement.execution_options(populate_existing=True)).one()
        _refuse(found, part, named=len(parts) > 1)
        move_reserved(session, document, row_id, part.cents)
    rows = [
        {
            "payment_id": payment_id,
            "bill_id": part.bill_id,
            "trust_request_id": part.trust_request_id,
            "cents": part.cents,
        }
        for part in parts
    ]
    db.writing(session).execute(_RESERVE, rows)


def _refuse(found: Bill | TrustRequest, part: Part, *, named: bool) -> None:
    # The payer opened one bill's page: of several, which one it is has to be said.
    problem = _problem(found, part)
    if problem is None:
        return
    reason, sentence = problem
    if named:
        sentence = _("Bill %(number)s: %(problem)s", number=found.number, problem=sentence)
    raise NotPayable(reason, sentence)


def _problem(found: Bill | TrustRequest, part: Part) -> tuple[str, str] | None:
    # What is told first is what the payer can least do about.
    if found.status == BillStatus.VOID:
        return VOID, _("This was withdrawn. Nothing is owed on it.")
    if found.status == BillStatus.PAID:
        return PAID, _("This was paid already. Nothing more is owed.")
    if found.status != BillStatus.AWAITING_PAYMENT or found.version != part.version:
        return CHANGED, _("This was changed since you opened it. Please look again.")
    if part.cents <= found.balance.cents - found.reserved_cents:
        return None
    if found.reserved_cents:
        return UNDER_WAY, _(
            "Another payment on this is under way. Please look again at what is left."
        )
    return TOO_MUCH, _("This is more than is still owed. Please look again.")


def open_for(session: Session, payment_id: int) -> Reserved:
    """What is reserved for this payment now."""
    rows = session.execute(_OPEN, {"payment": payment_id}).all()
    return Reserved(
        {row.bill_id: row.cents for row in rows if row.bill_id is not None},
        {row.trust_request_id: row.cents for row in rows if row.trust_request_id is not None},
    )


def release(session: Session, payment: Payment) -> None:
    """Give back what was reserved: the processor has said that the payment will bring nothing."""
    _settle(session, payment, "released")


def take(session: Session, payment: Payment) -> Reserved:
    """End the reservation because the money is there; the caller books it at once."""
    return _settle(session, payment, "applied")


def lock(session: Session, payment: Payment) -> Reserved:
    """Keep what is reserved for this payment from everybody else until the end; answers it."""
    reserved = open_for(session, payment.id)
    for document, rows in ((Bill, reserved.bills), (TrustRequest, reserved.trust_requests)):
        locked = select(document.id).where(document.id.in_(rows)).order_by(document.id)
        if rows:
            session.execute(locked.with_for_update()).all()
    return reserved


def _settle(session: Session, payment: Payment, outcome: str) -> Reserved:
    if payment.document_link_id is None:
        return Reserved({}, {})
    reserved = lock(session, payment)
    for document, rows in ((Bill, reserved.bills), (TrustRequest, reserved.trust_requests)):
        for row_id, cents in rows.items():
            move_reserved(session, document, row_id, -cents)
    db.writing(session).execute(_SETTLE, {"payment": payment.id, "outcome": outcome})
    return reserved


def only_matter(session: Session, reserved: Reserved) -> int | None:
    """The one matter that all of this is for; None where it is for several, or for the client."""
    matters = set(
        session.scalars(
            select(BillShare.matter_id)
            .where(BillShare.bill_id.in_(reserved.bills), BillShare.total_cents > 0)
            .distinct()
        )
    )
    matters |= set(
        session.scalars(
            select(TrustRequest.matter_id).where(TrustRequest.id.in_(reserved.trust_requests))
        )
    )
    return matters.pop() if len(matters) == 1 else None
