"""The pay page of an account link inside the firm's own website (FEATURES E1–E3)."""

from pathlib import Path

from flask import Response, current_app, g, make_response, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from payments.checkout import public_framed as framed
from payments.checkout import public_paying as paying
from payments.checkout import public_status
from payments.checkout.public_pages import TOKEN_CHARS_MAX
from payments.checkout.target import PayTarget, of_account
from payments.links.queries import framed_page
from payments.transactions.models import Payment
from portal.core.errors import Missing
from portal.web.blueprints import public_blueprint
from portal.web.limits import ANSWERS, PAY_TRIES, REVIEWS, SUBMISSIONS, limiter

LOADER = "js/embed-v1.js"
LOADER_SECONDS_KEPT = 3_600

blueprint = public_blueprint("embed", __name__)


@blueprint.get("/embed/v1.js")
def loader() -> AnyResponse:
    """The script of the snippet. Its address never changes, so browsers ask again each hour."""
    script = Path(current_app.static_folder or "static") / LOADER
    response = make_response(script.read_bytes())
    response.mimetype = "text/javascript"
    response.headers["Cache-Control"] = f"public, max-age={LOADER_SECONDS_KEPT}"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.add_etag()
    return response.make_conditional(request)


def _link(token: str) -> PayTarget:
    """The link behind the address; its websites may frame whatever is answered from here on."""
    found = framed_page(token) if len(token) <= TOKEN_CHARS_MAX else None
    if found is None:
        raise Missing(_("There is no payment page at this address. Please check the link."))
    link, g.brand, framing = found
    framed.enter(token, framing)
    return of_account(link)


@blueprint.get("/embed/<token>")
def pay(token: str) -> Response:
    """The framed pay page. What the snippet says of amounts is a hint that the payer can edit."""
    return paying.asked_for(_link(token))


@blueprint.post("/embed/<token>")
@limiter.shared_limit(PAY_TRIES, REVIEWS)
def review(token: str) -> Response:
    """**Review payment**."""
    return paying.reviewed(_link(token))


@blueprint.post("/embed/<token>/submit")
@limiter.shared_limit(PAY_TRIES, SUBMISSIONS)
def submit_payment(token: str) -> AnyResponse:
    """**Submit payment**."""
    return paying.submitted(_link(token))


@blueprint.get("/embed/<token>/payments/<status_token>")
def status(token: str, status_token: str) -> Response:
    """What became of a payment, inside the frame in which it was made."""
    return public_status.shown(_payment(token, status_token))


@blueprint.post("/embed/<token>/payments/<status_token>/continue")
@limiter.shared_limit(PAY_TRIES, ANSWERS)
def go_on(token: str, status_token: str) -> AnyResponse:
    """The payer's bank has asked its question."""
    return public_status.gone_on(_payment(token, status_token))


def _payment(token: str, status_token: str) -> Payment:
    """A payment that was made by this link. Any other is not to be found here: its own websites,
    and no others, may frame it."""
    link = _link(token)
    payment = public_status.payment_at(status_token)
    if payment.account_link_id != link.link_id:
        raise Missing(_("There is no payment at this address. Please check the link."))
    return payment
