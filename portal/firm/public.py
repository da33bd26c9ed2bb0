"""The firm's face as browsers fetch it: the style sheet in its colours, and its logo."""

from flask import Response, abort, request

from portal.core import db
from portal.firm import queries
from portal.firm.brand import brand
from portal.firm.stylesheets import Surface, stylesheet
from portal.web.blueprints import public_blueprint

KEPT = "public, max-age=31536000, immutable"
# An address of yesterday's face (a page kept open) gets today's, and does not keep it.
NOT_KEPT = "no-cache"
# The logo comes from a file that somebody uploaded: opened by itself it can do nothing.
LOGO_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"

blueprint = public_blueprint("firm_brand", __name__)


@blueprint.get("/brand/<fingerprint>/<any(public, client, staff):surface>.css")
def css(fingerprint: str, surface: str) -> Response:
    """The one style sheet of a surface, ending in the firm's colours."""
    with db.read() as session:
        face = brand(session)
    sheet = stylesheet(Surface(surface), face.palette)
    small = "gzip" in request.accept_encodings
    response = Response(sheet.gzipped if small else sheet.plain, mimetype="text/css")
    if small:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = KEPT if fingerprint == face.fingerprint else NOT_KEPT
    return response


@blueprint.get("/brand/<fingerprint>/logo.png")
def logo(fingerprint: str) -> Response:
    """The firm's logo, unable to run anything even when opened by itself."""
    with db.read() as session:
        face = brand(session)
        png = queries.logo_png(session)
    if png is None:
        abort(404)
    response = Response(png, mimetype="image/png")
    response.headers["Content-Security-Policy"] = LOGO_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = KEPT if fingerprint == face.fingerprint else NOT_KEPT
    return response
