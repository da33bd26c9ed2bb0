"""Bills of a file, kept many at once: by the same few statements for 500 as for one (X7)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from payments.billing import postings
from payments.billing.actions import IMPORTED
from payments.billing.details import cleaned
from payments.billing.importing_reading import ToBring
from payments.billing.models import Bill, BillLine, BillShare, BillStatus, BillTax
from payments.ledger.actions import transfer_all
from portal.core import audit, clock, db, ids
from portal.firm.models import Firm
from portal.imports.remembering import remember

Values = dict[str, Any]

# Statements are built once: building one costs several times what running it does.
_BILLS, _LINES, _TAXES, _SHARES = (
    insert(cast(Table, kind.__table__)) for kind in (Bill, BillLine, BillTax, BillShare)
)


def keep(session: Session, bringing: Sequence[ToBring], by: str, run: str) -> None:
    """Keep these as drafts, or as issued bills with their numbers, booked as receivable.

    Those who follow the issue of bills are not told: nothing is charged of its own accord because
    of an import (FEATURES P9). `run` is the import's name in the log.
    """
    currency = session.scalars(select(Firm)).one().currency
    now = clock.now()
    bills = [_bill(one, currency, by, now) for one in bringing]
    _write(session, _BILLS, bills)
    _find_ids(session, bills)
    both = list(zip(bringing, bills, strict=True))
    _write(session, _LINES, (row for one, bill in both for row in _lines(one, bill["id"])))
    _write(session, _TAXES, (row for one, bill in both for row in _taxes(one, bill["id"])))
    _write(session, _SHARES, (row for one, bill in both for row in _shares(one, bill["id"])))
    _book(session, bills, by)
    told = ((f"bill:{bill['public_id']}", _told(one, bill, run)) for one, bill in both)
    audit.record_many(session, by, "bill.imported", told)
    remember(session, IMPORTED, {one.name: bill["id"] for one, bill in both})


def _bill(one: ToBring, currency: str, by: str, now: datetime) -> Values:
    details, sums, issued = one.details, one.details.sums, one.number is not None
    return {
        "public_id": ids.public_id(),
        "number": one.number,
        "client_id": details.client_id,
        "bank_account_id": details.bank_account_id,
        "status": BillStatus.AWAITING_PAYMENT if issued else BillStatus.DRAFT,
        "currency": currency,
        "issued_on": one.issued_on,
        "due_on": details.due_on,
        "subtotal_cents": sums.subtotal_cents,
        "discount_percent_thousandths": details.discount.percent_thousandths,
        "discount_cents": sums.discount_cents,
        "tax_cents": sums.tax_cents,
        "total_cents": sums.total_cents,
        "note": cleaned(details.note),
        "made_at": now,
        "made_by": by,
        "approved_at": now if issued else None,
        "approved_by": by if issued else None,
        "issued_by": by if issued else None,
    }


def _lines(one: ToBring, bill_id: int) -> Iterable[Values]:
    for position, line in enumerate(one.details.lines):
        yield {
            "bill_id": bill_id,
            "position": position,
            "matter_id": line.matter_id,
            "worked_on": line.worked_on,
            "description": cleaned(line.description),
            "quantity_thousandths": line.quantity_thousandths,
            "rate_cents": line.rate_cents,
            "amount_cents": line.amount_cents,
        }


def _taxes(one: ToBring, bill_id: int) -> Iterable[Values]:
    both = zip(one.details.taxes, one.details.sums.taxes_cents, strict=True)
    for position, (tax, cents) in enumerate(both):
        yield {
            "bill_id": bill_id,
            "position": position,
            "label": cleaned(tax.label),
            "percent_thousandths": tax.percent_thousandths,
            "cents": cents,
        }


def _shares(one: ToBring, bill_id: int) -> Iterable[Values]:
    for position, (matter_id, cents) in enumerate(one.owed.items()):
        yield {
            "bill_id": bill_id,
            "matter_id": matter_id,
            "position": position,
            "total_cents": cents,
        }


def _write(session: Session, statement: Any, rows: Iterable[Values]) -> None:
    written = list(rows)
    if written:
        db.writing(session).execute(statement, written)


def _find_ids(session: Session, bills: Sequence[Values]) -> None:
    names = [bill["public_id"] for bill in bills]
    rows = session.execute(select(Bill.public_id, Bill.id).where(Bill.public_id.in_(names)))
    found = {row.public_id: row.id for row in rows}
    for bill in bills:
        bill["id"] = found[bill["public_id"]]


def _book(session: Session, bills: Sequence[Values], by: str) -> None:
    """Book what is owed, by the ledger's own function: each matter's share by itself."""
    known = {bill["id"]: _booked(bill) for bill in bills if bill["number"] is not None}
    shares = session.execute(
        select(BillShare.id, BillShare.bill_id, BillShare.matter_id, BillShare.total_cents)
        .where(BillShare.bill_id.in_(known))
        .order_by(BillShare.id)
    )
    entries = [postings.issued(known[row.bill_id], BillShare(**row._mapping), by) for row in shares]
    transfer_all(session, entries)


def _booked(bill: Values) -> Bill:
    """As much of the bill as the books name: it is not read back as a whole."""
    named = ("id", "public_id", "client_id", "bank_account_id", "currency")
    return Bill(**{name: bill[name] for name in named}, version=1)


def _told(one: ToBring, bill: Values, run: str) -> Mapping[str, Any]:
    return {"number": one.name, "total_cents": bill["total_cents"], "import": run}
