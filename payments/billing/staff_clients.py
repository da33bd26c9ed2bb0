"""The tab **Bills** of a contact and of a matter."""

from dataclasses import replace
from typing import Any, cast

from flask import Response, g, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from payments.billing import listing, queries
from payments.billing.bulk_choosing import BILLS
from payments.billing.filters import Filters
from payments.billing.fitting import Wanted
from payments.billing.models import BillStatus
from payments.billing.queries import Standing
from payments.billing.staff_bulk_lists import choosing
from payments.billing.staff_shown import blueprint, counted, may_bill, shown, tab_labels
from portal.clients.access import Closed, closed_to
from portal.clients.queries import contact, matter
from portal.clients.tabs import contact_frame, matter_frame
from portal.core import db
from portal.firm.brand import brand
from portal.web import lists
from portal.web.fragments import page_or_fragment
from portal.web.permissions import LOOK


@blueprint.get("/contacts/<public_id>/bills", needs=LOOK)
def of_contact(public_id: str) -> Response:
    """Every bill of one client, newest first, and what they owe."""
    with db.read() as session:
        found = contact(session, public_id)
        closed = closed_to(session, current_user)
        standing = queries.standing(session, closed, found.id)
        context = _context(session, Wanted(client_id=found.id), standing, closed, client=public_id)
    return page_or_fragment(
        "billing/staff_contact_bills.html",
        "billing/_client_bills.html",
        **contact_frame(found),
        **context,
        place={"public_id": public_id, "key": f"contact:{public_id}"},
    )


@blueprint.get("/matters/<public_id>/bills", needs=LOOK)
def of_matter(public_id: str) -> Response:
    """Every bill that names one matter, newest first, and what is owed on that matter."""
    with db.read() as session:
        closed = closed_to(session, current_user)
        found = matter(session, public_id, closed)
        standing = queries.standing(session, closed, matter_id=found.id)
        context = _context(session, Wanted(matter_id=found.id), standing, closed, matter=public_id)
    return page_or_fragment(
        "billing/staff_matter_bills.html",
        "billing/_client_bills.html",
        **matter_frame(found),
        **context,
        place={"public_id": public_id, "key": f"matter:{public_id}"},
    )


def _context(
    session: Session, wanted: Wanted, standing: Standing, closed: Closed, **whose: str
) -> dict[str, Any]:
    g.brand = brand(session)
    filters = Filters.read(request.args)
    wanted = replace(wanted, status=filters.status)
    found = listing.find(session, wanted, closed, before=filters.before, after=filters.after)
    rows = found.page.rows
    parts = (
        queries.parts_of(session, wanted.matter_id, [row.id for row in rows])
        if wanted.matter_id is not None
        else None
    )
    return {
        "rows": shown(rows, g.brand.today, parts),
        "found": found,
        "standing": standing,
        "status_tabs_shown": _tabs(filters),
        "state": filters.status,
        "count_words": counted(found.sums),
        "currency": g.brand.currency,
        "turned": not filters.on_first_page,
        "may_bill": may_bill(),
        "choosing": choosing(BILLS, filters.status, {}, found.sums.bills, **whose),
    }


def _tabs(filters: Filters) -> list[dict[str, Any]]:
    here = cast(str, request.endpoint)
    names: list[tuple[BillStatus | None, str]] = [(None, _("All")), *tab_labels().items()]
    place = request.view_args or {}
    return lists.tabs(
        names, filters.status, lambda status: url_for(here, **{**place, "status": status})
    )
