"""A client's home: what needs them, by matter, and the way to each of their matters (C16)."""

from flask import Response, request
from flask_babel import gettext as _

from portal.core import db
from portal.feed.people import person_of_client
from portal.messages import noticed  # noqa: F401  says what emails of notices leave out
from portal.messages.home import home_of
from portal.messages.home_panels import panels
from portal.web.blueprints import client_blueprint
from portal.web.client_surface import current_client
from portal.web.fragments import nothing_new, page_or_fragment, wants_fragment

blueprint = client_blueprint("client_home", __name__)


@blueprint.get("/")
def show() -> Response:
    """What is new, matter by matter. An open page asks again by itself; 204 while nothing changed.

    Looking changes nothing: messages are read where they are on screen, documents where opened.
    """
    with db.read() as session:
        home = home_of(session, person_of_client(current_client()))
    if wants_fragment() and request.args.get("seen") == home.fingerprint:
        return nothing_new()
    return page_or_fragment(
        "messages/client_home.html",
        "messages/_needs.html",
        home=home,
        panels=panels(),
        fresh=wants_fragment(),
        title=_("(%(count)s) Home", count=home.messages) if home.messages else _("Home"),
    )
