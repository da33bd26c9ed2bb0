"""Bills and trust requests by their own address: opened, paid, kept (FEATURES P1–P7, L9, L10)."""

from typing import Any

from flask import Response, g, make_response, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.billing.documents import bill_document, trust_request_document
from payments.billing.handed_out import Channel, DocumentLink
from payments.billing.handing_out import document_url, find_standing
from payments.billing.models import Bill
from payments.billing.paper import Document
from payments.billing.pdf import drawn
from payments.billing.requested import TrustRequest
from payments.checkout import public_paying as paying
from payments.checkout import queries
from payments.checkout.details import BALANCE
from payments.checkout.public_gone import gone, withdrawn
from payments.checkout.public_pages import TOKEN_CHARS_MAX, address, blueprint, path
from payments.checkout.public_portal import open_for_reader
from payments.checkout.starting_again import start_again
from payments.checkout.target import PayTarget, What
from payments.gateway.errors import GatewayError
from portal.core import config, db
from portal.core.errors import Missing
from portal.web import language
from portal.web.downloads import pdf_answer
from portal.web.fragments import go_to
from portal.web.limits import PAPERS, PAY_TRIES, REVIEWS, SUBMISSIONS, limiter

BILL, TRUST_REQUEST = {"what": What.BILL}, {"what": What.TRUST_REQUEST}


def _target(what: What, token: str) -> PayTarget:
    """What this address asks for, with the firm's face; an emailed one reads as it was written.

    One of the client portal is there for its client alone, while it is shared (FEATURES D7).
    """
    found = queries.pay_page(what, token) if len(token) <= TOKEN_CHARS_MAX else None
    if found is None:
        raise Missing(_("There is no bill at this address. Please check the link."))
    target, g.brand = found
    if target.document is not None and target.document.language:
        language.prefer(target.document.language)
    open_for_reader(target)
    return target


@blueprint.get("/bills/<token>", defaults=BILL)
@blueprint.get("/trust-requests/<token>", defaults=TRUST_REQUEST)
def document(what: What, token: str) -> Response:
    """What is owed now, and the way to pay it; or what became of it, in words."""
    target = _target(what, token)
    balance = request.args.get("pays") == BALANCE
    return gone(target) or paying.opened(target, balance=balance)


@blueprint.post("/bills/<token>", defaults=BILL)
@blueprint.post("/trust-requests/<token>", defaults=TRUST_REQUEST)
@limiter.shared_limit(PAY_TRIES, REVIEWS)
def document_review(what: What, token: str) -> Response:
    """**Review payment**."""
    return paying.reviewed(_target(what, token))


@blueprint.post("/bills/<token>/submit", defaults=BILL)
@blueprint.post("/trust-requests/<token>/submit", defaults=TRUST_REQUEST)
@limiter.shared_limit(PAY_TRIES, SUBMISSIONS)
def document_submit(what: What, token: str) -> AnyResponse:
    """**Submit payment**."""
    return paying.submitted(_target(what, token))


@blueprint.post("/bills/<token>/start-again", defaults=BILL)
@blueprint.post("/trust-requests/<token>/start-again", defaults=TRUST_REQUEST)
@limiter.limit(PAY_TRIES)
def document_start_again(what: What, token: str) -> AnyResponse:
    """**Start again**: the try that waits for the payer's bank is called off (FEATURES M9)."""
    target = _target(what, token)
    try:
        start_again(target)
    except GatewayError:
        closed = gone(target)
        sentence = _("The payment service cannot be reached now. Please try again in a minute.")
        return closed or paying.page(target, {}, {"pay-form": sentence}, 503)
    return go_to(address(target))


@blueprint.get("/bills/<token>/bill.pdf", defaults=BILL)
@blueprint.get("/trust-requests/<token>/trust-request.pdf", defaults=TRUST_REQUEST)
@limiter.limit(PAPERS)
def document_pdf(what: What, token: str) -> Response:
    """The document to keep, in the language of the page; a void one is gone (FEATURES L10)."""
    target = _target(what, token)
    if (void := withdrawn(target)) is not None:
        return void
    with db.read() as session:
        paper = _paper(session, target)
        body = drawn(session, paper)
    return pdf_answer(paper.filename, body)


@blueprint.get("/bills/<token>/document", defaults=BILL)
@blueprint.get("/trust-requests/<token>/document", defaults=TRUST_REQUEST)
def document_print(what: What, token: str) -> Response:
    """The same as a page that prints well."""
    target = _target(what, token)
    if (void := withdrawn(target)) is not None:
        return void
    with db.read() as session:
        paper = _paper(session, target)
    return make_response(
        render_template(
            "billing/document_page.html",
            document=paper,
            brand=g.brand,
            pdf_url=address(target, "pdf"),
            back_url=address(target),
            back_label=_("Back to the payment page"),
            languages=language.switch(),
        )
    )


def _paper(session: Session, target: PayTarget) -> Document:
    reader = language.current()
    assert target.document is not None
    if target.what is What.BILL:
        bill = session.get_one(Bill, target.document.due.id)
        pay_url = _pay_url(target, _code(session, target, bill=bill))
        return bill_document(session, bill, language=reader, pay_url=pay_url)
    asked = session.get_one(TrustRequest, target.document.due.id)
    pay_url = _pay_url(target, _code(session, target, trust_request=asked))
    return trust_request_document(session, asked, language=reader, pay_url=pay_url)


def _code(session: Session, target: PayTarget, **document: Any) -> DocumentLink | None:
    # What is printed may lie on any desk: an emailed address must not stand on it (FEATURES P5),
    # and one of the portal would open nothing for whoever finds it.
    if not _kept_off_paper(target):
        return None
    account_id = target.account_id
    return find_standing(session, channel=Channel.CODE, bank_account_id=account_id, **document)


def _kept_off_paper(target: PayTarget) -> bool:
    return target.stores or target.in_portal


def _pay_url(target: PayTarget, code: DocumentLink | None) -> str | None:
    if not (target.online and target.connected):  # nothing can be paid there
        return None
    if target.document is not None and target.document.beside_client:
        return None  # the code opens what the client owes on other bills too
    if _kept_off_paper(target):
        return document_url(code) if code is not None else None
    return f"{config.current().base_url}{path(target)}"
