"""Payments as lines of CSV (**Export**, FEATURES M10, X7)."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import Row

from payments.accounts.models import BankAccount
from payments.money.amounts import Money
from payments.transactions import telling
from payments.transactions.states import Status

LINES_AT_ONCE = 200
# A spreadsheet runs what begins like this as a formula: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads names with accents wrongly


def lines(
    rows: Iterable[Row[Any]], accounts: Sequence[BankAccount], timezone: str
) -> Iterator[str]:
    """The file, some lines at a time. Amounts are plain decimals, times have their zone's offset.

    What a payer typed is data: a cell that would be read as a formula gets an apostrophe first.
    """
    names, zone = {account.id: account.name for account in accounts}, ZoneInfo(timezone)
    statuses = telling.statuses()
    paper = io.StringIO()
    writer = csv.writer(paper)
    paper.write(BYTE_ORDER_MARK)
    writer.writerow(_headings())
    for number, row in enumerate(rows, start=1):
        writer.writerow([as_text(cell) for cell in _cells(row, names, statuses, zone)])
        if number % LINES_AT_ONCE == 0:
            yield _taken(paper)
    yield _taken(paper)


def as_text(cell: str) -> str:
    """The cell as it may stand in a spreadsheet: never the beginning of a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _taken(paper: io.StringIO) -> str:
    text = paper.getvalue()
    paper.seek(0)
    paper.truncate()
    return text


def _headings() -> list[str]:
    return [
        _("Submitted"),
        _("Reference"),
        _("Status"),
        _("Amount"),
        _("Currency"),
        _("Fee"),
        _("Account"),
        _("Method"),
        _("Payer"),
        _("Email"),
        _("Paid for"),
        _("Payer's reference"),
        _("Linked to client"),
        _("Linked to matter"),
        _("Expected"),
        _("Completed"),
        _("Stripe payment"),
        _("Payment id"),
    ]


def _cells(
    row: Row[Any], names: dict[int, str], statuses: dict[Status, str], zone: ZoneInfo
) -> list[str]:
    def money(cents: int | None) -> str:
        return "" if cents is None else Money(cents, row.currency).plain()

    completed = row.completed_at
    return [
        row.made_at.astimezone(zone).isoformat(timespec="seconds"),
        row.reference,
        statuses[Status(row.status)],
        money(row.amount_cents),
        row.currency,
        money(row.fee_cents),
        names.get(row.bank_account_id, ""),
        row.method_label,
        row.payer_name,
        row.payer_email,
        row.paid_for,
        row.payer_reference,
        row.client_name or "",
        row.matter_number or "",
        row.expected_on.isoformat() if row.expected_on else "",
        completed.astimezone(zone).isoformat(timespec="seconds") if completed else "",
        row.intent_id or "",
        row.public_id,
    ]
