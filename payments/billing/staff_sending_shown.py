"""What the pages of sending share: one view for bills and for trust requests, and its dialog."""

from collections.abc import Callable
from typing import Any, cast

from flask import Response, g, redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.billing import queries, trust_queries
from payments.billing.models import Bill
from payments.billing.payables import Payable
from payments.billing.staff_shown import blueprint
from portal.clients.access import closed_to
from portal.firm.brand import brand
from portal.web.fragments import page_or_fragment, wants_fragment
from portal.web.permissions import Permission

BILL, TRUST_REQUEST = "bill", "trust_request"
ADDRESSES = {BILL: "bills", TRUST_REQUEST: "trust-requests"}
PAGES = {BILL: "bills.show", TRUST_REQUEST: "trust_requests.show"}

View = Callable[..., Any]


def both(path: str, *, needs: Permission, method: str = "GET") -> Callable[[View], View]:
    """Register a view under bills and under trust requests; it is told which as `kind`.

    Its endpoints are `bills.bill_<name>` and `bills.trust_request_<name>`.
    """

    def register(view: View) -> View:
        for kind, address in ADDRESSES.items():
            rule = f"/{address}/<public_id>/{path}"
            endpoint = f"{kind}_{view.__name__}"
            options: dict[str, Any] = {"endpoint": endpoint, "defaults": {"kind": kind}}
            blueprint.route(rule, needs=needs, methods=[method], **options)(view)
        return view

    return register


def found(session: Session, kind: str, public_id: str) -> Payable:
    """The bill or trust request of an address, as far as it is open to the user. Raises
    `Missing`."""
    g.brand = brand(session)
    closed = closed_to(session, current_user)
    if kind == BILL:
        return queries.bill(session, public_id, closed)
    return trust_queries.trust_request(session, public_id, closed)


def kind_shown(payable: Payable) -> str:
    """`bill` or `trust_request`, as the endpoints name it."""
    return BILL if isinstance(payable, Bill) else TRUST_REQUEST


def title_of(payable: Payable) -> str:
    """`Bill 1042` or `Trust request 2042`."""
    if isinstance(payable, Bill):
        return _("Bill %(number)s", number=payable.number or _("draft"))
    return _("Trust request %(number)s", number=payable.number or _("draft"))


def address_of(payable: Payable, view: str, **values: str) -> str:
    """The address of one of the views here, for this document."""
    endpoint = f"bills.{kind_shown(payable)}_{view}"
    return url_for(endpoint, **cast(Any, {"public_id": payable.public_id, **values}))


def page_of(payable: Payable) -> str:
    """The document's own page."""
    return url_for(PAGES[kind_shown(payable)], public_id=payable.public_id)


def back_to(payable: Payable) -> AnyResponse:
    """To the document's own page, once something is done."""
    return redirect(page_of(payable), 303)


def task(
    payable: Payable,
    body: str,
    title: str,
    status: int = 200,
    *,
    errors: dict[str, str] | None = None,
    **context: Any,
) -> Response:
    """One thing to do with a document: a dialog for htmx, else a page of its own."""
    return page_or_fragment(
        "billing/staff_send_task.html",
        "components/task_dialog.html",
        status,
        body=body,
        title=title,
        errors=errors or {},
        in_dialog=wants_fragment(),
        back_url=page_of(payable),
        title_of=title_of(payable),
        address_of=lambda view, **values: address_of(payable, view, **values),
        **context,
    )
