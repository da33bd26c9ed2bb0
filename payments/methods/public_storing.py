"""The page on which a client stores a method that the firm has asked for (FEATURES P8).

Its address is emailed and cannot be guessed. Looking changes nothing, since mail scanners follow
links; nothing is stored before **Store this method** is pressed, and no money is taken.
"""

from collections.abc import Mapping

from flask import Response, g, make_response, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from payments.accounts.settings import online_payments
from payments.gateway.current import gateway
from payments.gateway.errors import GatewayError, Unavailable
from payments.gateway.results import MethodKind, ProcessorAccount
from payments.methods import public_store_pages as pages
from payments.methods import queries, resolving
from payments.methods.consent import store_text
from payments.methods.entering import kinds_taken, method_label
from payments.methods.forms import StoreForm
from payments.methods.models import MethodRequest
from payments.methods.refusals import words
from payments.methods.requests import RequestState, state_of
from payments.methods.reviewing import Reviewed, new_nonce
from payments.methods.storing import Agreed, store_asked
from payments.methods.tries import Ending, Told
from portal.core import config, db
from portal.core.errors import Missing
from portal.core.tokens import ForgedToken, StaleToken
from portal.firm.brand import brand
from portal.web import language
from portal.web.blueprints import public_blueprint
from portal.web.fragments import wants_fragment
from portal.web.limits import PAY_TRIES, limiter

ADDRESS = "/payment-methods/store/<token>"

blueprint = public_blueprint("method_request", __name__)


@blueprint.get(ADDRESS)
def show(token: str) -> Response:
    """What is to be stored and for what, or why it cannot be now."""
    asked = _asked(token)
    return _closed(asked) or pages.form(asked, kinds_of(asked), {}, {})


@blueprint.post(ADDRESS)
@limiter.limit(PAY_TRIES)
def review(token: str) -> Response:
    """**Review**: check what was typed, then show it with the method and the words of consent."""
    asked = _asked(token)
    closed = _closed(asked, sent=True)
    if closed is not None:
        return closed
    form, errors = StoreForm.read(request.form, kinds_of(asked))
    if errors:
        return _again(asked, errors)
    confirmation_token = request.form.get("confirmation_token", "")
    if not confirmation_token:
        if not wants_fragment():
            no_script = _("This page needs JavaScript to take card or bank details.")
            return _again(asked, {"pay-form": no_script})
        return make_response(render_template("methods/_store_checked.html"), 200)
    account = ProcessorAccount(asked.bank_account.processor_account)
    try:
        preview = gateway().preview_method(account, confirmation_token)
    except Unavailable:
        return _again(asked, {"pay-form": words("processor_unavailable", form.kind)}, 503)
    except GatewayError:
        entered_again = _("Your card or bank details have to be entered again.")
        return _again(asked, {"pay-form": entered_again})
    if preview.kind is not form.kind:
        return _again(asked, {"pay-form": _("Please choose a card or a bank account once more.")})
    label = method_label(preview)
    text = store_text(g.brand.legal_name, asked.bank_account.kind, form.kind, label)
    reviewed = Reviewed(
        new_nonce(),
        asked.id,
        form.kind,
        confirmation_token,
        label,
        text,
        form.name,
        form.postal_code,
    )
    return pages.sheet(asked, kinds_of(asked), reviewed, {})


@blueprint.post(f"{ADDRESS}/submit")
@limiter.limit(PAY_TRIES)
def store_it(token: str) -> AnyResponse:
    """**Store this method**: one reviewed try, once."""
    asked = _asked(token)
    try:
        reviewed = Reviewed.read(request.form.get("attempt", ""))
    except (StaleToken, ForgedToken):
        run_out = _("This review has run out. Please review it once more.")
        return _closed(asked, sent=True) or _again(asked, {"pay-form": run_out})
    if reviewed.request_id != asked.id or reviewed.kind not in kinds_of(asked):
        once_more = _("Please review it once more on this page.")
        return _closed(asked, sent=True) or _again(asked, {"pay-form": once_more})
    if state_of(asked) in (RequestState.STORED, RequestState.CHECKING):
        return pages.go_to(asked)  # pressed twice, or in another tab: the page says how it stands
    if (closed := _closed(asked, sent=True)) is not None:
        return closed
    if reviewed.kind is MethodKind.BANK and not request.form.get("mandate"):
        approve = {"mandate": _("Tick the box to approve withdrawals from your bank account.")}
        return pages.sheet(asked, kinds_of(asked), reviewed, approve, 422)
    return _answer(asked, store_asked(_agreed(asked, reviewed)), reviewed)


