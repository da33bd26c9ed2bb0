"""Pay pages that were opened from the client portal: for the signed-in client alone (FEATURES D7).

Only these look for a session. Each request asks anew whether the document is still shared with
whoever is signed in, so that **Stop sharing** holds for paying too (C12).
"""

from flask import abort, g, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from payments.billing.shared import shared_document
from payments.checkout.target import PayTarget, What
from portal.core import db
from portal.core.errors import Missing
from portal.web.client_surface import SIGN_IN, client_of_request
from portal.web.fragments import wants_fragment

SIGNED_OUT = 401


def open_for_reader(target: PayTarget) -> None:
    """Go on where this page is for anybody, or for whoever is signed in.

    Ends the request with the way to sign in where nobody is. Raises `Missing` for another client,
    and where the document is no longer shared with this one.
    """
    document = target.document
    if document is None or not document.in_portal:
        return
    client = client_of_request()
    if client is None:
        abort(_to_sign_in(target))
    if client.contact_id != document.contact_id:
        raise Missing(_("There is no bill at this address. Please check the link."))
    with db.read() as session:
        shared_document(session, client.contact_id, target.what, document.public_id)


def portal_url(target: PayTarget) -> str | None:
    """Where the document stands in the portal; none for pages that are not opened from there."""
    if target.document is None or not target.document.in_portal:
        return None
    kind = "bills" if target.what is What.BILL else "trust-requests"
    return f"/portal/{kind}/{target.document.public_id}"


def _to_sign_in(target: PayTarget) -> Response:
    """To the sign-in page, and from there to the document. Whoever has typed something signs in
    beside it: the page's script keeps the form as it stands."""
    address = url_for(SIGN_IN, next=portal_url(target))
    if wants_fragment():
        part = render_template("checkout/_signed_out.html", sign_in_url=address, brand=g.brand)
        return make_response(part, SIGNED_OUT)
    return redirect(address, 303)
