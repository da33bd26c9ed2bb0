"""What a client agrees to by **Accept this plan**, in words (FEATURES P9).

Shown word for word above the button and kept with the plan, with when and from where: for a bank
account it is part of the authorization (Nacha), for a card of the mandate.
"""

from collections.abc import Sequence

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import ngettext

from payments.money.amounts import Money
from payments.plans.calendar import Due
from payments.plans.models import Every, PaymentPlan
from portal.web import language
from portal.web.reading import formats


def agreed_text(plan: PaymentPlan, dues: Sequence[Due], firm: str, country: str) -> str:
    """The whole text in the language of the page: amounts, days, method, and how it ends."""
    locale = formats(language.current(), country)
    lines = [
        _(
            "%(day)s: %(amount)s",
            day=format_date(due.on, "long", locale=locale),
            amount=_money(due.cents, plan, locale),
        )
        for due in dues
    ]
    lead = ngettext(
        "%(firm)s may charge %(method)s %(num)s time, on this day or up to three days later:",
        "%(firm)s may charge %(method)s %(num)s times, on these days or up to three days later:",
        len(lines),
        firm=firm,
        method=plan.method.label,
    )
    last = _(
        "Together this is %(total)s. Each charge pays my oldest bills first, and never more than I "
        "owe on that day. I can end this at any time by deleting the payment method or by telling "
        "the firm; a charge begun before that stays.",
        total=_money(sum(due.cents for due in dues), plan, locale),
    )
    return "\n".join([lead, *lines, last])


def _money(cents: int, plan: PaymentPlan, locale: str) -> str:
    return Money(cents, plan.currency).format(locale)


def every_words(every: str) -> str:
    """How often, in words."""
    return {
        Every.WEEK: _("Every week"),
        Every.TWO_WEEKS: _("Every two weeks"),
        Every.MONTH: _("Every month"),
    }[Every(every)]
