"""**Your sign-in**, as it stands: what the user has, and the browsers that are signed in."""

from typing import Any, cast

from flask import Response, make_response, render_template
from flask_login import current_user

from portal.core import db
from portal.firm import confirming, passkeys, recovery_codes, second_factors, sessions
from portal.firm.models import User
from portal.firm.sessions import SignedIn
from portal.web.blueprints import staff_blueprint
from portal.web.permissions import OWN_SIGN_IN

blueprint = staff_blueprint("own_sign_in", __name__)


@blueprint.get("/your-sign-in", needs=OWN_SIGN_IN)
def show() -> Response:
    """Password, authenticator app, passkeys, recovery codes and browsers. Who lacks a second
    factor where one is obligatory sees how to add one, and nothing else."""
    return page()


def page(status: int = 200, errors: dict[str, str] | None = None) -> Response:
    """The page, after a refusal with its sentences by field."""
    with db.read() as session:
        user = session.get_one(User, current_user.id)
        context: dict[str, Any] = {
            "has_password": user.password_hash is not None,
            "factors": second_factors.of_user(session, user.id),
            "passkeys": passkeys.of_user(session, user.id),
            "codes_left": recovery_codes.left(session, user.id),
            "browsers": sessions.open_sessions(session, user.id),
            "confirmed": confirming.just_confirmed(cast(SignedIn, current_user)),
        }
    if current_user.lacks_second_factor:
        context |= {"navigation": (), "create_menu": ()}
    here = sessions.hashed(current_user.token)
    made = render_template("firm/staff_own_sign_in.html", here=here, errors=errors or {}, **context)
    return make_response(made, status)
