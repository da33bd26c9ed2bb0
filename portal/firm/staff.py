"""Where somebody signed in begins, and signing out."""

from flask import redirect, session, url_for
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response

from portal.core import db
from portal.firm import checklist, sessions
from portal.web.blueprints import staff_blueprint
from portal.web.permissions import LOOK, OWN_SIGN_IN, SET_UP_FIRM

blueprint = staff_blueprint("firm_staff", __name__)


@blueprint.route("/sign-out", methods=["POST"], needs=OWN_SIGN_IN)
def sign_out() -> Response:
    """End this browser's session on the server and forget it here."""
    with db.transaction() as writing:
        sessions.end_session(writing, current_user.get_id(), by=current_user.actor)
    logout_user()
    session.clear()
    return redirect(url_for("firm_sign_in.sign_in"), 303)


@blueprint.route("/", needs=LOOK)
def home() -> Response:
    """The staff start page: what came in; for who can set the firm up, first what is left to do."""
    if current_user.may(SET_UP_FIRM):
        with db.read() as reading:
            done = checklist.is_done(reading)
        if not done:
            return redirect(url_for("settings.index"), 303)
    return redirect(url_for("transactions.index"), 303)
