"""**Pay** in the client portal: from a shared bill or trust request to its pay page (FEATURES D7).

Looking makes nothing; pressing makes the address that opens for this client alone, or finds it.
"""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from payments.billing.handing_out import Reader, portal_link
from payments.billing.payables import locked, named
from payments.billing.shared import BILL, TRUST_REQUEST, shared_document
from payments.checkout import (
    client_money,  # noqa: F401  registers its routes
    client_trust,  # noqa: F401  registers its routes
)
from payments.checkout.client_pages import blueprint, me
from payments.checkout.details import BALANCE
from portal.core import db
from portal.web import language


@blueprint.post("/bills/<public_id>/pay")
def pay_bill(public_id: str) -> Response:
    """**Pay**, or **Pay the whole balance** (`pays`), which begins with this bill."""
    return _pay(BILL, public_id)


@blueprint.post("/trust-requests/<public_id>/pay")
def pay_trust_request(public_id: str) -> Response:
    """**Pay**: what is asked for into trust."""
    return _pay(TRUST_REQUEST, public_id)


def _pay(kind: str, public_id: str) -> Response:
    client = me()
    with db.transaction() as session:
        payable = shared_document(session, client.contact_id, kind, public_id)
        reader = Reader(
            client.contact_id, client.name, client.email, language.current(), client.actor
        )
        account_id = locked(session, payable).bank_account_id
        link = portal_link(session, reader, bank_account_id=account_id, **named(payable))
        token = link.token
    chosen = BALANCE if request.form.get("pays") == BALANCE else None
    return redirect(url_for("checkout.document", what=kind, token=token, pays=chosen), 303)
