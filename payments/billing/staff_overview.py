"""What bills bring to the **Overview**: those to approve, and receivables by age (FEATURES X6)."""

from collections.abc import Sequence
from typing import Any

from flask import Response, g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.billing.ageing import Band, ageing
from payments.billing.closed import left_out
from payments.billing.models import Bill, BillStatus
from payments.billing.requested import TrustRequest
from payments.billing.staff_shown import blueprint, may_bill
from payments.money.amounts import Money
from portal.clients.access import closed_to
from portal.core import db
from portal.firm.brand import brand
from portal.web import charts, language, overview
from portal.web.charts import Bar, Lying
from portal.web.fragments import page_or_fragment, wants_fragment
from portal.web.overview import Work, counted
from portal.web.permissions import LOOK

overview.add_panel("bills.receivables", _lazy("Receivables by age"))


@blueprint.get("/overview/receivables", needs=LOOK)
def receivables() -> Response:
    """What is owed on bills by how long it has been due: a chart, and the table behind it."""
    with db.read() as session:
        g.brand = brand(session)
        day = g.brand.today
        bands = ageing(session, day, closed_to(session, current_user))
    rows = _rows(bands, g.brand.currency)
    owed, overdue = sum(band.cents for band in bands), sum(band.cents for band in bands[1:])
    return page_or_fragment(
        "billing/staff_receivables.html",
        "billing/_receivables.html",
        rows=rows,
        bars=_bars(bands, rows),
        owed=_words(owed, g.brand.currency),
        overdue=_words(overdue, g.brand.currency) if overdue else None,
        any_owed=bool(owed),
        bills=sum(band.bills for band in bands),
        may_bill=may_bill(),
        alone=not wants_fragment(),
    )


@overview.look_for_work
def look(session: Session) -> list[Work]:
    """The bills and trust requests that wait for an approval, for who may give it."""
    if not may_bill():
        return []
    closed = closed_to(session, current_user)
    waits = BillStatus.AWAITING_APPROVAL
    bills = select(Bill.id).where(Bill.status == waits, *left_out(closed))
    asked = select(TrustRequest.id).where(
        TrustRequest.status == waits, *closed.left_out(TrustRequest.matter_id)
    )
    values = {"status": str(waits)}
    return [
        Work(
            50,
            _("Approve bills"),
            counted(session, bills),
            _("They are sent to nobody until somebody approves them."),
            "file-text",
            "bills.index",
            values,
        ),
        Work(
            51,
            _("Approve trust requests"),
            counted(session, asked),
            _("They are sent to nobody until somebody approves them."),
            "landmark",
            "trust_requests.index",
            values,
        ),
    ]


def _rows(bands: Sequence[Band], currency: str) -> list[dict[str, Any]]:
    names = (_("Not due yet"), _("1–30 days overdue"), _("31–60 days overdue"))
    names += (_("61–90 days overdue"), _("Over 90 days overdue"))
    return [
        {
            "name": name,
            "bills": band.bills,
            "words": _words(band.cents, currency),
            "url": url_for("bills.index", **_filters(band)),
        }
        for name, band in zip(names, bands, strict=True)
    ]


def _filters(band: Band) -> dict[str, Any]:
    days = {"due_from": band.due_from, "due_to": band.due_to}
    asked = {name: day.isoformat() for name, day in days.items() if day is not None}
    return {"status": str(BillStatus.AWAITING_PAYMENT), **asked}


def _bars(bands: Sequence[Band], rows: Sequence[dict[str, Any]]) -> Lying:
    """The later, the warmer: what is not due yet is as it should be."""
    tones = ("", *["is-late"] * (len(bands) - 2), "is-latest")
    return charts.lying(
        [
            Bar(row["name"], row["words"], band.cents, tone)
            for row, band, tone in zip(rows, bands, tones, strict=True)
        ]
    )


def _words(cents: int, currency: str) -> str:
    return Money(cents, currency).format(language.current())
