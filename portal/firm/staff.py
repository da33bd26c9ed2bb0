"""Where somebody signed in begins, and signing out."""

from flask import redirect, session, url_for
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response

from portal.core import db
from portal.firm import sessions
from portal.web.blueprints import EVERY_USER, staff_blueprint

staff = staff_blueprint("firm_staff", __name__)


@staff.route("/sign-out", methods=["POST"], needs=EVERY_USER)
def sign_out() -> Response:
    """End this browser's session on the server and forget it here."""
    with db.transaction() as writing:
        sessions.end_session(writing, current_user.get_id(), by=current_user.actor)
    logout_user()
    session.clear()
    return redirect(url_for("firm_sign_in.sign_in"), 303)


@staff.route("/", needs=EVERY_USER)
def home() -> Response:
    """The staff start page: what came in."""
    return redirect(url_for("transactions.index"), 303)
