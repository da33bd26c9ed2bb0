"""A bill in words for the people of the firm: its states, and what the books say about it."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Select, literal, select, union_all
from sqlalchemy.orm import Session

from payments.billing.models import Bill, BillStatus
from payments.ledger.models import AccountKind, LedgerAccount, Transfer, TransferState
from payments.money.amounts import Money
from portal.firm.queries import actor_names

BOOKED = (TransferState.POSTED, TransferState.POST)


@dataclass(frozen=True, slots=True)
class Booking:
    """One entry on what a matter owes for this bill: above zero it owes more from then on."""

    at: datetime
    what: str
    matter: str
    who: str
    change: Money
    owed: Money


def states() -> dict[BillStatus, str]:
    """The states of FEATURES D1 by their exact labels."""
    return {
        BillStatus.DRAFT: _("Draft"),
        BillStatus.AWAITING_APPROVAL: _("Awaiting approval"),
        BillStatus.AWAITING_PAYMENT: _("Awaiting payment"),
        BillStatus.PAID: _("Paid"),
        BillStatus.VOID: _("Void"),
    }


def bookings(session: Session, bill: Bill) -> list[Booking]:
    """What was booked on the bill, oldest first, with what was owed after each entry. The bill's
    shares and their matters are loaded.

    Payments into another operating account are booked there, so every account's receivable for
    this bill counts (docs/decisions/0005).
    """
    both = union_all(_side(bill, debit=True), _side(bill, debit=False)).subquery()
    rows = session.execute(select(both).order_by(both.c.id)).all()
    names = actor_names(session, {row.actor for row in rows})
    matters = {
        share.matter_id: f"{share.matter.number} {share.matter.name}" for share in bill.shares
    }
    told: list[Booking] = []
    owed = 0
    for row in rows:
        change = row.amount_cents if row.is_debit else -row.amount_cents
        owed += change
        told.append(
            Booking(
                row.at,
                _what(row.situation, row.reason),
                matters[row.matter_id],
                names[row.actor],
                Money(change, bill.currency),
                Money(owed, bill.currency),
            )
        )
    return told


def _side(
    bill: Bill, *, debit: bool
) -> Select[int, bool, int, str, str, str, datetime, int | None]:
    account = Transfer.debit_id if debit else Transfer.credit_id
    return (
        select(
            Transfer.id,
            literal(debit).label("is_debit"),
            Transfer.amount_cents,
            Transfer.situation,
            Transfer.actor,
            Transfer.reason,
            Transfer.at,
            LedgerAccount.matter_id,
        )
        .join(LedgerAccount, LedgerAccount.id == account)
        .where(
            LedgerAccount.client_id == bill.client_id,
            LedgerAccount.kind == AccountKind.RECEIVABLE,
            LedgerAccount.bill_id == bill.id,
            Transfer.state.in_(BOOKED),
        )
    )


def _what(situation: str, reason: str) -> str:
    known = {
        "bill_issued": _("Bill issued"),
        "bill_voided": _("Bill voided"),
        "applied": _("Payment applied"),
        "application_reversed": _("Payment taken off"),
    }
    what = known.get(situation) or situation.replace("_", " ").capitalize()
    return f"{what}: {reason}" if reason else what
