"""A signed-in client's own payment plans, in the portal (FEATURES P9, UX C14)."""

from typing import cast

from flask import Response, g, make_response, render_template

from payments.plans import (
    queries,
    shown_elsewhere,  # noqa: F401  shows plans on pages of other features
)
from payments.plans.agreement import every_words
from portal.access.sessions import SignedInClient
from portal.core import db
from portal.firm.brand import brand
from portal.web.blueprints import client_blueprint
from portal.web.client_surface import current_client

blueprint = client_blueprint("client_plans", __name__)


@blueprint.get("/payment-plans")
def index() -> Response:
    """Each plan of whoever is signed in, newest first, with the page to accept or read it."""
    me = cast(SignedInClient, current_client())
    with db.read() as session:
        g.brand = brand(session)
        plans = queries.of_client(session, me.contact_id)
    page = render_template("plans/client_plans.html", plans=plans, every_words=every_words)
    return make_response(page)
