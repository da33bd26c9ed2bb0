"""What every page of trust requests shares: the blueprint, and how requests are read."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Row

from payments.billing.models import BillStatus
from payments.billing.panels import ON_TRUST_REQUESTS
from payments.billing.requested import TrustRequest
from payments.billing.trust_listing import Sums
from payments.money.amounts import Money
from portal.web import language
from portal.web.blueprints import staff_blueprint
from portal.web.pagination import COUNTED_MAX

blueprint = staff_blueprint("trust_requests", __name__)


def title_of(asked: TrustRequest | Row[Any]) -> str:
    """`Trust request 2042`, or that it is a draft."""
    if asked.number:
        return _("Trust request %(number)s", number=asked.number)
    return _("Draft trust request")


def overdue(asked: TrustRequest | Row[Any], day: date) -> bool:
    """Whether an unpaid request was due before this day."""
    return asked.status == BillStatus.AWAITING_PAYMENT and asked.due_on < day


def shown(rows: Sequence[Row[Any]], day: date) -> list[dict[str, Any]]:
    """The rows of a list as they are read."""
    return [_shown(row, day) for row in rows]


def _shown(row: Row[Any], day: date) -> dict[str, Any]:
    left = 0 if row.status == BillStatus.VOID else row.amount_cents - row.paid_cents
    locale = language.current()
    return {
        "row": row,
        "overdue": overdue(row, day),
        "part_paid": 0 < row.paid_cents < row.amount_cents,
        "approved": row.approved_by is not None and row.status == BillStatus.AWAITING_APPROVAL,
        "amount": Money(row.amount_cents, row.currency).format(locale),
        "left": Money(left, row.currency).format(locale) if row.number else None,
        "actions": ON_TRUST_REQUESTS.actions(row, current_user.may, listed=True),
    }


def counted(sums: Sums) -> str:
    """How many requests there are."""
    if sums.uncounted:
        return _("More than %(count)s trust requests", count=format_decimal(COUNTED_MAX))
    return ngettext("%(num)s trust request", "%(num)s trust requests", sums.requests)


def count_words(sums: Sums, currency: str) -> str:
    """How many requests there are and what they come to, where they could be added up."""
    if sums.uncounted:
        return counted(sums)
    locale = language.current()
    return _(
        "%(requests)s: %(asked)s in all, %(left)s unpaid",
        requests=counted(sums),
        asked=Money(sums.asked_cents, currency).format(locale),
        left=Money(sums.open_cents, currency).format(locale),
    )
