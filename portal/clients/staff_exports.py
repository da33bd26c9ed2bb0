"""**Export** on the lists of contacts and matters: what they show, as a CSV file (X7)."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask_login import current_user

from portal.clients import exporting, listing
from portal.clients.access import closed_to
from portal.clients.filters import ContactFilters, MatterFilters
from portal.core import audit, db
from portal.firm.queries import users
from portal.web.blueprints import staff_blueprint
from portal.web.downloads import csv_answer
from portal.web.permissions import EXPORT_BOOKS

blueprint = staff_blueprint("client_exports", __name__)


@blueprint.get("/contacts.csv", needs=EXPORT_BOOKS)
def contacts() -> Response:
    """The contacts that fit the filters of the address, by name."""
    filters = ContactFilters.read(request.args)
    _record("contacts.exported", "contacts", filters.query())
    found = listing.every_contact(typed=filters.typed, kind=filters.kind)
    return csv_answer("contacts.csv", exporting.contact_lines(found))


@blueprint.get("/matters.csv", needs=EXPORT_BOOKS)
def matters() -> Response:
    """The matters that fit the filters of the address, newest first."""
    with db.read() as session:
        filters = MatterFilters.read(request.args, users(session))
        closed = closed_to(session, current_user)
    _record("matters.exported", "matters", filters.query())
    found = listing.every_matter(
        closed,
        typed=filters.typed,
        status=filters.status,
        responsible_id=filters.responsible_id,
    )
    return csv_answer("matters.csv", exporting.matter_lines(found))


def _record(action: str, what: str, filters: Mapping[str, Any]) -> None:
    with db.transaction() as session:
        audit.record(session, current_user.actor, action, what, filters=dict(filters))
