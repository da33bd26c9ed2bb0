"""Drafting, issuing and voiding bills (FEATURES D1). An issued bill is booked as receivable."""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from payments.billing.details import YEARS, BillDetails, LineDetails, check, cleaned
from payments.billing.models import Bill, BillLine, BillShare, BillStatus
from payments.ledger.accounts import AccountKey
from payments.ledger.actions import Entry, transfer_all
from payments.ledger.models import AccountKind
from payments.money.amounts import Money
from portal.core import audit, clock, ids
from portal.core.errors import Conflict, Invalid
from portal.firm.models import Firm

__all__ = [
    "FIRST_NUMBER",
    "BillDetails",
    "HasAllocations",
    "LineDetails",
    "draft_bill",
    "edit_draft",
    "issue",
    "submit_for_approval",
    "void",
]

FIRST_NUMBER = 1001
REASON_CHARS_MAX = 500
UNISSUED = frozenset({BillStatus.DRAFT, BillStatus.AWAITING_APPROVAL})


class DraftChanged(Conflict):
    """Somebody has edited the draft since it was shown to whoever issues it."""


class HasAllocations(Conflict):
    """The bill cannot be voided while payments are applied to it. `applied` says how much."""

    def __init__(self, message: str, applied: Money) -> None:
        super().__init__(message)
        self.applied = applied


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
        shares=[],
    )
    _fill(bill, wanted)
    session.add(bill)
    session.flush()
    audit.record(session, by, "bill.drafted", _subject(bill), total_cents=bill.total_cents)
    return bill


def edit_draft(session: Session, bill: Bill, wanted: BillDetails, *, by: str) -> Bill:
    """Replace what a draft says. One that awaited approval is a draft again: it has changed.

    Raises `Conflict` for a bill that was issued, `Invalid` like `draft_bill`.
    """
    bill = _locked(session, bill)
    _refuse_issued(bill)
    check(session, wanted, bill.currency)
    bill.lines.clear()
    session.flush()  # the old lines go before new ones take their positions
    _fill(bill, wanted)
    bill.status = BillStatus.DRAFT
    session.flush()
    audit.record(session, by, "bill.edited", _subject(bill), total_cents=bill.total_cents)
    return bill


def submit_for_approval(session: Session, bill: Bill, *, by: str) -> Bill:
    """Say that a draft is ready to be looked at. Raises `Conflict` for anything but a draft."""
    bill = _locked(session, bill)
    if bill.status != BillStatus.DRAFT:
        raise Conflict(_("This bill is no longer a draft."))
    bill.status = BillStatus.AWAITING_APPROVAL
    session.flush()
    audit.record(session, by, "bill.submitted", _subject(bill))
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
    """Give a draft its number, freeze each matter's share and book the receivable.

    Numbers run without gaps or duplicates, however many issue at once: one at a time holds the
    firm's row. `shown` is the mark of the draft that somebody has looked at. `first_number` counts
    only where no bill was issued yet. Raises `Conflict` where it was issued before, `DraftChanged`,
    `Invalid` where it is due before `on` or some matter owes nothing.
    """
    session.execute(select(Firm.id).with_for_update()).one()
    bill = _locked(session, bill)
    _refuse_issued(bill)
    if shown not in (None, bill.mark):
        raise DraftChanged(_("The draft was changed meanwhile. Look at it again, then issue it."))
    _check_days(bill, on)
    bill.shares.extend(_shares(bill))
    highest = session.scalar(select(func.max(Bill.number)))
    bill.number = first_number if highest is None else highest + 1
    bill.status, bill.issued_on, bill.issued_by = BillStatus.AWAITING_PAYMENT, on, by
    session.flush()
    transfer_all(session, [_issued(bill, share, by) for share in bill.shares])
    audit.record(session, by, "bill.issued", _subject(bill), number=bill.number)
    return bill


def void(session: Session, bill: Bill, *, reason: str, by: str) -> Bill:
    """Withdraw an issued bill for good; its entries are reversed, its number is not used again.

    Raises `Invalid` beside `reason` where none is given, `HasAllocations` while payments are
    applied, `Conflict` while a payment is under way, and for a draft or a void bill.
    """
    reason = cleaned(reason)
    if not reason:
        raise Invalid(_("Say why the bill is voided."), "reason")
    if len(reason) > REASON_CHARS_MAX:
        raise Invalid(_("Keep the reason under 500 characters."), "reason")
    bill = _locked(session, bill)
    _refuse_to_void(session, bill)
    bill.status, bill.voided_at = BillStatus.VOID, clock.now()
    bill.voided_by, bill.void_reason = by, reason
    session.flush()
    transfer_all(session, [_voided(bill, share, by, reason) for share in bill.shares])
    audit.record(session, by, "bill.voided", _subject(bill), number=bill.number, reason=reason)
    return bill


