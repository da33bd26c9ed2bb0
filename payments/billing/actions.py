"""Drafting, approving, issuing and voiding bills (FEATURES D1). An issued bill is booked as
receivable."""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from payments.billing import postings
from payments.billing.after_issue import owe_following
from payments.billing.details import YEARS, BillDetails, LineDetails, check
from payments.billing.models import Bill, BillShare, BillStatus
from payments.billing.postings import cause, owing
from payments.billing.reckoning import Discount, TaxDetails
from payments.billing.writing import (
    BillChanged,
    HasAllocations,
    OwnApproval,
    fill,
    given_reason,
    locked,
    needs_another,
    owed_by_matter,
    refuse_issued,
    refuse_unless_untouched,
)
from payments.ledger.actions import transfer_all
from portal.core import audit, clock, ids
from portal.core.errors import Conflict, Invalid
from portal.firm.models import Firm
from portal.imports.remembering import forget

__all__ = [
    "FIRST_NUMBER",
    "BillChanged",
    "BillDetails",
    "Discount",
    "HasAllocations",
    "LineDetails",
    "OwnApproval",
    "TaxDetails",
    "delete_draft",
    "draft_bill",
    "edit_draft",
    "issue",
    "send_back",
    "submit_for_approval",
    "void",
]

FIRST_NUMBER = 1001
IMPORTED = "bills"
"""Under which name imported bills are remembered."""


def draft_bill(session: Session, wanted: BillDetails, *, by: str) -> Bill:
    """Save a new draft in the firm's currency. It has no number yet and owes nothing.

    Raises `Invalid` beside the field that cannot be used; `by` is an actor of the log.
    """
    currency = session.scalars(select(Firm)).one().currency
    check(session, wanted, currency)
    bill = Bill(
        public_id=ids.public_id(),
        status=BillStatus.DRAFT,
        currency=currency,
        made_at=clock.now(),
        made_by=by,
        lines=[],
        taxes=[],
        shares=[],
    )
    fill(session, bill, wanted)
    session.add(bill)
    session.flush()
    audit.record(session, by, "bill.drafted", cause(bill), total_cents=bill.total_cents)
    return bill


def edit_draft(
    session: Session, bill: Bill, wanted: BillDetails, *, by: str, shown: str | None = None
) -> Bill:
    """Replace what a draft says. One that awaited approval is a draft again: it has changed.

    `shown` is the mark of the draft that somebody began to edit. Raises `BillChanged` where it says
    something else by now, `Conflict` for a bill that was issued, `Invalid` like `draft_bill`.
    """
    bill = locked(session, bill)
    refuse_issued(bill)
    if shown not in (None, bill.mark):
        raise BillChanged(
            _("The draft was changed meanwhile. Save again to put this in its place.")
        )
    check(session, wanted, bill.currency)
    fill(session, bill, wanted)
    bill.status, bill.edited_by = BillStatus.DRAFT, by
    session.flush()
    audit.record(session, by, "bill.edited", cause(bill), total_cents=bill.total_cents)
    return bill


def delete_draft(session: Session, bill: Bill, *, by: str) -> None:
    """Throw a draft away. It had no number, so none is missing. Raises `Conflict` once issued."""
    bill = locked(session, bill)
    refuse_issued(bill)
    audit.record(session, by, "bill.deleted", cause(bill), total_cents=bill.total_cents)
    session.delete(bill)
    forget(session, IMPORTED, bill.id)


def submit_for_approval(session: Session, bill: Bill, *, by: str) -> Bill:
    """Say that a draft is ready to be looked at. Raises `Conflict` for anything but a draft."""
    bill = locked(session, bill)
    if bill.status != BillStatus.DRAFT:
        raise Conflict(_("This bill is no longer a draft."))
    bill.status = BillStatus.AWAITING_APPROVAL
    session.flush()
    audit.record(session, by, "bill.submitted", cause(bill))
    return bill


def send_back(session: Session, bill: Bill, *, reason: str, by: str) -> Bill:
    """Make what awaits approval a draft again, and say what is to be done about it.

    Raises `Invalid` beside `reason` where none is given, `Conflict` where nothing awaits approval.
    """
    reason = given_reason(reason, _("Say what should be changed."))
    bill = locked(session, bill)
    if bill.status != BillStatus.AWAITING_APPROVAL:
        raise Conflict(_("This bill does not await approval any more."))
    bill.status = BillStatus.DRAFT
    session.flush()
    audit.record(session, by, "bill.sent_back", cause(bill), reason=reason)
    return bill


def issue(
    session: Session,
    bill: Bill,
    *,
    on: date,
    by: str,
    shown: str | None = None,
    first_number: int = FIRST_NUMBER,
) -> Bill:
    """Approve a draft: it gets its number, each matter's share is frozen, the receivable booked.

    Numbers run without gaps or duplicates, however many issue at once: one at a time holds the
    firm's row. `shown` is the mark of the draft that somebody has looked at. `first_number` counts
    only where no bill was issued yet. Raises `Conflict` where it was issued before, `OwnApproval`
    where the firm wants a second person, `BillChanged`, and `Invalid` where it is due before `on`
    or some matter owes nothing.
    """
    session.execute(select(Firm.id).with_for_update()).one()
    bill = locked(session, bill)
    refuse_issued(bill)
    if needs_another(session, bill, by):
        raise OwnApproval(_("Somebody else has to approve this bill: you wrote it or changed it."))
    if shown not in (None, bill.mark):
        raise BillChanged(_("The draft was changed meanwhile. Look at it again, then issue it."))
    _check_days(bill, on)
    bill.shares.extend(
        BillShare(matter_id=matter_id, position=position, total_cents=cents)
        for position, (matter_id, cents) in enumerate(owed_by_matter(bill).items())
    )
    highest = session.scalar(select(func.max(Bill.number)))
    bill.number = first_number if highest is None else highest + 1
    bill.status, bill.issued_on, bill.issued_by = BillStatus.AWAITING_PAYMENT, on, by
    bill.approved_by, bill.approved_at = by, clock.now()
    session.flush()
    transfer_all(session, [postings.issued(bill, share, by) for share in bill.shares])
    audit.record(session, by, "bill.issued", cause(bill), number=bill.number)
    owe_following(session, bill)
    return bill


def void(session: Session, bill: Bill, *, reason: str, by: str) -> Bill:
    """Withdraw an issued bill for good; its entries are reversed, its number is not used again.

    Raises `Invalid` beside `reason` where none is given, `HasAllocations` while payments are
    applied, `Conflict` while a payment is under way, and for a draft or a void bill.
    """
    reason = given_reason(reason, _("Say why the bill is voided."))
    bill = locked(session, bill)
    refuse_unless_untouched(session, bill)
    bill.status, bill.voided_at = BillStatus.VOID, clock.now()
    bill.voided_by, bill.void_reason = by, reason
    session.flush()
    entries = [postings.voided(bill, share, by, reason) for share in owing(bill.shares)]
    transfer_all(session, entries)
    audit.record(session, by, "bill.voided", cause(bill), number=bill.number, reason=reason)
    return bill


def _check_days(bill: Bill, on: date) -> None:
    if on.year not in YEARS:
        raise Invalid(_("Enter an issue date between 2000 and 2100."), "issued_on")
    if bill.due_on is None or bill.due_on < on:
        raise Invalid(_("The bill is due before it is issued. Change one of the dates."), "due_on")
