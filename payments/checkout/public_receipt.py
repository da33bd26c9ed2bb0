"""The receipt of a payment, to keep or to print (FEATURES P6, M12)."""

from zoneinfo import ZoneInfo

from flask import Response, g, make_response, render_template
from flask_babel import gettext as _

from payments.accounts.models import AccountKind
from payments.checkout import receipts
from payments.checkout.public_given_back import given_back
from payments.checkout.public_pages import blueprint
from payments.checkout.public_status import PAID, payment_at
from payments.receipts.documents import ReceiptFacts, payment_receipt_document
from payments.receipts.pdf import payment_receipt_pdf
from payments.transactions.models import Payment
from payments.transactions.states import Status
from portal.core import db
from portal.core.errors import Missing
from portal.web import language
from portal.web.downloads import pdf_answer
from portal.web.limits import PAPERS, limiter


def _paid(token: str) -> Payment:
    """The payment, if any money came or is on its way: nothing else has a receipt."""
    payment = payment_at(token)
    if Status(payment.status) not in PAID:
        raise Missing(_("This payment has no receipt: no money has been taken."))
    return payment


@blueprint.get("/payments/<token>/receipt.pdf")
@limiter.limit(PAPERS)
def receipt_pdf(token: str) -> Response:
    """The receipt as PDF, in the language of the page."""
    payment = _paid(token)
    facts = _facts(payment)
    with db.read() as session:
        body = payment_receipt_pdf(session, facts, language=language.current())
    return pdf_answer(f"Receipt-{payment.reference}.pdf", body)


@blueprint.get("/payments/<token>/receipt")
def receipt(token: str) -> Response:
    """The same as a page that prints well."""
    payment = _paid(token)
    facts = _facts(payment)
    with db.read() as session:
        paper = payment_receipt_document(session, facts, language=language.current())
    return make_response(
        render_template(
            "billing/document_page.html",
            document=paper,
            brand=g.brand,
            pdf_url=language.address("checkout.receipt_pdf", token=token),
            back_url=language.address("checkout_status.status", token=token),
            back_label=_("Back to the payment"),
            languages=language.switch(),
        )
    )


def _facts(payment: Payment) -> ReceiptFacts:
    with db.read() as session:
        paid = receipts.paid_with(session, payment)
        back = given_back(session, payment, language.current())
    return ReceiptFacts(
        reference=payment.reference,
        amount_cents=payment.amount_cents,
        currency=payment.currency,
        paid_on=payment.made_at.astimezone(ZoneInfo(g.brand.timezone)).date(),
        method_label=payment.method_label,
        payer_name=payment.payer_name,
        account_label=payment.bank_account.public_label,
        paid=paid,
        refunded_cents=back.refunded_cents,
        disputed=back.disputed,
        trust=payment.bank_account.kind == AccountKind.TRUST,
        completed=payment.status == Status.COMPLETED,
        third_party=payment.third_party,
    )
