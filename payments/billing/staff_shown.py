"""What every page of bills shares: the blueprint, who may change a bill, and how rows are read."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.numbers import format_percent
from flask import Response
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Row

from payments.billing import telling
from payments.billing.listing import Sums
from payments.billing.models import Bill, BillStatus
from payments.billing.panels import ON_BILLS
from payments.money.amounts import Money
from portal.web import language
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import page_or_fragment
from portal.web.pagination import COUNTED_MAX
from portal.web.permissions import WRITE_BILLS

FORM_BYTES_MAX = 6 * 1024 * 1024
"""What a bill may weigh as a form: 500 lines of 1,000 characters, each of them up to 12 bytes as
forms are sent (`%F0%9F%8C%B8`)."""

blueprint = staff_blueprint("bills", __name__)


def may_bill() -> bool:
    """Whether the user may draft, issue and void bills (FEATURES N9)."""
    return current_user.may(WRITE_BILLS)


def tab_labels() -> dict[BillStatus, str]:
    """The states by the labels of the lists' tabs (FEATURES D1, L8)."""
    return telling.states() | {BillStatus.AWAITING_PAYMENT: _("Unpaid")}


def title_of(bill: Bill | Row[Any]) -> str:
    """`Bill 1042`, or that it is a draft."""
    return _("Bill %(number)s", number=bill.number) if bill.number else _("Draft bill")


def task(
    bill: Bill, body: str, label: str, status: int, *, errors: dict[str, str], **context: Any
) -> Response:
    """One thing to do with a bill: a dialog for htmx, else a page of its own."""
    return page_or_fragment(
        "billing/staff_task.html",
        "components/task_dialog.html",
        status,
        bill=bill,
        body=body,
        label=label,
        title=_("%(action)s: %(bill)s", action=label, bill=title_of(bill)),
        errors=errors,
        **context,
    )


def sums_shown(
    currency: str,
    subtotal_cents: int,
    discount: tuple[int, int],
    taxes: Iterable[tuple[str, int, int]],
    total_cents: int,
) -> list[dict[str, Any]]:
    """What a bill comes to, line by line. `discount` and each tax end with their percentage in
    thousandths and their cents; a bill without them has its total alone."""
    locale = language.current()
    percent, off = discount
    lines = [(_("Discount"), percent, -off)] if off else []
    lines += taxes
    told = [(_("Subtotal"), 0, subtotal_cents), *lines] if lines else []
    return [
        {
            "key": f"{label} {_percent(share, locale)}" if share else label,
            "value": Money(cents, currency).format(locale),
            "figure": True,
        }
        for label, share, cents in [*told, (_("Total"), 0, total_cents)]
    ]


def _percent(thousandths: int, locale: str) -> str:
    share = Decimal(thousandths) / 100_000
    return format_percent(share, locale=Locale.parse(locale), decimal_quantization=False)


def overdue(bill: Bill | Row[Any], day: date) -> bool:
    """Whether an unpaid bill was due before this day."""
    unpaid = bill.status == BillStatus.AWAITING_PAYMENT
    return unpaid and bill.due_on is not None and bill.due_on < day


def shown(
    rows: Sequence[Row[Any]], day: date, parts: Mapping[int, tuple[int, int]] | None = None
) -> list[dict[str, Any]]:
    """The rows of a list as they are read; with `parts`, one matter's cents of each bill."""
    return [_shown(row, day, parts[row.id] if parts is not None else None) for row in rows]


def _shown(row: Row[Any], day: date, part: tuple[int, int] | None) -> dict[str, Any]:
    total, applied = part or (row.total_cents, row.applied_cents)
    owed = 0 if row.status == BillStatus.VOID else total - applied
    locale = language.current()
    return {
        "row": row,
        "actions": ON_BILLS.actions(row, current_user.may, listed=True),
        "overdue": overdue(row, day),
        "part_paid": 0 < row.applied_cents < row.total_cents,
        "total": Money(total, row.currency).format(locale),
        "balance": Money(owed, row.currency).format(locale) if row.number else None,
    }


def counted(sums: Sums) -> str:
    """How many bills there are."""
    if sums.uncounted:
        return _("More than %(count)s bills", count=format_decimal(COUNTED_MAX))
    return ngettext("%(num)s bill", "%(num)s bills", sums.bills)


def count_words(sums: Sums, currency: str) -> str:
    """How many bills there are and what they come to, where they could be added up."""
    if sums.uncounted:
        return counted(sums)
    locale = language.current()
    total = Money(sums.total_cents, currency).format(locale)
    owed = Money(sums.owed_cents, currency).format(locale)
    return _(
        "%(bills)s: %(total)s in all, %(owed)s unpaid", bills=counted(sums), total=total, owed=owed
    )
