"""A bill or trust request in the client portal: opened, downloaded, and from there paid (FEATURES
D6, D7).

It is shown as it is now. An open page asks again by itself, so that a change shows without sharing
again, and so that what was stopped is gone from it (C12).
"""

from typing import Any

from flask import Response, g, request, url_for
from sqlalchemy.orm import Session

from payments.billing import (
    noticed,  # noqa: F401  says what emails of notices tell of bills
    paid_on,
    shared,
)
from payments.billing.client_shown import client_view, is_new, matter_of, note_opened, to_keep
from payments.billing.payables import Payable
from payments.billing.pdf import drawn
from portal.core import db
from portal.core.errors import Missing
from portal.feed.people import Person, person_of_client
from portal.firm.brand import brand
from portal.web import language
from portal.web.blueprints import client_blueprint
from portal.web.client_surface import current_client
from portal.web.downloads import pdf_answer
from portal.web.fragments import nothing_new, page_or_fragment, wants_fragment
from portal.web.limits import PAPERS, limiter

blueprint = client_blueprint("client_bills", __name__)


@blueprint.get("/bills/<public_id>")
def bill(public_id: str) -> Response:
    """A bill that is shared with the client, and the way to pay it."""
    return _shown(shared.BILL, public_id)


@blueprint.get("/trust-requests/<public_id>")
def trust_request(public_id: str) -> Response:
    """A trust request that is shared with the client, and the way to pay it."""
    return _shown(shared.TRUST_REQUEST, public_id)


@blueprint.get("/bills/<public_id>/bill.pdf")
@limiter.limit(PAPERS)
def bill_pdf(public_id: str) -> Response:
    """The bill to keep."""
    return _kept(shared.BILL, public_id)


@blueprint.get("/trust-requests/<public_id>/trust-request.pdf")
@limiter.limit(PAPERS)
def trust_request_pdf(public_id: str) -> Response:
    """The trust request to keep."""
    return _kept(shared.TRUST_REQUEST, public_id)


def _me() -> Person:
    return person_of_client(current_client())


def _found(session: Session, kind: str, public_id: str) -> Payable:
    g.brand = brand(session)
    return shared.shared_document(session, current_client().contact_id, kind, public_id)


def _shown(kind: str, public_id: str) -> Response:
    try:
        with db.read() as session:
            payable = _found(session, kind, public_id)
            view = client_view(session, payable, g.brand, language.current())
            matter, new = matter_of(payable), is_new(session, payable, _me())
            paid = paid_on.told(session, payable)
    except Missing:
        if not wants_fragment():
            raise
        return Response(status=204, headers={"HX-Refresh": "true"})  # gone from an open page too
    if new:
        with db.transaction() as session:
            note_opened(session, _found(session, kind, public_id), _me())
    if wants_fragment() and request.args.get("seen") == view.fingerprint:
        return nothing_new()
    return page_or_fragment(
        "billing/client_document.html",
        "billing/_client_document.html",
        view=view,
        matter=matter,
        paid=paid,
        fresh=wants_fragment(),
        **_addresses(kind, public_id, view.fingerprint),
    )


def _addresses(kind: str, public_id: str, fingerprint: str) -> dict[str, Any]:
    return {
        "again_url": url_for(f"client_bills.{kind}", public_id=public_id, seen=fingerprint),
        "pdf_url": url_for(f"client_bills.{kind}_pdf", public_id=public_id),
        "pay_url": url_for(f"client_paying.pay_{kind}", public_id=public_id),
    }


def _kept(kind: str, public_id: str) -> Response:
    with db.read() as session:
        payable = _found(session, kind, public_id)
        paper = to_keep(session, payable, current_client().contact_id, language.current())
        body = drawn(session, paper)
    return pdf_answer(paper.filename, body)