@blueprint.post(f"{ADDRESS}/checks")
@limiter.limit(PAY_TRIES)
def go_on(token: str) -> AnyResponse:
    """After the bank's question: the processor is asked what came of it."""
    asked = _asked(token)
    try:
        told = resolving.look(asked.id)
    except GatewayError:
        told = Told(Ending.CHECKING)
    if told.ending is Ending.ASKS:
        told = Told(Ending.CHECKING)
    return _answer(asked, told, None)


@blueprint.post(f"{ADDRESS}/restart")
@limiter.limit(PAY_TRIES)
def restart(token: str) -> AnyResponse:
    """**Use another method**: what waits for the client is called off at the processor first."""
    asked = _asked(token)
    try:
        resolving.call_off(asked.id)
    except GatewayError:
        return pages.state(_asked(token), Told(Ending.CHECKING), 503)
    return redirect(pages.address(asked), 303)


def kinds_of(asked: MethodRequest) -> tuple[MethodKind, ...]:
    """What can be stored for the account that this request is about."""
    return kinds_taken(asked.bank_account.currency, g.brand.currency)


def _asked(token: str) -> MethodRequest:
    with db.read() as session:
        g.brand = brand(session)
        found = queries.request_by_token(session, token)
        g.payments_online = online_payments(session).online
    if found is None:
        raise Missing(_("There is nothing to store at this address. Please check the link."))
    language.prefer(found.language)  # an email leads here: nothing else tells who is reading
    return found


def _closed(asked: MethodRequest, *, sent: bool = False) -> Response | None:
    """The page to show instead of the form; None where a method can be stored."""
    state = state_of(asked)
    if state is RequestState.OPEN:
        open_now = g.payments_online and asked.bank_account.connected
        return None if open_now else pages.not_now(asked)
    if state is RequestState.CHECKING:
        return pages.state(asked, resolving.how_it_stands(asked), 409 if sent else 200)
    if state is RequestState.STORED:
        return pages.state(asked, Told(Ending.STORED), 409 if sent else 200)
    return pages.state(asked, Told(Ending.CLOSED), 410)


def _again(
    asked: MethodRequest,
    errors: dict[str, str],
    status: int = 422,
    typed: Mapping[str, str] | None = None,
) -> Response:
    return pages.form(asked, kinds_of(asked), typed or request.form, errors, status)


def _agreed(asked: MethodRequest, reviewed: Reviewed) -> Agreed:
    return Agreed(
        request_id=asked.id,
        nonce=reviewed.nonce,
        confirmation_token=reviewed.confirmation_token,
        kind=reviewed.kind,
        label=reviewed.label,
        text=reviewed.text,
        ip_address=request.remote_addr or "",
        # The processor wants a word here as proof of the mandate; some browsers send none.
        user_agent=request.headers.get("User-Agent", "")[:300].strip() or "unknown",
        return_url=f"{config.current().base_url}{pages.address(asked)}",
    )


def _answer(asked: MethodRequest, told: Told, reviewed: Reviewed | None) -> AnyResponse:
    if told.ending is Ending.REFUSED:
        kind = reviewed.kind if reviewed is not None else MethodKind.CARD
        sentence = " ".join([words(told.code, kind), _("Nothing was stored.")])
        typed = {"name": reviewed.name, "method": str(kind)} if reviewed is not None else {}
        if reviewed is not None:
            typed["postal_code"] = reviewed.postal_code
        return _again(asked, {"pay-form": sentence}, typed=typed or None)
    if told.ending is Ending.ASKS and told.client_secret and wants_fragment():
        return pages.question(asked, told.client_secret)
    return pages.go_to(asked)
