"""What must hold of reservations, asked in sets by `flask check-books` (FEATURES M9)."""

from collections.abc import Iterator
from functools import cache

from sqlalchemy import ColumnElement, Executable, Select, case, func, or_, select
from sqlalchemy.orm import Session

from payments.billing.models import Bill
from payments.billing.requested import TrustRequest
from payments.transactions.models import Payment, Reservation
from payments.transactions.notice_checks import TOLD_MAX
from payments.transactions.states import OPEN, Status


@cache
def _kept(document: type[Bill] | type[TrustRequest]) -> Executable:
    of = Reservation.bill_id if document is Bill else Reservation.trust_request_id
    open_now = (
        select(of.label("row_id"), func.sum(Reservation.cents).label("cents"))
        .where(Reservation.became.is_(None), of.is_not(None))
        .group_by(of)
        .subquery()
    )
    cents = func.coalesce(open_now.c.cents, 0)
    return (
        select(document.number, document.reserved_cents.label("kept"), cents.label("summed"))
        .outerjoin(open_now, open_now.c.row_id == document.id)
        .where(document.reserved_cents != cents)
        .limit(TOLD_MAX)
    )


def _ends() -> ColumnElement[str | None]:
    """What a reservation must have become, by where its payment stands."""
    applied = Payment.status.in_([Status.COMPLETED])
    # One that came back after it had completed was applied once; one that never did, was not.
    came_back = Payment.status == Status.RETURNED
    return case(
        (Payment.status.in_(list(OPEN)), "open"),
        (applied, "applied"),
        (came_back & Payment.completed_at.is_not(None), "applied"),
        else_="released",
    )


@cache
def _astray() -> Select[str, int, int]:
    stands = func.coalesce(Reservation.became, "open")
    return (
        select(Payment.reference, Payment.amount_cents, func.sum(Reservation.cents))
        .join(Reservation, Reservation.payment_id == Payment.id)
        .group_by(Payment.id, Payment.reference, Payment.amount_cents)
        .having(
            or_(
                func.sum(Reservation.cents) != Payment.amount_cents,
                func.sum(case((stands != _ends(), 1), else_=0)) > 0,
            )
        )
        .limit(TOLD_MAX)
    )


def reservations_that_do_not_fit(session: Session) -> Iterator[str]:
    """What bills and requests keep free is what payments under way will bring, and each payment on
    a document has reserved just its amount."""
    for document, name in ((Bill, "bill"), (TrustRequest, "trust request")):
        for row in session.execute(_kept(document)):
            yield (
                f"{name} {row.number}: {row.kept} cents are reserved, payments under way bring "
                f"{row.summed}"
            )
    for reference, amount, reserved in session.execute(_astray()):
        yield (
            f"payment {reference} of {amount} cents has reserved {reserved}, or its reservations "
            "are not where it stands"
        )
