"""What payments bring to the **Overview**: those to link, those that failed, disputes to answer,
and what came in week by week (FEATURES S2, M7, X6)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from babel.numbers import format_compact_currency
from flask import Response, g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.money.amounts import Money
from payments.transactions.disputed import DISPUTE_UNANSWERED, Dispute
from payments.transactions.models import Payment
from payments.transactions.queries import left_out
from payments.transactions.staff import blueprint
from payments.transactions.states import Status
from payments.transactions.waiting import WAITS, Waiting
from payments.transactions.weekly import Week, weeks
from portal.clients.access import Closed, closed_to
from portal.core import clock, db
from portal.firm.brand import brand
from portal.web import charts, language, overview
from portal.web.asked import midnight
from portal.web.charts import Column, Standing
from portal.web.fragments import page_or_fragment, wants_fragment
from portal.web.overview import Work, counted
from portal.web.permissions import ANSWER_DISPUTES, LINK_PAYMENTS, LOOK

FAILED_DAYS = 7

overview.add_panel("transactions.weekly", _lazy("Payments per week"))


@blueprint.get("/overview/payments-per-week", needs=LOOK)
def weekly() -> Response:
    """What came in week by week: a chart, and the table behind it."""
    with db.read() as session:
        g.brand = brand(session)
        day, zone = g.brand.today, ZoneInfo(g.brand.timezone)
        found = weeks(session, day, zone, closed_to(session, current_user))
    currency = g.brand.currency
    return page_or_fragment(
        "transactions/staff_weekly.html",
        "transactions/_weekly.html",
        rows=[_row(week, currency) for week in reversed(found)],
        columns=_columns(found, currency),
        scale=lambda cents: _compact(cents, currency),
        total=_words(sum(week.cents for week in found), currency),
        operating=_words(sum(week.operating_cents for week in found), currency),
        trust=_words(sum(week.trust_cents for week in found), currency),
        any_came=any(week.online or week.recorded for week in found),
        weeks=len(found),
        alone=not wants_fragment(),
    )


@overview.look_for_work
def look(session: Session) -> list[Work]:
    """The payments to link, those that failed in the last days, and the disputes to answer."""
    closed = closed_to(session, current_user)
    found = [_failed(session, closed)]
    if current_user.may(ANSWER_DISPUTES):
        found.append(_disputed(session, closed))
    if current_user.may(LINK_PAYMENTS):
        found.append(_unlinked(session, closed))
    return found


def _disputed(session: Session, closed: Closed) -> Work:
    waits = (
        select(Dispute.id)
        .join(Payment, Payment.id == Dispute.payment_id)
        .where(Dispute.state.in_(sorted(DISPUTE_UNANSWERED)), *left_out(closed))
    )
    return Work(
        10,
        _("Answer disputes"),
        counted(session, waits),
        _("One that is not answered in time is lost."),
        "circle-alert",
        "disputes.index",
        urgent=True,
    )


def _unlinked(session: Session, closed: Closed) -> Work:
    waits = select(Waiting.id).where(WAITS, *left_out(closed, Waiting.receipt_id, Waiting.id))
    return Work(
        20,
        _("Link payments"),
        counted(session, waits),
        _("Money has come in and belongs to no client yet."),
        "inbox",
        "transactions.index",
        {"linked": "no"},
    )


def _failed(session: Session, closed: Closed) -> Work:
    """As Transactions lists them from that day on, so that the link leads to just these."""
    timezone = brand(session).timezone
    first = clock.today(timezone) - timedelta(days=FAILED_DAYS - 1)
    since = midnight(first, ZoneInfo(timezone))
    failed = select(Payment.id).where(
        Payment.status == Status.FAILED, Payment.made_at >= since, *left_out(closed)
    )
    return Work(
        30,
        _("Look at failed payments"),
        counted(session, failed),
        _("Of the last %(days)s days. The payers may need another way to pay.", days=FAILED_DAYS),
        "circle-x",
        "transactions.index",
        {"status": str(Status.FAILED), "from": first.isoformat()},
    )


def _row(week: Week, currency: str) -> dict[str, Any]:
    """A line of the table. The link leads to the online payments of that week, as they are
    counted; checks and cash stand on no list of their own."""
    days: dict[str, Any] = {"from": week.first.isoformat(), "to": week.last.isoformat()}
    return {
        "week": _("%(first)s to %(last)s", first=_day(week.first), last=_day(week.last)),
        "operating": _words(week.operating_cents, currency),
        "trust": _words(week.trust_cents, currency),
        "online": week.online,
        "recorded": week.recorded,
        "url": url_for("transactions.index", status=str(Status.COMPLETED), **days),
    }


def _columns(found: Sequence[Week], currency: str) -> Standing:
    names = (_("operating"), _("trust"))
    columns = [
        Column(
            _day(week.first),
            values,
            tuple(
                f"{_words(cents, currency)} {name}"
                for cents, name in zip(values, names, strict=True)
            ),
        )
        for week in found
        for values in [(week.operating_cents, week.trust_cents)]
    ]
    return charts.standing(columns)


def _day(day: date) -> str:
    """A day of the last months, without its year."""
    return format_skeleton("MMMd", day, locale=language.current())


def _words(cents: int, currency: str) -> str:
    return Money(cents, currency).format(language.current())


def _compact(cents: int, currency: str) -> str:
    """What stands beside a line of the scale: $0, $500, $2K, $2.5K."""
    dollars = Decimal(cents) / 100
    return format_compact_currency(
        dollars, currency, locale=language.current(), fraction_digits=1
    ).replace(".0", "")
