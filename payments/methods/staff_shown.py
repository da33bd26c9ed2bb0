"""What the staff's pages of stored methods share: their routes' blueprint, and a client's tab."""

from typing import Any

from flask import Response, g
from flask_login import current_user
from sqlalchemy.orm import Session

from payments.methods import depending, queries, returns
from payments.methods.models import MethodRequest, StoredMethod
from payments.methods.requests import RequestState, state_of
from payments.methods.standing import is_expired, today
from portal.clients import tabs
from portal.clients.models import Contact
from portal.clients.queries import contact
from portal.firm.brand import brand
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import page_or_fragment
from portal.web.permissions import CHARGE_METHODS

blueprint = staff_blueprint("stored_methods", __name__)


def client(session: Session, public_id: str) -> Contact:
    """The client whose tab this is, with the firm's face. Raises `Missing`."""
    g.brand = brand(session)
    return contact(session, public_id)


def tab_of(session: Session, found: Contact) -> dict[str, Any]:
    """What the tab **Payment methods** shows of a client."""
    day = today(session)
    methods = queries.methods_of(session, found.id)
    return {
        **tabs.contact_frame(found),
        "methods": [_method(session, one, is_expired(one, day)) for one in methods],
        "requests": [_request(one) for one in queries.requests_to(session, found.id)],
        "may_ask": CHARGE_METHODS.allows(current_user.levels),
    }


def _method(session: Session, method: StoredMethod, expired: bool) -> dict[str, Any]:
    deleted, void = method.deleted_at is not None, method.void_at is not None
    return {
        "row": method,
        "state": "deleted" if deleted else "void" if void else "expired" if expired else "live",
        "void_why": returns.words(method.void_code) if void else None,
        "detached": method.deleted_by == "processor",
        "depends": [] if deleted else depending.what_depends(session, method),
    }


def _request(request: MethodRequest) -> dict[str, Any]:
    state = state_of(request)
    waits = state in (RequestState.OPEN, RequestState.CHECKING)
    return {"row": request, "state": str(state), "can_withdraw": waits}


def whole_tab(context: dict[str, Any]) -> Response:
    """The tab, or for htmx its inside."""
    return page_or_fragment(
        "methods/staff_contact_methods.html", "methods/_methods.html", **context
    )
