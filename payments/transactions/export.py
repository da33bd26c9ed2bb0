"""Payments as lines of CSV (**Export**, FEATURES M10, X7)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import Row

from payments.accounts.models import BankAccount
from payments.money.amounts import Money
from payments.transactions import telling
from payments.transactions.overlays import Overlaid
from payments.transactions.states import Status
from portal.web import csv_lines


def lines(
    rows: Iterable[tuple[Row[Any], Overlaid]], accounts: Sequence[BankAccount], timezone: str
) -> Iterator[str]:
    """The file, some at a time, of payments with what lies over each. Amounts are plain decimals,
    times have their zone's offset."""
    names, zone = {account.id: account.name for account in accounts}, ZoneInfo(timezone)
    statuses = telling.statuses()
    marks = telling.overlays()
    cells = (
        _cells(row, over, [marks[mark] for mark in over.marks], names, statuses, zone)
        for row, over in rows
    )
    return csv_lines.lines(_headings(), cells)


def _headings() -> list[str]:
    return [
        _("Submitted"),
        _("Reference"),
        _("Status"),
        _("Refund or dispute"),
        _("Amount"),
        _("Refunded amount"),
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
    row: Row[Any],
    over: Overlaid,
    marks: Sequence[str],
    names: dict[int, str],
    statuses: dict[Status, str],
    zone: ZoneInfo,
) -> list[str]:
    def money(cents: int | None) -> str:
        return "" if cents is None else Money(cents, row.currency).plain()

    completed = row.completed_at
    return [
        row.made_at.astimezone(zone).isoformat(timespec="seconds"),
        row.reference,
        statuses[Status(row.status)],
        ", ".join(marks),
        money(row.amount_cents),
        money(over.refunded_cents or None),
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
