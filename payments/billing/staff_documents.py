"""Bills and trust requests on paper, for staff: to read and print, and to save as PDF."""

from flask import Response, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.settings import online_payments
from payments.billing import queries, trust_queries
from payments.billing.documents import bill_document, trust_request_document
from payments.billing.handed_out import Channel
from payments.billing.handing_out import document_url, standing_link
from payments.billing.models import Bill, BillStatus
from payments.billing.panels import ON_BILLS, ON_TRUST_REQUESTS, Action
from payments.billing.paper import Document
from payments.billing.pdf import drawn
from payments.billing.requested import TrustRequest
from payments.billing.staff_shown import blueprint
from portal.clients.access import closed_to
from portal.clients.models import Contact
from portal.core import db
from portal.firm.brand import brand
from portal.web import language
from portal.web.downloads import pdf_answer
from portal.web.language import Choice
from portal.web.permissions import LOOK

ON_PAPER = _lazy("Print or save as PDF")


ON_BILLS.add_action(Action(ON_PAPER, "bills.print_bill", LOOK, lambda _bill: True))
ON_TRUST_REQUESTS.add_action(
    Action(ON_PAPER, "bills.print_trust_request", LOOK, lambda _asked: True)
)


@blueprint.get("/bills/<public_id>/print", needs=LOOK)
def print_bill(public_id: str) -> str:
    """A bill as its client reads it, on a page that prints well."""
    document = _bill(public_id)
    back = url_for("bills.show", public_id=public_id)
    return _page(document, "bills.bill_pdf", public_id, back)


@blueprint.get("/bills/<public_id>/bill.pdf", needs=LOOK)
def bill_pdf(public_id: str) -> Response:
    """The same as PDF, in the client's language unless another one is asked for."""
    return _pdf(_bill(public_id))


@blueprint.get("/trust-requests/<public_id>/print", needs=LOOK)
def print_trust_request(public_id: str) -> str:
    """A trust request as its client reads it, on a page that prints well."""
    document = _trust_request(public_id)
    back = url_for("trust_requests.show", public_id=public_id)
    return _page(document, "bills.trust_request_pdf", public_id, back)


@blueprint.get("/trust-requests/<public_id>/trust-request.pdf", needs=LOOK)
def trust_request_pdf(public_id: str) -> Response:
    """The same as PDF."""
    return _pdf(_trust_request(public_id))


def _bill(public_id: str) -> Document:
    # A transaction: the code on paper leads to an address that is made when first asked for.
    with db.transaction() as session:
        g.brand = brand(session)
        bill = queries.bill(session, public_id, closed_to(session, current_user))
        url = _pay_url(session, bill)
        reader = _language(session, bill.client_id)
        return bill_document(session, bill, language=reader, pay_url=url)


def _trust_request(public_id: str) -> Document:
    with db.transaction() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        asked = trust_queries.trust_request(session, public_id, closed)
        url = _pay_url(session, asked)
        reader = _language(session, asked.client_id)
        return trust_request_document(session, asked, language=reader, pay_url=url)


def _pdf(document: Document) -> Response:
    with db.read() as session:  # drawn outside the transaction: others wait for its end
        return pdf_answer(document.filename, drawn(session, document))


def _pay_url(session: Session, one: Bill | TrustRequest) -> str | None:
    """The address that a printed document is paid at; none while nothing can be paid online."""
    if one.status != BillStatus.AWAITING_PAYMENT or not online_payments(session).online:
        return None
    is_bill = isinstance(one, Bill)
    link = standing_link(
        session,
        channel=Channel.CODE,
        bank_account_id=one.bank_account_id,
        by=current_user.actor,
        bill=one if is_bill else None,
        trust_request=None if is_bill else one,
    )
    return document_url(link)


def _language(session: Session, client_id: int) -> str:
    """What the address asks for, else the client's own language, else the firm's."""
    face = g.brand
    wanted = request.args.get(language.PARAMETER, "")
    own = session.scalar(select(Contact.language).where(Contact.id == client_id)) or ""
    offered = face.languages
    return language.offered_as(wanted, offered) or language.offered_as(own, offered) or face.locale


def _page(document: Document, pdf_endpoint: str, public_id: str, back_url: str) -> str:
    here, now = request.endpoint or "", document.language
    return render_template(
        "billing/document_page.html",
        document=document,
        back_url=back_url,
        back_label=_("Back"),
        pdf_url=url_for(pdf_endpoint, public_id=public_id, lang=now[:2]),
        languages=_choices(here, public_id, now),
    )


def _choices(endpoint: str, public_id: str, now: str) -> list[Choice]:
    offered = g.brand.languages
    if len(offered) < 2:
        return []
    return [
        Choice(
            language.NAMES[one[:2]],
            language.tag(one),
            url_for(endpoint, public_id=public_id, lang=one[:2]),
            one == now,
        )
        for one in offered
    ]
