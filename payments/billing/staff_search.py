"""Bills and trust requests in the search of the staff bar."""

from datetime import date
from typing import Any

from flask import g, get_template_attribute, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from sqlalchemy import Row
from sqlalchemy.orm import Session

from payments.billing import searching
from payments.billing.fitting import number_in
from payments.billing.staff_shown import overdue, title_of
from payments.billing.staff_trust_shown import overdue as asked_overdue
from payments.billing.staff_trust_shown import title_of as asked_title_of
from payments.money.amounts import Money
from portal.clients.access import Closed
from portal.clients.search import Hit, Source, add_source
from portal.web import language


def search_documents() -> None:
    """Have bills and trust requests searched."""
    add_source(Source(_lazy("Bills"), _lazy("All in Bills"), "bills.index", "q", _bills))
    every = _lazy("All in Trust requests")
    add_source(Source(_lazy("Trust requests"), every, "trust_requests.index", "q", _requests))


def _bills(session: Session, typed: str, closed: Closed, most: int) -> list[Hit]:
    day = g.brand.today
    return [
        _hit(
            row,
            title_of(row),
            typed,
            endpoint="bills.show",
            cents=row.total_cents,
            late=overdue(row, day),
        )
        for row in searching.bills(session, typed, closed, most)
    ]


def _requests(session: Session, typed: str, closed: Closed, most: int) -> list[Hit]:
    day = g.brand.today
    return [
        _hit(
            row,
            asked_title_of(row),
            typed,
            endpoint="trust_requests.show",
            cents=row.amount_cents,
            late=asked_overdue(row, day),
        )
        for row in searching.trust_requests(session, typed, closed, most)
    ]


def _hit(row: Row[Any], label: str, typed: str, *, endpoint: str, cents: int, late: bool) -> Hit:
    badge = get_template_attribute("billing/_status.html", "bill_badge")
    return Hit(
        label,
        _whose(row.client_name, row.due_on),
        url_for(endpoint, public_id=row.public_id),
        Money(cents, row.currency).format(language.current()),
        badge(row.status, late),
        exact=row.number is not None and row.number == number_in(typed),
    )


def _whose(client: str, due_on: date | None) -> str:
    if due_on is None:
        return client
    return _("%(client)s, due %(day)s", client=client, day=format_date(due_on, "medium"))
