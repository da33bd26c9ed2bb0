"""A bill in words for the people of the firm: its states, and what the books say about it."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Select, literal, select, union_all
from sqlalchemy.orm import Session

from payments.billing.closed import closed_among
from payments.billing.models import Bill, BillStatus
from payments.billing.versions import BillVersion
from payments.ledger.models import AccountKind, LedgerAccount, Transfer, TransferState
from payments.money.amounts import Money
from portal.clients.access import Closed
from portal.core.audit import AuditEntry
from portal.core.errors import Missing
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


@dataclass(frozen=True, slots=True)
class SentBack:
    """That a draft was sent back instead of being approved. `actor` is one of the log."""

    actor: str
    reason: str


def states() -> dict[BillStatus, str]:
    """The states of FEATURES D1 by their exact labels."""
    return {
        BillStatus.DRAFT: _("Draft"),
        BillStatus.AWAITING_APPROVAL: _("Awaiting approval"),
        BillStatus.AWAITING_PAYMENT: _("Awaiting payment"),
        BillStatus.PAID: _("Paid"),
        BillStatus.VOID: _("Void"),
    }


def bookings(session: Session, bill: Bill, closed: Closed) -> list[Booking]:
    """What was booked on the bill, oldest first, with what was owed after each entry. The bill's
    shares and their matters are loaded. A closed matter, which it named once, goes without name.

    Payments into another operating account are booked there, so every account's receivable for
    this bill counts (docs/decisions/0005).
    """
    both = union_all(_side(bill, debit=True), _side(bill, debit=False)).subquery()
    rows = session.execute(select(both).order_by(both.c.id)).all()
    names = actor_names(session, {row.actor for row in rows})
    hidden = closed_among(session, closed, [share.matter_id for share in bill.shares])
    matters = {
        share.matter_id: _("Another matter")
        if share.matter_id in hidden
        else f"{share.matter.number} {share.matter.name}"
        for share in bill.shares
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


def versions(session: Session, bill: Bill, closed: Closed) -> list[BillVersion]:
    """What the bill said before, the newest first: none that names a closed matter."""
    kept = session.scalars(
        select(BillVersion)
        .where(BillVersion.bill_id == bill.id)
        .order_by(BillVersion.version.desc())
    ).all()
    named = {line["matter_id"] for one in kept for line in one.said["lines"]}
    hidden = closed_among(session, closed, named)
    return [
        one for one in kept if hidden.isdisjoint(line["matter_id"] for line in one.said["lines"])
    ]


def version(session: Session, bill: Bill, number: str, closed: Closed) -> BillVersion:
    """The one with this number, as it stands in an address. Raises `Missing`."""
    for one in versions(session, bill, closed):
        if str(one.version) == number:
            return one
    raise Missing(_("There is no such version of this bill."))


def sent_back(session: Session, bill: Bill) -> SentBack | None:
    """Who sent a draft back and why, where nothing was done about it yet."""
    if bill.status != BillStatus.DRAFT:
        return None
    last = session.execute(
        select(AuditEntry.actor, AuditEntry.detail, AuditEntry.action)
        .where(AuditEntry.subject == f"bill:{bill.public_id}")
        .order_by(AuditEntry.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.action != "bill.sent_back":
        return None
    return SentBack(last.actor, last.detail["reason"])


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
        "bill_changed": _("Bill changed"),
        "bill_voided": _("Bill voided"),
        "applied": _("Payment applied"),
        "application_reversed": _("Payment taken off"),
    }
    what = known.get(situation) or situation.replace("_", " ").capitalize()
    return f"{what}: {reason}" if reason else what
