"""The pay page of an account link, its review, and its submission (FEATURES L4, P2–P4, P7)."""

from collections.abc import Mapping
from functools import partial

from flask import Response, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from payments.checkout import details as payer_details
from payments.checkout import state
from payments.checkout.actions import Submission, submit, submitted_before
from payments.checkout.mandate import mandate_text
from payments.checkout.public_drawing import first_page
from payments.checkout.public_pages import answer_outcome, pay_context, wants_part
from payments.gateway.current import gateway
from payments.gateway.errors import GatewayError, Unavailable
from payments.gateway.results import MethodKind, ProcessorAccount
from payments.links.queries import LinkTarget, pay_page
from payments.money.amounts import Money
from portal.core import config, db
from portal.core.errors import Missing
from portal.core.tokens import ForgedToken, StaleToken
from portal.firm.brand import brand
from portal.web import language
from portal.web.blueprints import public_blueprint
from portal.web.headers import STRIPE_SOURCES, allow_sources
from portal.web.limits import PAY_TRIES, limiter

TOKEN_CHARS_MAX = 64

blueprint = public_blueprint("checkout", __name__)


def _link(token: str) -> LinkTarget:
    """The link behind the address, with the firm's face read in the same breath."""
    found = pay_page(token) if len(token) <= TOKEN_CHARS_MAX else None
    if found is None:
        with db.read() as session:
            g.brand = brand(session)
        raise Missing(_("There is no payment page at this address. Please check the link."))
    link, g.brand = found
    return link


def _methods(link: LinkTarget) -> tuple[MethodKind, ...]:
    """Cards everywhere; eCheck for US firms only (FEATURES P2)."""
    us = link.currency == "USD"
    return (MethodKind.CARD, MethodKind.BANK) if us else (MethodKind.CARD,)


def _gone(link: LinkTarget) -> Response | None:
    """A link that takes no payment says so, with the firm's name and how to reach it."""
    if link.retired:
        return make_response(render_template("links/public_retired.html"), 410)
    if not link.connected:
        return make_response(render_template("checkout/public_not_ready.html", link=link), 503)
    return None


@blueprint.get("/pay/<token>")
def pay(token: str) -> Response:
    """The pay page. Values in the query fill fields that the payer can still change (L7)."""
    link = _link(token)
    gone = _gone(link)
    if gone is not None:
        return gone
    if not request.query_string:
        _allow_processor()
        return make_response(first_page(link, _methods(link)))
    return _page(link, _prefilled(request.args), {})


def _prefilled(args: Mapping[str, str]) -> dict[str, str]:
    hints = {name: args.get(name, "")[:200] for name in ("amount", "reference", "name", "email")}
    return {
        name: "".join(char for char in value if char.isprintable()) for name, value in hints.items()
    }


