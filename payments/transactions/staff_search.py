"""Payments in the search of the staff bar: by reference, payer, email or amount."""

from typing import Any

from flask import get_template_attribute, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from sqlalchemy import Row
from sqlalchemy.orm import Session

from payments.money.amounts import Money
from payments.transactions import listing, overlays
from payments.transactions.overlays import NOTHING
from payments.transactions.payers import reference_in
from portal.clients.access import Closed
from portal.clients.search import Hit, Source, add_source
from portal.web import language


def search_payments() -> None:
    """Have payments searched."""
    every = _lazy("All in Transactions")
    add_source(Source(_lazy("Payments"), every, "transactions.index", "payer", _payments))


def _payments(session: Session, typed: str, closed: Closed, most: int) -> list[Hit]:
    rows = listing.first(session, typed, closed, most)
    over = overlays.of(session, [row.id for row in rows]) if rows else {}
    whole = reference_in(typed)
    return [_hit(row, over.get(row.id, NOTHING).marks, whole) for row in rows]


def _hit(row: Row[Any], marks: Any, whole: str | None) -> Hit:
    status = get_template_attribute("components/badge.html", "status_badge")
    mark_badge = get_template_attribute("components/badge.html", "overlay_badge")
    return Hit(
        row.payer_name,
        _(
            "%(reference)s, %(day)s, %(email)s",
            reference=row.reference,
            day=format_date(row.made_at, "medium"),
            email=row.payer_email,
        ),
        url_for("transactions.show", public_id=row.public_id),
        Money(row.amount_cents, row.currency).format(language.current()),
        mark_badge(marks[0]) if marks else status(row.status),
        exact=row.reference == whole,
    )
