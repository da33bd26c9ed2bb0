"""The three steps of paying, whatever is paid: the page, its review, its submission (P2–P5, P7)."""

from collections.abc import Mapping
from functools import partial

from flask import Response, g, make_response, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from payments.checkout import details as payer_details
from payments.checkout import public_framed as framed
from payments.checkout import queries, state, stored
from payments.checkout.actions import Submission, submit, submitted_before
from payments.checkout.mandate import mandate_text
from payments.checkout.public_drawing import first_page
from payments.checkout.public_gone import CLOSED, gone
from payments.checkout.public_pages import (
    address,
    amounts_as,
    answer_outcome,
    hints,
    money,
    pay_context,
    prefill,
)
from payments.checkout.public_review import sheet
from payments.checkout.target import PayTarget
from payments.gateway.current import gateway
from payments.gateway.errors import GatewayError, Unavailable
from payments.gateway.results import MethodKind, MethodPreview, ProcessorAccount
from payments.methods.consent import store_text
from payments.methods.entering import kinds_taken, method_label
from payments.methods.models import StoredMethod
from payments.methods.standing import NotChargeable
from payments.money.amounts import Money, as_typed
from payments.transactions.reserving import CHANGED, NotPayable
from payments.transactions.states import Status
from portal.core import config
from portal.core.tokens import ForgedToken, StaleToken
from portal.web import language
from portal.web.fragments import wants_fragment
from portal.web.headers import STRIPE_SOURCES, allow_sources

Read = Mapping[str, str]


def methods_of(target: PayTarget) -> tuple[MethodKind, ...]:
    """What this page can be paid with."""
    return kinds_taken(target.currency, g.brand.currency)


def asked_for(link: PayTarget) -> Response:
    """The pay page of an account's link. What its address says stands in fields that the payer can
    still change (FEATURES L7)."""
    plain = framed.asked_plainly()
    return gone(link) or (opened(link) if plain else page(link, hints(request.args), {}))


def opened(target: PayTarget, *, balance: bool = False) -> Response:
    """The pay page as it is first opened. `balance`: everything is to be paid (FEATURES C16)."""
    if balance or target.in_portal:
        return page(target, prefill(target, balance=balance), {})
    _allow_processor()
    return make_response(first_page(target, methods_of(target)))


def page(target: PayTarget, typed: Read, errors: dict[str, str], status: int = 200) -> Response:
    """The pay page with what was typed, or the parts of it that are wrong."""
    _allow_processor()
    context = pay_context(target, methods_of(target), typed, errors)
    template = (
        "checkout/_pay_problem.html"
        if wants_fragment() and status != 200
        else "checkout/public_pay.html"
    )
    return make_response(render_template(template, **context), status)


def _allow_processor() -> None:
    if not config.current().sandbox:
        allow_sources(STRIPE_SOURCES)


def reviewed(target: PayTarget) -> Response:
    """**Review payment**: check what was typed, then show it with the method that was chosen."""
    closed = gone(target, paying=True)
    if closed is not None:
        return closed
    typed = request.form
    wanted = typed.get("with", stored.ANOTHER)
    method = stored.named(target, wanted) if wanted != stored.ANOTHER else None
    kind = MethodKind(method.kind) if method is not None else None
    details, errors = payer_details.read(typed, target, methods_of(target), amounts_as(), kind)
    if method is None and wanted != stored.ANOTHER:
        errors = {"with": _not_stored(), **errors}
    if details is not None and details.method in framed.on_top():
        errors = {"method": _elsewhere()}
    stale = _page_token_problem(typed.get("form_token", ""), target)
    if stale:
        errors = {"pay-form": stale, **errors}
    if details is None or errors:
        return page(target, typed, errors, 422)
    if method is not None:
        return sheet(target, _with_stored(target, details, method), methods_of(target))
    confirmation_token = typed.get("confirmation_token", "")
    if not confirmation_token:
        if not wants_fragment():
            return page(target, typed, {"pay-form": _no_script()}, 422)
        # The script asks first whether the words are right, and how much it is in cents.
        return make_response(render_template("checkout/_checked.html", details=details), 200)
    return _review(target, typed, details, confirmation_token)


def _no_script() -> str:
    return _("This page needs JavaScript to take card or bank details. You can also call us.")


def _page_token_problem(form_token: str, target: PayTarget) -> str:
    try:
        belongs = state.read_page(form_token).get("link") == target.token
    except StaleToken:
        belongs = False
    except ForgedToken:
        belongs = False
    return "" if belongs else _("This page was open for a long time. Please check it and go on.")


def _review(
    target: PayTarget, typed: Read, details: payer_details.Details, confirmation_token: str
) -> Response:
    account = ProcessorAccount(target.processor_account)
    try:
        preview = gateway().preview_method(account, confirmation_token)
    except Unavailable:
        busy = _("The payment service cannot be reached now. Please try again in a minute.")
        return page(target, typed, {"pay-form": busy}, 503)
    except GatewayError:
        again = _("Your card or bank details have to be entered again. No money has been taken.")
        return page(target, typed, {"pay-form": again}, 422)
    if preview.kind is not details.method:
        return page(target, typed, {"pay-form": _("Please choose how to pay once more.")}, 422)
    return sheet(
        target, _reviewed(target, details, confirmation_token, preview), methods_of(target)
    )


