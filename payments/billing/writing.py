"""What every change of a bill shares: taking hold of it, writing what it says, and refusals."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.orm import Session, selectinload

from payments.billing.details import BillDetails, cleaned
from payments.billing.models import UNISSUED, Bill, BillLine, BillStatus, BillTax
from payments.billing.reckoning import shares_of
from payments.billing.settings import billing_settings
from payments.money.amounts import Money
from portal.core.audit import AuditEntry
from portal.core.errors import Conflict, Invalid, Missing, Refusal
from portal.firm.models import Firm
from portal.web.language import for_staff

REASON_CHARS_MAX = 500


class BillChanged(Conflict):
    """Somebody has changed the bill since it was shown to whoever goes on with it."""


class HasAllocations(Conflict):
    """This cannot be done while payments are applied to the bill. `applied` says how much."""

    def __init__(self, message: str, applied: Money) -> None:
        super().__init__(message)
        self.applied = applied


class OwnApproval(Refusal):
    """The firm has every bill approved by a second person (FEATURES D1)."""

    status = 403


def locked(session: Session, bill: Bill) -> Bill:
    """The bill as it stands now, lines, taxes and shares too, and nobody else's until the end.
    Raises `Missing` where a draft was deleted meanwhile."""
    found = session.scalars(
        select(Bill)
        .where(Bill.id == bill.id)
        .options(selectinload(Bill.lines), selectinload(Bill.taxes), selectinload(Bill.shares))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise Missing(_("There is no such bill."))
    return found


def fill(session: Session, bill: Bill, wanted: BillDetails) -> None:
    """Write what was checked over what the bill says: lines, discount, taxes and sums."""
    bill.lines.clear()
    bill.taxes.clear()
    session.flush()  # the old lines go before new ones take their positions
    bill.client_id, bill.bank_account_id = wanted.client_id, wanted.bank_account_id
    bill.due_on, bill.note = wanted.due_on, cleaned(wanted.note)
    sums = wanted.sums
    bill.subtotal_cents, bill.discount_cents = sums.subtotal_cents, sums.discount_cents
    bill.discount_percent_thousandths = wanted.discount.percent_thousandths
    bill.tax_cents, bill.total_cents = sums.tax_cents, sums.total_cents
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
    bill.taxes.extend(
        BillTax(
            position=position,
            label=cleaned(tax.label),
            percent_thousandths=tax.percent_thousandths,
            cents=cents,
        )
        for position, (tax, cents) in enumerate(zip(wanted.taxes, sums.taxes_cents, strict=True))
    )


def owed_by_matter(bill: Bill) -> Mapping[int, int]:
    """What each matter owes on the bill as it is written, in cents. Raises `Invalid` where one, or
    the whole, comes to nothing: credits and discount leave something on every matter."""
    amounts = [(line.matter_id, line.amount_cents) for line in bill.lines]
    return shares_owed(amounts, bill.discount_cents, bill.tax_cents)


def shares_owed(
    amounts: Sequence[tuple[int, int]], discount_cents: int, tax_cents: int
) -> Mapping[int, int]:
    """The same of a bill of which `amounts` has the matter and the cents of each line."""
    owed = shares_of(amounts, discount_cents, tax_cents)
    if sum(owed.values()) <= 0:
        raise Invalid(_("The bill comes to nothing. Add a line with an amount."), "lines")
    if min(owed.values()) <= 0:
        sentence = _("One matter's lines come to nothing. Give them an amount or leave them out.")
        raise Invalid(sentence, "lines")
    return owed


def given_reason(typed: str, missing: str) -> str:
    """The reason as it is kept. Raises `Invalid` beside `reason`, with `missing` where there is
    none."""
    reason = cleaned(typed)
    if not reason:
        raise Invalid(missing, "reason")
    if len(reason) > REASON_CHARS_MAX:
        raise Invalid(_("Keep the reason under 500 characters."), "reason")
    return reason


def refuse_issued(bill: Bill) -> None:
    """Raise `Conflict` for anything but a draft, submitted or not."""
    if bill.status not in UNISSUED:
        raise Conflict(_("Bill %(number)s was issued already.", number=bill.number))


def refuse_unless_untouched(session: Session, bill: Bill) -> None:
    """Raise `Conflict` for a draft or a void bill and while a payment is under way,
    `HasAllocations` while payments are applied (FEATURES D1, M9)."""
    if bill.status in UNISSUED:
        raise Conflict(_("This bill was not issued yet. Change the draft instead."))
    if bill.status == BillStatus.VOID:
        raise Conflict(_("Bill %(number)s was voided already.", number=bill.number))
    if bill.applied_cents:
        applied = Money(bill.applied_cents, bill.currency)
        amount = applied.format(for_staff(session.scalars(select(Firm.country)).one()))
        raise HasAllocations(
            _("Reverse the payments of %(amount)s on this bill first.", amount=amount), applied
        )
    if bill.reserved_cents:
        raise Conflict(_("A payment on this bill is under way. Wait until it is through."))


def needs_another(session: Session, bill: Bill, by: str) -> bool:
    """Whether the firm leaves the approval to somebody else than `by`, who wrote the bill or
    changed it since it was drafted."""
    if billing_settings(session).own_approval:
        return False
    return by in {bill.made_by, bill.edited_by} or has_done(
        session, f"bill:{bill.public_id}", by, "bill.drafted", "bill.edited"
    )


def has_done(session: Session, subject: str, by: str, *actions: str) -> bool:
    """Whether the log holds that this actor did one of these to the subject: a bill itself keeps
    only its first and its last writer."""
    here = (AuditEntry.subject == subject, AuditEntry.actor == by, AuditEntry.action.in_(actions))
    return bool(session.scalar(select(exists().where(*here))))