def _page(
    link: LinkTarget, typed: Mapping[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    _allow_processor()
    context = pay_context(link, _methods(link), typed, errors)
    template = (
        "checkout/_pay_problem.html"
        if wants_part() and status != 200
        else "checkout/public_pay.html"
    )
    return make_response(render_template(template, **context), status)


def _allow_processor() -> None:
    if not config.current().sandbox:
        allow_sources(STRIPE_SOURCES)


@blueprint.post("/pay/<token>")
@limiter.limit(PAY_TRIES)
def review(token: str) -> Response:
    """**Review payment**: check what was typed, then show it with the method that was chosen."""
    link = _link(token)
    gone = _gone(link)
    if gone is not None:
        return gone
    typed = request.form
    locale = language.current()
    details, errors = payer_details.read(typed, link, _methods(link), locale)
    stale = _page_token_problem(typed.get("form_token", ""), link)
    if stale:
        errors = {"pay-form": stale, **errors}
    if details is None or errors:
        return _page(link, typed, errors, 422)
    confirmation_token = typed.get("confirmation_token", "")
    if not confirmation_token:
        if not wants_part():
            return _page(link, typed, {"pay-form": _no_script()}, 422)
        # The script asks first whether the words are right, and how much it is in cents.
        return make_response(render_template("checkout/_checked.html", details=details), 200)
    return _review(link, typed, details, confirmation_token)


def _no_script() -> str:
    return _("This page needs JavaScript to take card or bank details. You can also call us.")


def _page_token_problem(form_token: str, link: LinkTarget) -> str:
    try:
        belongs = state.read_page(form_token).get("link") == link.token
    except StaleToken:
        belongs = False
    except ForgedToken:
        belongs = False
    return "" if belongs else _("This page was open for a long time. Please check it and go on.")


def _review(
    link: LinkTarget,
    typed: Mapping[str, str],
    details: payer_details.Details,
    confirmation_token: str,
) -> Response:
    account = ProcessorAccount(link.processor_account)
    try:
        preview = gateway().preview_method(account, confirmation_token)
    except Unavailable:
        busy = _("The payment service cannot be reached now. Please try again in a minute.")
        return _page(link, typed, {"pay-form": busy}, 503)
    except GatewayError:
        again = _("Your card or bank details have to be entered again. No money has been taken.")
        return _page(link, typed, {"pay-form": again}, 422)
    if preview.kind is not details.method:
        return _page(link, typed, {"pay-form": _("Please choose how to pay once more.")}, 422)
    label = state.method_label(preview)
    amount = Money(details.amount_cents, link.currency)
    bank = details.method is MethodKind.BANK
    mandate = mandate_text(g.brand.legal_name, amount, label, language.current()) if bank else ""
    reviewed = state.Reviewed(
        state.new_nonce(), link.link_id, details, confirmation_token, label, mandate
    )
    return make_response(_review_part(link, reviewed, {}), 200)


def _review_part(link: LinkTarget, reviewed: state.Reviewed, errors: dict[str, str]) -> str:
    details, locale = reviewed.details, language.current()
    amount = Money(details.amount_cents, link.currency)
    context = pay_context(link, _methods(link), {}, errors)
    context["review"] = {
        "amount": amount.format(locale),
        "name": details.name,
        "email": details.email,
        "paid_for": details.paid_for,
        "reference": details.reference,
        "postal_code": details.postal_code,
        "method": details.method,
        "method_label": reviewed.method_label,
        "mandate": reviewed.mandate_text,
        "attempt_token": reviewed.sign(),
        "submit_url": url_for("checkout.submit_payment", token=link.token),
    }
    return render_template("checkout/_review.html", **context)


@blueprint.post("/pay/<token>/submit")
@limiter.limit(PAY_TRIES)
def submit_payment(token: str) -> AnyResponse:
    """**Submit payment**: one reviewed attempt, once. The amount is the one that was reviewed."""
    link = _link(token)
    gone = _gone(link)
    if gone is not None:
        return gone
    try:
        reviewed = state.Reviewed.read(request.form.get("attempt", ""))
    except (StaleToken, ForgedToken) as unusable:
        return _run_out(link, state.run_out(unusable))
    details = reviewed.details
    if reviewed.link_id != link.link_id:
        return _again(link, details, _("Please review the payment once more on this page."))
    bank = details.method is MethodKind.BANK
    if bank and not request.form.get("mandate"):
        approve = {"mandate": _("Tick the box to approve the withdrawal from your bank account.")}
        return make_response(_review_part(link, reviewed, approve), 422)
    result = submit(_submission(link, reviewed))
    return answer_outcome(result, details.method, partial(_again, link, details))


def _run_out(link: LinkTarget, reviewed: state.Reviewed | None) -> AnyResponse:
    """A review that is too old pays nothing; one that has paid before leads to its payment."""
    sentence = _("This review has run out. Please review the payment once more.")
    if reviewed is None:
        return _again(link, None, sentence)
    back_to_form = partial(_again, link, reviewed.details)
    paid = submitted_before(reviewed)
    if paid is None:
        return back_to_form(sentence)
    return answer_outcome(paid, reviewed.details.method, back_to_form)


def _submission(link: LinkTarget, reviewed: state.Reviewed) -> Submission:
    return Submission(
        reviewed=reviewed,
        link=link,
        language=language.current(),
        ip_address=request.remote_addr or "",
        # The processor wants a word here as proof of the mandate; some browsers send none.
        user_agent=request.headers.get("User-Agent", "")[:300].strip() or "unknown",
        return_url=f"{config.current().base_url}{url_for('checkout.pay', token=link.token)}",
    )


def _again(link: LinkTarget, details: payer_details.Details | None, sentence: str) -> Response:
    """Back to the form with everything that was reviewed still in it."""
    typed = details.to_form() if details is not None else {}
    return _page(link, typed, {"pay-form": sentence}, 422)
