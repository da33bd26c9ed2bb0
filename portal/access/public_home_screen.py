"""What a phone needs to keep the portal, or the office, on its home screen (FEATURES X5). Strangers
may have it: browsers ask for it without a cookie, and it says no more than the firm's face."""

import json

from flask import Response, abort, url_for
from flask_babel import gettext as _

from portal.access import home_screen_icon
from portal.core import db
from portal.firm.brand import Brand, brand
from portal.web import language
from portal.web.blueprints import public_blueprint
from portal.web.client_sessions import HOME

OFFICE = "/staff/"
PAGE = "#f7f6f3"
KEPT = "public, max-age=86400"

blueprint = public_blueprint("home_screen", __name__)


@blueprint.get("/portal/manifest.webmanifest")
def manifest() -> Response:
    """The portal as an app of the firm's own name."""
    face = _face()
    name = _("%(firm)s client portal", firm=face.legal_name)
    return _app(face, HOME, name, scope="/")  # what is paid from there is part of it


@blueprint.get("/staff/manifest.webmanifest")
def office() -> Response:
    """The pages of the firm's own people, as an app beside it."""
    face = _face()
    return _app(face, OFFICE, f"{face.legal_name} office", scope=OFFICE)  # staff pages are English


def _app(face: Brand, starts: str, name: str, *, scope: str) -> Response:
    told = {
        "id": starts,
        "start_url": starts,
        "scope": scope,
        "name": name,
        "short_name": face.short_name,
        "lang": language.tag(language.current()),
        "display": "standalone",
        "background_color": PAGE,
        "theme_color": face.colour,
        "icons": [
            {
                "src": url_for("client_sign_in.home_screen.icon", size=size),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": "any maskable",
            }
            for size in home_screen_icon.SIZES
        ],
    }
    response = Response(json.dumps(told), mimetype="application/manifest+json")
    response.headers["Cache-Control"] = KEPT
    response.headers["Vary"] = "Accept-Language"
    return response


@blueprint.get("/portal/icon-<int:size>.png")
def icon(size: int) -> Response:
    """The icon, in one of its sizes."""
    if size not in home_screen_icon.SIZES:
        abort(404)
    face = _face()
    png = home_screen_icon.icon(face.short_name, face.colour, face.on_brand, size)
    response = Response(png, mimetype="image/png")
    response.headers["Cache-Control"] = KEPT
    return response


def _face() -> Brand:
    with db.read() as session:
        return brand(session)
