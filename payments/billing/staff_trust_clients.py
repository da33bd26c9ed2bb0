"""The tab **Trust requests** of a contact and of a matter."""

from typing import Any

from flask import Response, g, request
from flask_login import current_user
from sqlalchemy.orm import Session

from payments.billing import trust_listing, trust_queries
from payments.billing.bulk_choosing import TRUST_REQUESTS
from payments.billing.staff_bulk_lists import choosing
from payments.billing.staff_shown import may_bill
from payments.billing.staff_trust_shown import blueprint, counted, shown
from payments.billing.trust_forms import Filters
from payments.billing.trust_listing import Wanted
from portal.clients.access import Closed, closed_to
from portal.clients.queries import contact, matter
from portal.clients.tabs import contact_frame, matter_frame
from portal.core import db
from portal.firm.brand import brand
from portal.web.fragments import page_or_fragment
from portal.web.permissions import LOOK


@blueprint.get("/contacts/<public_id>/trust-requests", needs=LOOK)
def of_contact(public_id: str) -> Response:
    """Every trust request of one client, newest first, and what they are asked for."""
    with db.read() as session:
        found = contact(session, public_id)
        closed = closed_to(session, current_user)
        standing = trust_queries.standing(session, closed, found.id)
        context = _context(session, Wanted(client_id=found.id), closed, client=public_id)
    return page_or_fragment(
        "billing/staff_contact_trust_requests.html",
        "billing/_client_trust_requests.html",
        **contact_frame(found),
        **context,
        standing=standing,
        place={"public_id": public_id, "key": f"contact:{public_id}"},
    )


@blueprint.get("/matters/<public_id>/trust-requests", needs=LOOK)
def of_matter(public_id: str) -> Response:
    """Every trust request for one matter, newest first; none of those at client level."""
    with db.read() as session:
        closed = closed_to(session, current_user)
        found = matter(session, public_id, closed)
        standing = trust_queries.standing(session, closed, matter_id=found.id)
        context = _context(session, Wanted(matter_id=found.id), closed, matter=public_id)
    return page_or_fragment(
        "billing/staff_matter_trust_requests.html",
        "billing/_client_trust_requests.html",
        **matter_frame(found),
        **context,
        standing=standing,
        place={"public_id": public_id, "key": f"matter:{public_id}"},
    )


def _context(session: Session, wanted: Wanted, closed: Closed, **whose: str) -> dict[str, Any]:
    g.brand = brand(session)
    filters = Filters.read(request.args)
    found = trust_listing.find(session, wanted, closed, before=filters.before, after=filters.after)
    return {
        "rows": shown(found.page.rows, g.brand.today),
        "found": found,
        "count_words": counted(found.sums),
        "currency": g.brand.currency,
        "turned": not filters.on_first_page,
        "may_bill": may_bill(),
        "choosing": choosing(TRUST_REQUESTS, None, {}, found.sums.requests, **whose),
    }
