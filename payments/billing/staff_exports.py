"""**Export** on the lists of bills and trust requests: what they show, as a CSV file (X7)."""

from collections.abc import Mapping
from typing import Any

from flask import Response, g, request
from flask_babel import gettext as _
from flask_login import current_user

from payments.billing import (
    exporting,
    files_log_words,  # noqa: F401  its words register themselves
    fitting,
    staff_trust_shown,
    trust_forms,
    trust_listing,
)
from payments.billing.filters import Filters
from payments.billing.staff_shown import blueprint
from portal.clients.access import closed_to
from portal.core import audit, db
from portal.core.errors import Conflict
from portal.firm.brand import brand
from portal.web.downloads import csv_answer
from portal.web.permissions import EXPORT_BOOKS


@blueprint.get("/bills.csv", needs=EXPORT_BOOKS)
def export_csv() -> Response:
    """The bills that fit the filters of the address, a row for each of their lines."""
    filters = Filters.read(request.args)
    with db.read() as session:
        g.brand = brand(session)
        wanted, closed = filters.wanted(g.brand.today), closed_to(session, current_user)
        _refuse_some(fitting.fitting(session, wanted, closed)[1])
    _record("bills.exported", "bills", filters.query())
    return csv_answer("bills.csv", exporting.bill_lines(wanted, closed))


@staff_trust_shown.blueprint.get("/trust-requests.csv", needs=EXPORT_BOOKS)
def export_requests() -> Response:
    """The trust requests that fit the filters of the address."""
    filters = trust_forms.Filters.read(request.args)
    with db.read() as session:
        g.brand = brand(session)
        wanted, closed = filters.wanted(g.brand.today), closed_to(session, current_user)
        _refuse_some(trust_listing.fitting(session, wanted, closed)[1])
    _record("trust_requests.exported", "trust_requests", filters.query())
    return csv_answer("trust-requests.csv", exporting.request_lines(wanted, closed))


def _refuse_some(more_clients: bool) -> None:
    """Refuse where the list itself shows only some of those who are called so."""
    if more_clients:
        raise Conflict(_("Many clients are called like this. Type more of the name, then export."))


def _record(action: str, subject: str, filters: Mapping[str, Any]) -> None:
    with db.transaction() as session:
        audit.record(session, current_user.actor, action, subject, filters=dict(filters))
