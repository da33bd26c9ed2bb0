"""The lasting page of one payment, without sign-in (FEATURES P6). Its address cannot be guessed."""

from flask import Response, g, make_response, render_template, request, url_for
from flask_babel import format_date, format_datetime
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from payments.checkout.public_pages import answer_outcome, go_to
from payments.gateway.errors import GatewayError
from payments.gateway.results import MethodKind
from payments.transactions import queries
from payments.transactions.actions import outcome
from payments.transactions.failures import words
from payments.transactions.models import Payment
from payments.transactions.resolving import look
from payments.transactions.states import ENDED_WITHOUT_MONEY, Status
from portal.core import db
from portal.core.errors import Missing
from portal.firm.brand import brand
from portal.web import language
from portal.web.blueprints import public_blueprint
from portal.web.limits import PAY_TRIES, limiter

TOKEN_CHARS_MAX = 64
FINAL = ENDED_WITHOUT_MONEY | {Status.COMPLETED}

blueprint = public_blueprint("checkout_status", __name__)


def _payment(token: str) -> Payment:
    with db.read() as session:
        g.brand = brand(session)
        found = queries.by_status_token(session, token) if len(token) <= TOKEN_CHARS_MAX else None
    if found is None:
        raise Missing(_("There is no payment at this address. Please check the link."))
    return found


@blueprint.get("/payments/<token>")
def status(token: str) -> Response:
    """Where the payment stands, for as long as the firm keeps its books."""
    payment = _payment(token)
    if request.args.get("seen") == payment.status:
        return make_response("", 204)
    part = "HX-Request" in request.headers
    template = "checkout/_status.html" if part else "checkout/public_status.html"
    response = make_response(render_template(template, **_context(payment)))
    response.headers.add("Vary", "HX-Request")
    return response


@blueprint.post("/payments/<token>/continue")
@limiter.limit(PAY_TRIES)
def go_on(token: str) -> AnyResponse:
    """The payer's bank has asked its question; what it answered is read at the processor."""
    payment = _payment(token)
    try:
        look(payment.id, "payer")
    except GatewayError:
        return go_to(url_for("checkout_status.status", token=token))
    return answer_outcome(outcome(payment.id), MethodKind(payment.method), _refused)


def _refused(sentence: str) -> Response:
    """Back on the pay page, which is still open in the browser with everything that was typed."""
    return make_response(render_template("checkout/_pay_message.html", message=sentence), 422)


def _context(payment: Payment) -> dict[str, object]:
    stands = Status(payment.status)
    link = payment.account_link
    live = link is not None and link.retired_at is None
    return {
        "brand": g.brand,
        "account": {
            "public_label": payment.bank_account.public_label,
            "kind": payment.bank_account.kind,
        },
        "payment": {
            "status": payment.status,
            "final": stands in FINAL,
            "amount": payment.amount.format(language.current()),
            "reference": payment.reference,
            "method": payment.method,
            "method_label": payment.method_label,
            "submitted_at": format_datetime(payment.made_at, "long"),
            "expected_on": format_date(payment.expected_on, "full")
            if payment.expected_on
            else None,
            "failure": _sentence(payment, stands),
            "action_url": payment.verify_url if stands is Status.ACTION_NEEDED else None,
            "retry_url": url_for("checkout.pay", token=link.token) if live and link else None,
            "email": payment.payer_email,
        },
    }


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
    if stands in ENDED_WITHOUT_MONEY and payment.failure_code:
        return words(payment.failure_code, payment.method)
    return None