def _reviewed(
    target: PayTarget, details: payer_details.Details, token: str, preview: MethodPreview
) -> state.Reviewed:
    firm, label = g.brand.legal_name, method_label(preview)
    amount = Money(details.amount_cents, target.currency)
    bank = details.method is MethodKind.BANK
    stores = target.stores and not details.third_party  # the client's own, or nobody's (M12)
    return state.Reviewed(
        state.new_nonce(),
        target.link_id,
        details,
        token,
        label,
        mandate_text(firm, amount, label, amounts_as()) if bank else "",
        target.what,
        target.shares(details.amount_cents, details.balance),
        store_text(firm, target.kind, details.method, label) if stores else "",
    )


def _with_stored(
    target: PayTarget, details: payer_details.Details, method: StoredMethod
) -> state.Reviewed:
    """A review by a stored method. A withdrawal is approved each time, however it was stored."""
    amount = Money(details.amount_cents, target.currency)
    bank = details.method is MethodKind.BANK
    return state.Reviewed(
        state.new_nonce(),
        target.link_id,
        details,
        "",
        method.label,
        mandate_text(g.brand.legal_name, amount, method.label, amounts_as()) if bank else "",
        target.what,
        target.shares(details.amount_cents, details.balance),
        stored=method.public_id,
    )


def _elsewhere() -> str:
    return _("This way to pay has a page of its own. Press Continue on secure page.")


def _not_stored() -> str:
    return _("This payment method cannot be used any more. Choose another way to pay.")


def submitted(target: PayTarget) -> AnyResponse:
    """**Submit payment**: one reviewed attempt, once. The amount is the one that was reviewed."""
    try:
        review = state.Reviewed.read(request.form.get("attempt", ""))
    except (StaleToken, ForgedToken) as unusable:
        return gone(target, paying=True) or _run_out(target, state.run_out(unusable))
    details = review.details
    back_to_form = partial(again, target, details)
    closed = gone(target, paying=True)
    if closed is not None:
        # Pressed twice, and the first press has paid all there was: it leads to that payment.
        # What was declined leads back to a form, and there is none here any more.
        paid = submitted_before(review)
        if paid is None or paid.status is Status.FAILED:
            return closed
        return answer_outcome(paid, details.method, back_to_form)
    method = stored.named(target, review.stored) if review.stored else None
    if (problem := _problem(target, review, method)) is not None:
        return back_to_form(problem)
    if details.method is MethodKind.BANK and not request.form.get("mandate"):
        approve = {"mandate": _("Tick the box to approve the withdrawal from your bank account.")}
        ticked = bool(request.form.get("store"))
        return sheet(target, review, methods_of(target), approve, store=ticked)
    try:
        result = submit(_submission(target, review, method))
    except NotChargeable as refused:
        return back_to_form(str(refused))
    except NotPayable as refused:
        return _not_payable(target, details, refused)
    return answer_outcome(result, details.method, back_to_form)


def _problem(target: PayTarget, review: state.Reviewed, method: StoredMethod | None) -> str | None:
    """Why this review pays nothing, in words; None where it may. What was submitted before leads
    to its payment, whatever has changed since."""
    if not review.belongs_to(target):
        return _("Please review the payment once more on this page.")
    if review.details.method not in methods_of(target):
        return _("This firm takes no eCheck here. Please pay by card.")
    if review.details.method in framed.on_top():
        return _elsewhere()
    if target.leaves_too_little(review.shares) and submitted_before(review) is None:
        # Another part was paid between this review and its submission.
        return payer_details.too_small_a_rest(target, amounts_as())
    if review.stored and method is None and submitted_before(review) is None:
        return _not_stored()
    return None


def _not_payable(
    target: PayTarget, details: payer_details.Details, refused: NotPayable
) -> AnyResponse:
    """What was reviewed is not so any more: said, and reviewed again with the new figures (M9)."""
    found = queries.pay_page(target.what, target.token)
    now = found[0] if found is not None else target
    closed = gone(now, paying=True)
    if closed is not None:
        return closed
    typed = details.to_form(language.current())
    left_cents = now.open_cents(details.balance)
    if refused.reason == CHANGED or details.amount_cents > left_cents:
        typed["amount"] = as_typed(left_cents, language.current())
    left = _("%(amount)s is left to pay now.", amount=money(now, left_cents))
    return page(now, typed, {"pay-form": f"{refused} {left}"}, CLOSED)


def _run_out(target: PayTarget, review: state.Reviewed | None) -> AnyResponse:
    """A review that is too old pays nothing; one that has paid before leads to its payment."""
    sentence = _("This review has run out. Please review the payment once more.")
    if review is None:
        return again(target, None, sentence)
    back_to_form = partial(again, target, review.details)
    paid = submitted_before(review)
    if paid is None:
        return back_to_form(sentence)
    return answer_outcome(paid, review.details.method, back_to_form)


def _submission(
    target: PayTarget, review: state.Reviewed, method: StoredMethod | None
) -> Submission:
    return Submission(
        reviewed=review,
        target=target,
        language=language.current(),
        ip_address=request.remote_addr or "",
        # The processor wants a word here as proof of the mandate; some browsers send none.
        user_agent=request.headers.get("User-Agent", "")[:300].strip() or "unknown",
        return_url=f"{config.current().base_url}{address(target)}",
        store=bool(request.form.get("store")),
        stored_method_id=method.id if method is not None else None,
    )


def again(target: PayTarget, details: payer_details.Details | None, sentence: str) -> Response:
    """Back to the form with everything that was reviewed still in it."""
    typed = details.to_form(language.current()) if details is not None else {}
    return page(target, typed, {"pay-form": sentence}, 422)
