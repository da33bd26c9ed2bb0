"""Signing in by a passkey (FEATURES C11)."""

from flask import Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.access import passkeys
from portal.access.public_door import here, leave, let_in
from portal.core import db
from portal.firm.passkey_ceremony import WrongPasskey, log
from portal.web.blueprints import public_blueprint
from portal.web.client_sessions import portal_path
from portal.web.limits import PASSKEY_TRIES, limiter

blueprint = public_blueprint("passkeys", __name__)


@blueprint.post("/sign-in/passkey-challenges")
@limiter.limit(PASSKEY_TRIES)
def challenge() -> Response:
    """What a browser needs to show a passkey of whoever sits before it."""
    with db.transaction() as writing:
        asked = passkeys.ask_to_show(writing)
    return Response(asked, mimetype="application/json")


@blueprint.post("/sign-in/passkey")
@limiter.limit(PASSKEY_TRIES)
def sign_in() -> AnyResponse:
    """Sign a client in by a passkey alone."""
    came_from = portal_path(request.form.get("next"))
    try:
        token = passkeys.sign_in(request.form.get("passkey", ""), browser=here())
    except WrongPasskey as wrong:
        log.info("passkey refused", reason=str(wrong))
        return _refused(came_from)
    with db.transaction() as writing:
        leave(writing)
    return let_in(token, came_from)


def _refused(came_from: str) -> Response:
    words = _("This passkey was not accepted. Try again, or sign in by email.")
    page = render_template(
        "access/public_sign_in.html",
        next=came_from,
        email="",
        errors={"sign-in-passkey": words},
        page_path=url_for("client_sign_in.show"),
    )
    return make_response(page, 422)