def _subject(bill: Bill) -> str:
    return f"bill:{bill.public_id}"


def _locked(session: Session, bill: Bill) -> Bill:
    """The bill as it stands now, lines and shares too, and nobody else's until the end."""
    return session.scalars(
        select(Bill)
        .where(Bill.id == bill.id)
        .options(selectinload(Bill.lines), selectinload(Bill.shares))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _fill(bill: Bill, wanted: BillDetails) -> None:
    bill.client_id, bill.bank_account_id = wanted.client_id, wanted.bank_account_id
    bill.due_on, bill.note = wanted.due_on, cleaned(wanted.note)
    bill.total_cents = wanted.total_cents
    bill.lines.extend(
        BillLine(
            position=position,
            matter_id=line.matter_id,
            worked_on=line.worked_on,
            description=cleaned(line.description),
            quantity_thousandths=line.quantity_thousandths,
            rate_cents=line.rate_cents,
            amount_cents=line.amount_cents,
        )
        for position, line in enumerate(wanted.lines)
    )


def _refuse_issued(bill: Bill) -> None:
    if bill.status not in UNISSUED:
        raise Conflict(_("Bill %(number)s was issued already.", number=bill.number))


def _check_days(bill: Bill, on: date) -> None:
    if on.year not in YEARS:
        raise Invalid(_("Enter an issue date between 2000 and 2100."), "issued_on")
    if bill.due_on is None or bill.due_on < on:
        raise Invalid(_("The bill is due before it is issued. Change one of the dates."), "due_on")


def _shares(bill: Bill) -> list[BillShare]:
    """What each matter owes, in the order of its first line. Raises `Invalid` for nothing."""
    owed: dict[int, int] = {}
    for line in bill.lines:
        owed[line.matter_id] = owed.get(line.matter_id, 0) + line.amount_cents
    if sum(owed.values()) <= 0:
        raise Invalid(_("The bill comes to nothing. Add a line with an amount."), "lines")
    if min(owed.values()) <= 0:
        sentence = _("One matter's lines come to nothing. Give them an amount or leave them out.")
        raise Invalid(sentence, "lines")
    return [
        BillShare(matter_id=matter_id, position=position, total_cents=cents)
        for position, (matter_id, cents) in enumerate(owed.items())
    ]


def _refuse_to_void(session: Session, bill: Bill) -> None:
    if bill.status in UNISSUED:
        raise Conflict(_("This bill was not issued yet. Change the draft instead."))
    if bill.status == BillStatus.VOID:
        raise Conflict(_("Bill %(number)s was voided already.", number=bill.number))
    if bill.applied_cents:
        applied = Money(bill.applied_cents, bill.currency)
        amount = applied.format(session.scalars(select(Firm.locale)).one())
        raise HasAllocations(
            _("Reverse the payments of %(amount)s on this bill first.", amount=amount), applied
        )
    if bill.reserved_cents:
        raise Conflict(_("A payment on this bill is under way. Wait until it is through."))


def _accounts(bill: Bill, share: BillShare) -> tuple[AccountKey, AccountKey]:
    receivable = AccountKey(
        AccountKind.RECEIVABLE,
        bill.bank_account_id,
        bill.currency,
        client_id=bill.client_id,
        matter_id=share.matter_id,
        bill_id=bill.id,
    )
    return receivable, AccountKey(AccountKind.INCOME, bill.bank_account_id, bill.currency)


def _issued(bill: Bill, share: BillShare, by: str) -> Entry:
    receivable, income = _accounts(bill, share)
    return Entry(
        once=f"bill:{bill.public_id}:issued:{share.id}",
        situation="bill_issued",
        debit=receivable,
        credit=income,
        amount_cents=share.total_cents,
        cause=_subject(bill),
        actor=by,
    )


def _voided(bill: Bill, share: BillShare, by: str, reason: str) -> Entry:
    receivable, income = _accounts(bill, share)
    return Entry(
        once=f"bill:{bill.public_id}:voided:{share.id}",
        situation="bill_voided",
        debit=income,
        credit=receivable,
        amount_cents=share.total_cents,
        cause=_subject(bill),
        actor=by,
        reason=reason,
    )
