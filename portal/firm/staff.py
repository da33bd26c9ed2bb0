"""Signing out, for whoever of the firm is signed in."""

from flask import redirect, session, url_for
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response

from portal.core import db
from portal.firm import sessions
from portal.web.blueprints import staff_blueprint
from portal.web.permissions import OWN_SIGN_IN

blueprint = staff_blueprint("firm_staff", __name__)


@blueprint.route("/sign-out", methods=["POST"], needs=OWN_SIGN_IN)
def sign_out() -> Response:
    """End this browser's session on the server and forget it here."""
    with db.transaction() as writing:
        sessions.end_session(writing, current_user.get_id(), by=current_user.actor)
    logout_user()
    session.clear()
    return redirect(url_for("firm_sign_in.sign_in"), 303)
