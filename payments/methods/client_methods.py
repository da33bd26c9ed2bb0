"""Settings → **Payment methods** in the client portal: what the firm may charge, and its deletion.

A client sees and deletes their own methods alone, whoever entered them (FEATURES P8).
"""

from datetime import date
from typing import Any

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.methods import depending, queries, returns
from payments.methods.actions import delete
from payments.methods.models import StoredMethod
from payments.methods.standing import is_expired, today
from portal.access.own_pages import add_own_page
from portal.core import db
from portal.core.errors import Missing
from portal.firm.brand import brand
from portal.web.blueprints import client_blueprint
from portal.web.client_surface import current_client

ADDRESS = "/settings/payment-methods"
LIST = "client_methods.index"

blueprint = client_blueprint("client_methods", __name__)

add_own_page(
    N_("Payment methods"),
    N_("See the cards and bank accounts that the firm may charge, and delete them."),
    LIST,
)


@blueprint.get(ADDRESS)
def index() -> Response:
    """Every method of the client's, those deleted too, with what depends on each."""
    with db.read() as session:
        g.brand = brand(session)
        day = today(session)
        methods = [
            _shown(session, method, day)
            for method in queries.methods_of(session, current_client().contact_id)
        ]
    page = render_template(
        "methods/client_methods.html",
        live=[one for one in methods if not one["deleted_on"]],
        deleted=[one for one in methods if one["deleted_on"]],
        done=request.args.get("done") == "deleted",
    )
    return make_response(page)


@blueprint.get(f"{ADDRESS}/<public_id>/deletion")
def confirm(public_id: str) -> Response:
    """What ends with the method, before it is deleted."""
    with db.read() as session:
        g.brand = brand(session)
        method = _own(session, public_id)
        shown = _shown(session, method, today(session))
    return make_response(render_template("methods/client_delete.html", method=shown))


@blueprint.post(f"{ADDRESS}/<public_id>/deletion", endpoint="delete")
def delete_it(public_id: str) -> AnyResponse:
    """**Delete this payment method**; pressed twice, the second press finds it deleted."""
    with db.transaction() as session:
        delete(session, _own(session, public_id).id, by=current_client().actor)
    return redirect(url_for(LIST, done="deleted"), 303)


def _own(session: Session, public_id: str) -> StoredMethod:
    method = queries.by_public_id(session, public_id)
    if method is None or method.client_id != current_client().contact_id:
        raise Missing(_("There is no such payment method."))
    return method


def _shown(session: Session, method: StoredMethod, day: date) -> dict[str, Any]:
    deleted = method.deleted_at is not None
    return {
        "row": method,
        "account": method.bank_account,
        "expired": is_expired(method, day),
        "void_why": returns.words(method.void_code) if method.void_at is not None else None,
        "void_on": format_date(method.void_at, "long") if method.void_at is not None else None,
        "stored_on": format_date(method.stored_at, "long"),
        "deleted_on": format_date(method.deleted_at, "long") if deleted else None,
        "detached": method.deleted_by == "processor",
        "depends": [] if deleted else depending.what_depends(session, method),
    }
