"""Bills and trust requests as lines of CSV (**Export**, FEATURES X7).

Of bills a row is one line, as the import of bills reads it: what the whole bill says stands in
each of its rows. A draft has no number, so its id names it. Amounts are plain decimals, days ISO
dates.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from payments.accounts.queries import bank_accounts
from payments.billing import listing, telling, trust_listing
from payments.billing.fitting import Wanted
from payments.billing.importing_fields import FIELDS
from payments.billing.importing_house import DRAFT
from payments.billing.models import Bill, BillLine, BillStatus, BillTax
from payments.billing.quantities import plain
from payments.money.amounts import Money
from portal.clients.access import Closed
from portal.clients.models import Matter
from portal.core import db
from portal.web import csv_lines


def bill_lines(wanted: Wanted, closed: Closed) -> Iterator[str]:
    """The file, some lines at a time, of the bills that fit, in the order of their list."""
    headings = [*(str(column.label) for column in FIELDS), _("Balance")]
    return csv_lines.lines(headings, _bill_cells(wanted, closed))


@dataclass(slots=True)
class _Parts:
    """What some bills say beyond their list, by the bill's id, and the names of the accounts."""

    lines: dict[int, list[Any]]
    taxes: dict[int, list[str]]
    accounts: dict[int, str]
    more: dict[int, Any] = field(default_factory=dict)


def _bill_cells(wanted: Wanted, closed: Closed) -> Iterator[list[str]]:
    states = telling.states()
    for bills in listing.every_row(wanted, closed):
        with db.read() as session:
            parts = _parts_of(session, bills)
        for bill in bills:
            said = _said(bill, parts, states[BillStatus(bill.status)])
            balance = _money(_owed(bill), bill.currency)
            for line in parts.lines[bill.id]:
                cells = said | _line(line, bill.currency)
                yield [*(cells[column.name] for column in FIELDS), balance]


def _parts_of(session: Session, bills: Sequence[Row[Any]]) -> _Parts:
    ids = [bill.id for bill in bills]
    parts = _Parts(defaultdict(list), defaultdict(list), _account_names(session))
    parts.more = {row.id: row for row in session.execute(_MORE.where(Bill.id.in_(ids)))}
    for row in session.execute(_LINES.where(BillLine.bill_id.in_(ids))):
        parts.lines[row.bill_id].append(row)
    for row in session.execute(_TAXES.where(BillTax.bill_id.in_(ids))):
        parts.taxes[row.bill_id].append(f"{row.label} {plain(row.percent_thousandths)}%")
    return parts


def _said(bill: Row[Any], parts: _Parts, status: str) -> dict[str, str]:
    """What the whole bill says, by field."""
    more = parts.more[bill.id]
    return {
        "number": str(bill.number or f"{DRAFT}{bill.public_id}"),
        "client": bill.client_name,
        "issued_on": _day(bill.issued_on),
        "due_on": _day(bill.due_on),
        "discount": _discount(more, bill.currency),
        "taxes": "; ".join(parts.taxes[bill.id]),
        "total": _money(bill.total_cents, bill.currency),
        "note": more.note,
        "status": status,
        "paid": _money(bill.applied_cents, bill.currency),
        "currency": bill.currency,
        "account": parts.accounts[more.bank_account_id],
    }


def _line(line: Row[Any], currency: str) -> dict[str, str]:
    return {
        "matter": line.matter_number,
        "matter_name": line.matter_name,
        "worked_on": _day(line.worked_on),
        "description": line.description,
        "quantity": plain(line.quantity_thousandths),
        "rate": _money(line.rate_cents, currency),
        "amount": _money(line.amount_cents, currency),
    }


def _discount(more: Row[Any], currency: str) -> str:
    if more.discount_percent_thousandths:
        return f"{plain(more.discount_percent_thousandths)}%"
    return _money(more.discount_cents, currency) if more.discount_cents else ""


def _owed(bill: Row[Any]) -> int:
    asked = bill.status in {BillStatus.AWAITING_PAYMENT, BillStatus.PAID}
    return bill.total_cents - bill.applied_cents if asked else 0


def request_lines(wanted: trust_listing.Wanted, closed: Closed) -> Iterator[str]:
    """The file, some lines at a time, of the trust requests that fit, in the order of their list.
    A request at client level has no matter."""
    headings = [
        _("Trust request number"),
        _("Client"),
        _("Matter number"),
        _("Matter name"),
        _("Issued"),
        _("Due"),
        _("Amount"),
        _("Paid"),
        _("Balance"),
        _("Currency"),
        _("Status"),
        _("Paid into"),
        _("Note"),
    ]
    return csv_lines.lines(headings, _request_cells(wanted, closed))


def _request_cells(wanted: trust_listing.Wanted, closed: Closed) -> Iterator[list[str]]:
    states = telling.states()
    with db.read() as session:
        accounts = _account_names(session)
    for asked_for in trust_listing.every_row(wanted, closed):
        for asked in asked_for:
            open_now = asked.status == BillStatus.AWAITING_PAYMENT
            left = asked.amount_cents - asked.paid_cents if open_now else 0
            yield [
                str(asked.number or f"{DRAFT}{asked.public_id}"),
                asked.client_name,
                asked.matter_number or "",
                asked.matter_name or "",
                _day(asked.issued_on),
                _day(asked.due_on),
                _money(asked.amount_cents, asked.currency),
                _money(asked.paid_cents, asked.currency),
                _money(left, asked.currency),
                asked.currency,
                states[BillStatus(asked.status)],
                accounts[asked.bank_account_id],
                asked.note,
            ]


def _account_names(session: Session) -> dict[int, str]:
    return {account.id: account.name for account in bank_accounts(session)}


def _day(on: date | None) -> str:
    return on.isoformat() if on else ""


def _money(cents: int, currency: str) -> str:
    return Money(cents, currency).plain()


_MORE = select(
    Bill.id,
    Bill.note,
    Bill.discount_percent_thousandths,
    Bill.discount_cents,
    Bill.bank_account_id,
)
_LINES = (
    select(
        BillLine.bill_id,
        BillLine.worked_on,
        BillLine.description,
        BillLine.quantity_thousandths,
        BillLine.rate_cents,
        BillLine.amount_cents,
        Matter.number.label("matter_number"),
        Matter.name.label("matter_name"),
    )
    .join(Matter, Matter.id == BillLine.matter_id)
    .order_by(BillLine.bill_id, BillLine.position)
)
_TAXES = select(BillTax.bill_id, BillTax.label, BillTax.percent_thousandths).order_by(
    BillTax.bill_id, BillTax.position
)
