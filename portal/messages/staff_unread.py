"""How many messages of clients a user has to read: beside **Client portals** in the bar (X4)."""

from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import ScalarSelect
from sqlalchemy.orm import Session

from portal.access.listing import unread_at_most, unread_total
from portal.core import db
from portal.web import overview
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import nothing_new
from portal.web.overview import Work
from portal.web.permissions import PORTALS
from portal.web.staff_shell import Counter, count_by

blueprint = staff_blueprint("portal_unread", __name__)


@blueprint.get("/portals/unread", needs=PORTALS)
def show() -> Response:
    """The count afresh; 204 while it is what the page has `seen`."""
    total = _total()
    if request.args.get("seen") == str(total):
        return nothing_new()
    return make_response(render_template("messages/_staff_unread.html", total=total))


def _total() -> int:
    with db.read() as session:
        return _exactly(session)


def _exactly(session: Session) -> int:
    user: Any = current_user
    return unread_total(session, user)


def _at_most() -> ScalarSelect[int]:
    user: Any = current_user
    return unread_at_most(user)


count_by("client_portals.index", Counter(_at_most, _exactly, "portal_unread.show", "unread"))


@overview.look_for_work
def look(session: Session) -> list[Work]:
    """The messages of clients that the user has not read."""
    return [
        Work(
            40,
            _("Read messages"),
            _exactly(session),
            _("Clients have written, and wait for an answer."),
            "mail",
            "client_portals.index",
            {"show": "unread"},
        )
    ]
