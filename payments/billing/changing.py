"""Changing a bill that was issued: it keeps its number and what it said before (FEATURES D1)."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from payments.billing import postings
from payments.billing.after_issue import owe_following
from payments.billing.details import BillDetails, check
from payments.billing.models import Bill, BillLine, BillShare
from payments.billing.postings import owing
from payments.billing.settings import billing_settings
from payments.billing.versions import BillVersion
from payments.billing.writing import (
    BillChanged,
    OwnApproval,
    fill,
    given_reason,
    locked,
    owed_by_matter,
    refuse_unless_untouched,
)
from payments.ledger.actions import transfer_all
from portal.clients.details import Problems
from portal.core import audit, clock


def change_bill(
    session: Session,
    bill: Bill,
    wanted: BillDetails,
    *,
    reason: str,
    by: str,
    shown: str | None = None,
) -> Bill:
    """Replace what an unpaid bill says. Client, account, number and day of issue stay.

    What it said before is kept with who, when and why; what a matter owed is taken back in the
    books and booked anew. `shown` is the mark of what somebody began to change. Raises `Invalid`
    beside its field, `BillChanged`, `HasAllocations` once anything was paid, `Conflict` while a
    payment is under way and for a draft or a void bill, `OwnApproval` where the firm has every bill
    approved by a second person, as nobody would look at the change.
    """
    reason = given_reason(reason, _("Say why the bill is changed."))
    bill = locked(session, bill)
    refuse_unless_untouched(session, bill)
    if not billing_settings(session).own_approval:
        sentence = _("Your firm has each bill approved by a second person. Void this one instead.")
        raise OwnApproval(sentence)
    if shown not in (None, bill.mark):
        sentence = _("The bill was changed meanwhile. Save again to put this in its place.")
        raise BillChanged(sentence)
    _check(session, bill, wanted)
    _keep(session, bill, reason, by)
    with _booked_anew(session, bill, reason, by):
        fill(session, bill, wanted)
        bill.version, bill.edited_by = bill.version + 1, by
        _share(bill)
    audit.record(
        session, by, "bill.changed", postings.cause(bill), number=bill.number, reason=reason
    )
    owe_following(session, bill)
    return bill


@contextmanager
def _booked_anew(session: Session, bill: Bill, reason: str, by: str) -> Generator[None]:
    """Take back what was booked of each share that changes inside, and book what it is then."""
    before = {share.id: share.total_cents for share in bill.shares}
    taken_back = {
        share.id: postings.changed(bill, share, by, reason) for share in owing(bill.shares)
    }
    yield
    session.flush()
    moved = [share for share in bill.shares if share.total_cents != before.get(share.id, 0)]
    transfer_all(session, [taken_back[share.id] for share in moved if share.id in taken_back])
    transfer_all(session, [postings.issued(bill, share, by) for share in owing(moved)])


def _check(session: Session, bill: Bill, wanted: BillDetails) -> None:
    check(session, wanted, bill.currency)
    if wanted.client_id != bill.client_id:
        raise Problems({"client": _("An issued bill stays with its client. Void it instead.")})
    if wanted.bank_account_id != bill.bank_account_id:
        raise Problems({"account": _("An issued bill stays with its account. Void it instead.")})
    if bill.issued_on is not None and wanted.due_on < bill.issued_on:
        raise Problems({"due_on": _("The bill is due before it was issued.")})


def _share(bill: Bill) -> None:
    """Write each matter's share anew, in place: applications may name the row."""
    owed = owed_by_matter(bill)
    known = {share.matter_id: share for share in bill.shares}
    for position, (matter_id, cents) in enumerate(owed.items()):
        if share := known.get(matter_id):
            share.position, share.total_cents = position, cents
        else:
            bill.shares.append(BillShare(matter_id=matter_id, position=position, total_cents=cents))
    for matter_id, share in known.items():
        if matter_id not in owed:
            share.total_cents = 0


def _keep(session: Session, bill: Bill, reason: str, by: str) -> None:
    kept = BillVersion(
        bill_id=bill.id,
        version=bill.version,
        said=_said(session, bill),
        reason=reason,
        ended_at=clock.now(),
        ended_by=by,
    )
    session.add(kept)


def _said(session: Session, bill: Bill) -> dict[str, Any]:
    """The whole bill as JSON values, names as they are now; amounts in cents."""
    lines = session.scalars(
        select(BillLine)
        .where(BillLine.bill_id == bill.id)
        .options(selectinload(BillLine.matter))
        .order_by(BillLine.position)
        .execution_options(populate_existing=True)
    )
    return {
        "due_on": bill.due_on.isoformat() if bill.due_on else None,
        "note": bill.note,
        "subtotal_cents": bill.subtotal_cents,
        "discount_percent_thousandths": bill.discount_percent_thousandths,
        "discount_cents": bill.discount_cents,
        "taxes": [
            {"label": tax.label, "percent_thousandths": tax.percent_thousandths, "cents": tax.cents}
            for tax in bill.taxes
        ],
        "total_cents": bill.total_cents,
        "lines": [
            {
                "matter_id": line.matter_id,
                "matter": f"{line.matter.number} {line.matter.name}",
                "worked_on": line.worked_on.isoformat(),
                "description": line.description,
                "quantity_thousandths": line.quantity_thousandths,
                "rate_cents": line.rate_cents,
                "amount_cents": line.amount_cents,
            }
            for line in lines
        ],
        "shares": {str(share.matter_id): share.total_cents for share in bill.shares},
    }
