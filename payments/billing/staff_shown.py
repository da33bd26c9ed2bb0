"""What every page of bills shares: the blueprint, who may change a bill, and how rows are read."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Row

from payments.billing.listing import Sums
from payments.billing.models import Bill, BillStatus
from payments.money.amounts import Money
from portal.core import clock
from portal.firm.brand import Brand
from portal.firm.models import Level
from portal.web import language
from portal.web.blueprints import staff_blueprint
from portal.web.pagination import COUNTED_MAX

BILLERS = (Level.BILLING, Level.ADMINISTRATOR)

blueprint = staff_blueprint("bills", __name__)


def may_bill() -> bool:
    """Whether the user may draft, issue and void bills (FEATURES N9)."""
    return current_user.holds(*BILLERS)


def today(firm: Brand) -> date:
    """The calendar day where the firm is."""
    return clock.now().astimezone(ZoneInfo(firm.timezone)).date()


def title_of(bill: Bill) -> str:
    """`Bill 1042`, or that it is a draft."""
    return _("Bill %(number)s", number=bill.number) if bill.number else _("Draft bill")


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
