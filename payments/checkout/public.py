"""The pay page of an account link (FEATURES L4, L7)."""

from flask import Response, g
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from payments.checkout import (
    public_documents,  # noqa: F401  registers its routes
    public_receipt,  # noqa: F401  registers its routes
)
from payments.checkout import public_paying as paying
from payments.checkout.public_pages import TOKEN_CHARS_MAX, blueprint
from payments.checkout.target import PayTarget, of_account
from payments.links.queries import pay_page
from portal.core.errors import Missing
from portal.web.limits import PAY_TRIES, REVIEWS, SUBMISSIONS, limiter


def _link(token: str) -> PayTarget:
    """The link behind the address, with the firm's face read in the same breath."""
    found = pay_page(token) if len(token) <= TOKEN_CHARS_MAX else None
    if found is None:
        raise Missing(_("There is no payment page at this address. Please check the link."))
    link, g.brand = found
    return of_account(link)


@blueprint.get("/pay/<token>")
def pay(token: str) -> Response:
    """The pay page."""
    return paying.asked_for(_link(token))


@blueprint.post("/pay/<token>")
@limiter.shared_limit(PAY_TRIES, REVIEWS)
def review(token: str) -> Response:
    """**Review payment**."""
    return paying.reviewed(_link(token))


@blueprint.post("/pay/<token>/submit")
@limiter.shared_limit(PAY_TRIES, SUBMISSIONS)
def submit_payment(token: str) -> AnyResponse:
    """**Submit payment**."""
    return paying.submitted(_link(token))
