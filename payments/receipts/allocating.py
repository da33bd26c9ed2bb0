"""Putting receipts on bills and taking them off: the rows, and the entries that they book.

Nothing is booked here: the action books all entries of one doing at once, so that balances are
locked once and in one order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from payments.billing.applying import Applied, move_applied
from payments.billing.models import Bill, BillShare
from payments.ledger.actions import Entry
from payments.receipts import postings
from payments.receipts.models import Allocation, Receipt
from payments.receipts.planning import Plan
from payments.receipts.postings import OnBill
from portal.core import clock, db, ids

_ALLOCATE = insert(Allocation)
_STANDS = Allocation.amount_cents - Allocation.reversed_cents


@dataclass(frozen=True, slots=True)
class Released:
    """What was taken off bills: the entries to be booked, and the cents of each allocation's id."""

    entries: list[Entry] = field(default_factory=list[Entry])
    parts: dict[int, int] = field(default_factory=dict[int, int])


def allocate(
    session: Session, receipts: Sequence[tuple[Receipt, BankAccount]], plan: Plan, by: str
) -> list[Entry]:
    """Put receipts, the oldest first, on the shares of a plan that is locked and covers them."""
    rows: list[dict[str, Any]] = []
    entries: list[Entry] = []
    waiting = [(planned.share, planned.cents) for planned in plan.shares]
    waiting.reverse()
    for receipt, account in receipts:
        while waiting and receipt.left.cents:
            share, wanted = waiting.pop()
            cents = min(wanted, receipt.left.cents)
            if cents < wanted:
                waiting.append((share, wanted - cents))
            on = OnBill(ids.public_id(), share.bill_id, share.matter_id, cents)
            rows.append(_row(receipt, share.share_id, on, by))
            entries.append(postings.applied(receipt, account, on, by))
            receipt.applied_cents += cents
    if rows:
        db.writing(session).execute(_ALLOCATE, rows)
        move_applied(
            session, [Applied(r["bill_id"], r["bill_share_id"], r["amount_cents"]) for r in rows]
        )
    return entries


def _row(receipt: Receipt, share_id: int, on: OnBill, by: str) -> dict[str, Any]:
    return {
        "public_id": on.allocation,
        "receipt_id": receipt.id,
        "bill_id": on.bill_id,
        "bill_share_id": share_id,
        "amount_cents": on.cents,
        "reversed_cents": 0,
        "made_at": clock.now(),
        "made_by": by,
    }


def release(
    session: Session,
    receipt: Receipt,
    account: BankAccount,
    *,
    by: str,
    reason: str,
    only: int | None = None,
    most: int | None = None,
) -> Released:
    """Take a receipt off everything that it pays, newest first; off one allocation `only`; or off
    as much as comes to `most` cents (FEATURES M6)."""
    taken: list[tuple[Allocation, OnBill]] = []
    left = receipt.applied_cents if most is None else most
    for allocation, matter_id in standing(session, receipt.id, only):
        cents = min(left, allocation.amount_cents - allocation.reversed_cents)
        if cents > 0:
            on = OnBill(allocation.public_id, allocation.bill_id, matter_id, cents)
            taken.append((allocation, on))
            left -= cents
    _lock(session, {on.bill_id for _allocation, on in taken})
    released = Released()
    for allocation, on in taken:
        allocation.reversed_cents += on.cents
        receipt.applied_cents -= on.cents
        so_far = allocation.reversed_cents
        released.entries.append(
            postings.unapplied(receipt, account, on, so_far, by=by, reason=reason)
        )
        released.parts[allocation.id] = on.cents
    move_applied(
        session,
        [Applied(one.bill_id, one.bill_share_id, -on.cents) for one, on in taken],
    )
    return released


def standing(
    session: Session, receipt_id: int, only: int | None = None
) -> list[tuple[Allocation, int]]:
    """What a receipt pays, newest first, and the matter of each share: the order in which it is
    taken off its bills. Read as it stands now."""
    statement = (
        select(Allocation, BillShare.matter_id)
        .join(BillShare, BillShare.id == Allocation.bill_share_id)
        .where(Allocation.receipt_id == receipt_id, _STANDS > 0)
        .order_by(Allocation.id.desc())
        .execution_options(populate_existing=True)
    )
    if only is not None:
        statement = statement.where(Allocation.id == only)
    return [(row[0], row[1]) for row in session.execute(statement)]


def _lock(session: Session, bill_ids: set[int]) -> None:
    # In the order of their ids, as whoever plans a payment locks them.
    session.execute(
        select(Bill.id).where(Bill.id.in_(bill_ids)).order_by(Bill.id).with_for_update()
    )
