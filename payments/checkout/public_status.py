"""The lasting page of one payment, without sign-in (FEATURES P6). Its address cannot be guessed."""

from typing import Any

from flask import Response, g, make_response, render_template, request
from flask_babel import format_date, format_datetime
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from payments.checkout import public_framed as framed
from payments.checkout import queries as documents
from payments.checkout.details import title_of
from payments.checkout.public_given_back import given_back
from payments.checkout.public_pages import address, amounts_as, answer_outcome, money
from payments.checkout.public_portal import portal_url
from payments.checkout.target import PayTarget
from payments.gateway.errors import GatewayError
from payments.gateway.results import MethodKind
from payments.transactions import queries
from payments.transactions.actions import outcome
from payments.transactions.failures import words
from payments.transactions.models import Payment
from payments.transactions.resolving import look
from payments.transactions.states import ENDED_WITHOUT_MONEY, Status
from portal.core import config, db
from portal.core.errors import Missing
from portal.firm.brand import brand
from portal.web import language
from portal.web.blueprints import public_blueprint
from portal.web.fragments import go_to, nothing_new, page_or_fragment
from portal.web.limits import ANSWERS, PAY_TRIES, limiter

TOKEN_CHARS_MAX = 64
PAID = frozenset({Status.AUTHORIZED, Status.COMPLETED})
NOT_MADE = frozenset({Status.FAILED, Status.CANCELED})
FINAL = ENDED_WITHOUT_MONEY | {Status.COMPLETED}

blueprint = public_blueprint("checkout_status", __name__)


def payment_at(token: str) -> Payment:
    """The payment whose lasting page has this address, with the firm's face. Raises `Missing`."""
    with db.read() as session:
        g.brand = brand(session)
        found = queries.by_status_token(session, token) if len(token) <= TOKEN_CHARS_MAX else None
    if found is None:
        raise Missing(_("There is no payment at this address. Please check the link."))
    language.prefer(found.language)  # an email leads here: nothing else tells who is reading
    return found


@blueprint.get("/payments/<token>")
def status(token: str) -> Response:
    """Where the payment stands, for as long as the firm keeps its books."""
    return shown(payment_at(token))


def shown(payment: Payment) -> Response:
    """The page of this payment; nothing where a script has seen this status already."""
    if request.args.get("seen") == payment.status:
        return nothing_new()
    return page_or_fragment(
        "checkout/public_status.html", "checkout/_status.html", **_context(payment)
    )


@blueprint.post("/payments/<token>/continue")
@limiter.shared_limit(PAY_TRIES, ANSWERS)
def go_on(token: str) -> AnyResponse:
    """The payer's bank has asked its question; what it answered is read at the processor."""
    return gone_on(payment_at(token))


def gone_on(payment: Payment) -> AnyResponse:
    """What the payer's bank was answered, read at the processor, and where that leads."""
    try:
        look(payment.id, "payer")
    except GatewayError:
        return go_to(framed.status_address(payment.status_token))
    return answer_outcome(outcome(payment.id), MethodKind(payment.method), _refused)


def _refused(sentence: str) -> Response:
    """Back on the pay page, which is still open in the browser with everything that was typed."""
    return make_response(render_template("checkout/_pay_message.html", message=sentence), 422)


def _context(payment: Payment) -> dict[str, Any]:
    stands = Status(payment.status)
    target = _document(payment)
    # The email to somebody else who has paid leads here: the client's bill is not theirs to know.
    told = None if payment.third_party else target
    return {
        "brand": g.brand,
        "account": {
            "public_label": payment.bank_account.public_label,
            "kind": payment.bank_account.kind,
        },
        "document": _of_document(told) if told is not None else None,
        "portal_url": portal_url(target) if target is not None else None,
        "payment": {
            "status": payment.status,
            "final": stands in FINAL,
            "amount": payment.amount.format(amounts_as()),
            "reference": payment.reference,
            "method": payment.method,
            "method_label": payment.method_label,
            "submitted_at": format_datetime(payment.made_at, "long"),
            "expected_on": format_date(payment.expected_on, "full")
            if payment.expected_on
            else None,
            "failure": _sentence(payment, stands),
            "action_url": _verify_url(payment) if stands is Status.ACTION_NEEDED else None,
            "retry_url": _retry_url(payment, target),
            "receipt_url": language.address("checkout.receipt_pdf", token=payment.status_token)
            if stands in PAID
            else None,
            "stored": payment.store_text is not None and stands in PAID,
            "email": payment.payer_email,
            "top_url": language.address("checkout_status.status", token=payment.status_token),
            "told": framed.told(payment),
            **_came_back(payment),
        },
    }


def _came_back(payment: Payment) -> dict[str, object]:
    """What lies over its status, and a sentence for each refund and dispute (FEATURES M5)."""
    with db.read() as session:
        back = given_back(session, payment, amounts_as())
    return {
        "marks": back.marks,
        "given_back": back.sentences,
        "refunded": back.whole,
        "partly_refunded": back.refunded_cents > 0,
        "disputed": back.disputed,
        "lost": back.lost,
    }


def _document(payment: Payment) -> PayTarget | None:
    """The bill or trust request that was paid here; none for an account's link."""
    if payment.document_link_id is None:
        return None
    with db.read() as session:
        return documents.by_link(session, payment.document_link_id)


def _of_document(target: PayTarget) -> dict[str, object]:
    """What is left of it now, with where the rest is paid."""
    left_cents = target.open_cents()
    waits = target.document is not None and target.document.waits
    return {
        "title": title_of(target),
        "left": money(target, left_cents) if left_cents else None,
        "url": address(target),
        "again_url": address(target, "start_again") if waits else None,
    }


def _retry_url(payment: Payment, target: PayTarget | None) -> str | None:
    """Where to try again. Whoever paid for somebody else is led to the bill only while their own
    try has failed (FEATURES M12)."""
    if target is not None:
        kept = payment.third_party and payment.status not in NOT_MADE
        return None if kept else address(target)
    link = payment.account_link
    live = link is not None and link.retired_at is None
    return framed.pay_address(link.token) if live and link else None


def _verify_url(payment: Payment) -> str | None:
    """Where the small deposits are confirmed: at the processor, or on the sandbox's own page."""
    url = payment.verify_url
    return language.along(url) if url and config.current().sandbox else url


def _sentence(payment: Payment, stands: Status) -> str | None:
    if stands is Status.ACTION_NEEDED:
        if payment.verify_url:
            return _(
                "Your bank sends you two very small deposits in one or two days. When you see "
                "them in your account, press Continue and type their amounts."
            )
        return _(
            "Your bank asks you to approve this payment. If you closed its window, you can start "
            "again: this try ends by itself and takes no money."
        )
    if stands in ENDED_WITHOUT_MONEY and (payment.failure_code or payment.network_code):
        return words(payment.failure_code or "", payment.method, payment.network_code)
    return None
