"""The tab **Bills** of a contact and of a matter."""

from typing import Any

from flask import Response, g, request
from sqlalchemy.orm import Session

from payments.billing import listing, queries
from payments.billing.forms import Filters
from payments.billing.listing import Wanted
from payments.billing.queries import Standing
from payments.billing.staff_shown import blueprint, counted, may_bill, shown, today
from portal.clients.queries import contact, matter
from portal.clients.tabs import contact_frame, matter_frame
from portal.core import db
from portal.firm.brand import brand
from portal.web.blueprints import EVERY_USER
from portal.web.fragments import page_or_fragment


@blueprint.get("/contacts/<public_id>/bills", needs=EVERY_USER)
def of_contact(public_id: str) -> Response:
    """Every bill of one client, newest first, and what they owe."""
    with db.read() as session:
        found = contact(session, public_id)
        standing = queries.standing(session, found.id)
        context = _context(session, Wanted(client_id=found.id), standing)
    return page_or_fragment(
        "billing/staff_contact_bills.html",
        "billing/_client_bills.html",
        **contact_frame(found),
        **context,
        place={"public_id": public_id, "key": f"contact:{public_id}"},
    )


@blueprint.get("/matters/<public_id>/bills", needs=EVERY_USER)
def of_matter(public_id: str) -> Response:
    """Every bill that names one matter, newest first, and what is owed on that matter."""
    with db.read() as session:
        found = matter(session, public_id)
        standing = queries.standing(session, matter_id=found.id)
        context = _context(session, Wanted(matter_id=found.id), standing)
    return page_or_fragment(
        "billing/staff_matter_bills.html",
        "billing/_client_bills.html",
        **matter_frame(found),
        **context,
        place={"public_id": public_id, "key": f"matter:{public_id}"},
    )


def _context(session: Session, wanted: Wanted, standing: Standing) -> dict[str, Any]:
    g.brand = brand(session)
    filters = Filters.read(request.args)
    found = listing.find(session, wanted, before=filters.before, after=filters.after)
    rows = found.page.rows
    parts = (
        queries.parts_of(session, wanted.matter_id, [row.id for row in rows])
        if wanted.matter_id is not None
        else None
    )
    return {
        "rows": shown(rows, today(g.brand), parts),
        "found": found,
        "standing": standing,
        "count_words": counted(found.sums),
        "currency": g.brand.currency,
        "turned": not filters.on_first_page,
        "may_bill": may_bill(),
    }
