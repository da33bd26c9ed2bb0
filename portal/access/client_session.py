"""The session of the client who asks: how long it lasts, keeping it, ending it (WCAG 2.2.1)."""

from dataclasses import replace
from typing import cast

from flask import Response, jsonify, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.access import sessions
from portal.access.sessions import SignedInClient
from portal.core import clock, db
from portal.web.blueprints import ClientBlueprint
from portal.web.client_sessions import forget_token
from portal.web.client_surface import current_client

blueprint = ClientBlueprint("session", __name__)  # it stands inside the settings' own


@blueprint.route("/session", methods=["GET"])
def left() -> Response:
    """How long this browser stays signed in if nothing is done."""
    return jsonify(seconds_left=_me().seconds_left)


@blueprint.route("/session", methods=["POST"], endpoint="keep")
def keep() -> Response:
    """Stay signed in: somebody is there."""
    with db.transaction() as session:
        sessions.see(session, _me())
    return jsonify(seconds_left=replace(_me(), seen_at=clock.wall_time()).seconds_left)


@blueprint.route("/sign-out", methods=["POST"])
def sign_out() -> AnyResponse:
    """End this browser's session."""
    with db.transaction() as session:
        sessions.end_session(session, _me())
    return forget_token(redirect(url_for("client_sign_in.show"), 303))


def _me() -> SignedInClient:
    return cast(SignedInClient, current_client())
