"""Moving what is applied to bills and paid on trust requests, and what is reserved on either.

Kept on the bill and on each matter's share of it, and on the trust request. Every function here
is called by whoever has locked the row, and lets the database refuse what cannot be.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, case, update
from sqlalchemy.orm import Session

from payments.billing.models import Bill, BillShare, BillStatus
from payments.billing.requested import TrustRequest
from portal.core import db


@dataclass(frozen=True, slots=True)
class Applied:
    """Cents that are applied to one share of one bill; below zero they are taken off it."""

    bill_id: int
    share_id: int
    cents: int


_now = Bill.applied_cents + bindparam("cents")
# Statements are built once: building one costs several times what running it does.
_BILL = (
    update(Bill)
    .where(Bill.id == bindparam("bill"))
    .values(
        applied_cents=_now,
        status=case((_now == Bill.total_cents, BillStatus.PAID), else_=BillStatus.AWAITING_PAYMENT),
    )
)
_SHARE = (
    update(BillShare)
    .where(BillShare.id == bindparam("share"))
    .values(applied_cents=BillShare.applied_cents + bindparam("cents"))
)


def move_applied(session: Session, changes: Iterable[Applied]) -> None:
    """Apply to bills, or take off them; one with nothing left is **Paid** (FEATURES D1, M9).

    The bills are locked by the caller, and are neither drafts nor void. The database refuses more
    than the total less what is reserved (IntegrityError): plan before applying.
    """
    bills, shares = Counter[int](), Counter[int]()
    for change in changes:
        bills[change.bill_id] += change.cents
        shares[change.share_id] += change.cents
    if not bills:
        return
    connection = db.writing(session)
    connection.execute(_SHARE, [{"share": id, "cents": n} for id, n in sorted(shares.items())])
    connection.execute(_BILL, [{"bill": id, "cents": n} for id, n in sorted(bills.items())])


_paid = TrustRequest.paid_cents + bindparam("cents")
_REQUEST = (
    update(TrustRequest)
    .where(TrustRequest.id == bindparam("request"))
    .values(
        paid_cents=_paid,
        status=case(
            (_paid == TrustRequest.amount_cents, BillStatus.PAID),
            else_=BillStatus.AWAITING_PAYMENT,
        ),
    )
)
_RESERVE = {
    table: update(table)
    .where(table.id == bindparam("row"))
    .values(reserved_cents=table.reserved_cents + bindparam("cents"))
    for table in (Bill, TrustRequest)
}


def move_paid(session: Session, request_id: int, cents: int) -> None:
    """Trust money came for a request, or below zero was taken back; whole, it is **Paid** (D2).

    The database refuses more than was asked for, less what is reserved (IntegrityError).
    """
    db.writing(session).execute(_REQUEST, {"request": request_id, "cents": cents})


def move_reserved(
    session: Session, document: type[Bill] | type[TrustRequest], row_id: int, cents: int
) -> None:
    """Keep cents of a bill or trust request free for a payment under way, or give them back (M9).

    The database refuses more than is still owed (IntegrityError).
    """
    db.writing(session).execute(_RESERVE[document], {"row": row_id, "cents": cents})
