"""The page that the email about a stored method leads to. Its address cannot be guessed.

Looking changes nothing, since mail scanners follow links: a person presses a button (FEATURES C10).
"""

from flask import Response, g, make_response, redirect, render_template, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.methods import depending, queries, returns
from payments.methods.actions import delete
from payments.methods.models import StoredMethod
from portal.core import db
from portal.core.errors import Missing
from portal.firm.brand import brand
from portal.web import language
from portal.web.blueprints import public_blueprint
from portal.web.limits import PAY_TRIES, limiter

ADDRESS = "/payment-methods/<token>"

blueprint = public_blueprint("stored_method", __name__)


@blueprint.get(ADDRESS)
def show(token: str) -> Response:
    """What is stored and what it may be used for, with **Delete this payment method**."""
    with db.read() as session:
        method = _method(session, token)
        depends = [] if method.deleted_at else depending.what_depends(session, method)
    page = render_template(
        "methods/public_method.html",
        brand=g.brand,
        method=method,
        depends=depends,
        deleted_on=format_date(method.deleted_at, "long") if method.deleted_at else None,
        stored_on=format_date(method.stored_at, "long"),
        void_on=format_date(method.void_at, "long") if method.void_at else None,
        void_why=returns.words(method.void_code),
        action_url=language.address("stored_method.delete_it", token=token),
        page_path=url_for("stored_method.show", token=token),
    )
    return make_response(page)


@blueprint.post(ADDRESS)
@limiter.limit(PAY_TRIES)
def delete_it(token: str) -> AnyResponse:
    """Delete it; pressed twice, the second press finds it deleted."""
    with db.transaction() as session:
        delete(session, _method(session, token).id, by="payer")
    return redirect(language.address("stored_method.show", token=token), 303)


def _method(session: Session, token: str) -> StoredMethod:
    g.brand = brand(session)
    found = queries.by_delete_token(session, token)
    if found is None:
        raise Missing(_("There is no payment method at this address. Please check the link."))
    language.prefer(found.language)  # an email leads here: nothing else tells who is reading
    return found
