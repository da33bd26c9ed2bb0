"""Money of a receipt that leaves its client by a refund, a dispute or a return, and comes back.

First what is left of the receipt goes, then what it pays, newest first (FEATURES M6). The rows are
moved here; whoever began it books the entries, all at once.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from payments.ledger.actions import Entry
from payments.receipts import allocating, on_requests, postings
from payments.receipts.allocating import Released
from payments.receipts.models import Allocation, Receipt
from payments.receipts.planning import plan_again


def leave(
    session: Session, receipt: Receipt, account: BankAccount, cents: int, *, by: str, reason: str
) -> Released:
    """Take cents out of a receipt that is locked with its client; answers what left its bills.

    A trust request that it paid asks again for what it has no more. The database refuses more than
    the receipt has (IntegrityError).
    """
    off_bills = max(0, cents - receipt.left.cents)
    released = allocating.release(session, receipt, account, by=by, reason=reason, most=off_bills)
    stays = receipt.amount_cents - receipt.withdrawn_cents - cents
    on_requests.keep(session, receipt, stays)
    receipt.withdrawn_cents += cents
    session.flush()
    return released


def come_back(
    session: Session,
    receipt: Receipt,
    account: BankAccount,
    cents: int,
    parts: Sequence[tuple[Allocation, int]],
    *,
    by: str,
) -> tuple[list[Entry], list[int]]:
    """Put cents into a locked receipt again, and on the bills that `parts` of it had been taken off
    (allocation and cents of each), as far as they are still open; the rest is credit, or trust.

    Answers what is to be booked, and how many cents of each part are on their bill again.
    """
    receipt.withdrawn_cents -= cents
    session.flush()
    on_requests.count_again(session, receipt, cents)
    wanted: dict[int, int] = {}
    for allocation, off in parts:
        wanted[allocation.bill_share_id] = wanted.get(allocation.bill_share_id, 0) + off
    if not wanted:
        return [], []
    plan = plan_again(session, receipt, wanted)
    entries = allocating.allocate(session, [(receipt, account)], plan, by)
    placed = {planned.share.share_id: planned.cents for planned in plan.shares}
    again: list[int] = []
    for allocation, off in parts:
        here = min(off, placed.get(allocation.bill_share_id, 0))
        placed[allocation.bill_share_id] = placed.get(allocation.bill_share_id, 0) - here
        again.append(here)
    return entries, again


def grow(
    session: Session, receipt: Receipt, account: BankAccount, cents: int, *, once: str, by: str
) -> Entry:
    """Give a locked receipt more of its own payment, that was away while it was linked."""
    receipt.amount_cents += cents
    session.flush()
    on_requests.count_again(session, receipt, cents)
    return postings.grown(receipt, account, cents, once, by)
