"""What the pay, review and status pages share: their context, and how outcomes are told."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from payments.checkout import state
from payments.checkout.details import FIELDS
from payments.gateway.current import gateway
from payments.gateway.results import MethodKind, ProcessorAccount
from payments.links.queries import LinkTarget
from payments.money.amounts import Money
from payments.transactions.actions import Outcome
from payments.transactions.failures import words
from payments.transactions.states import Status
from portal.web import language


def wants_part() -> bool:
    """Whether the page's script asks: it swaps parts of the page and keeps the card fields."""
    return "HX-Request" in request.headers


def go_to(address: str) -> Response:
    """Send the payer on: a 303, or for the page's script a header that it follows."""
    if wants_part():
        return make_response("", 204, {"HX-Redirect": address})
    return redirect(address, 303)


def pay_context(
    link: LinkTarget,
    methods: tuple[MethodKind, ...],
    typed: Mapping[str, str],
    errors: dict[str, str],
) -> dict[str, Any]:
    """Everything that `checkout/public_pay.html` shows, with what was typed kept."""
    locale = language.current()
    # A forged way to pay is answered on the first one's section: none would be seen otherwise.
    method = next((kind for kind in methods if kind == typed.get("method")), methods[0])
    return {
        "brand": g.brand,
        "account": {
            "public_label": link.public_label,
            "kind": link.kind,
            "currency": link.currency,
            "minimum": Money(link.link_min_cents, link.currency).format(locale),
            "maximum": Money(link.link_max_cents, link.currency).format(locale),
        },
        "form": {**{name: typed.get(name, "") for name in FIELDS}, "method": str(method)},
        "errors": errors,
        "methods": [str(method) for method in methods],
        "form_token": state.sign_page(link.token),
        "processor": gateway().client_config(ProcessorAccount(link.processor_account)),
        "action_url": url_for("checkout.pay", token=link.token),
    }


def answer_outcome(
    outcome: Outcome, method: MethodKind, back_to_form: Callable[[str], Response]
) -> Response:
    """Tell the payer what came of it. A decline goes back to the form with everything kept (P7)."""
    status_url = url_for("checkout_status.status", token=outcome.status_token)
    if outcome.status is Status.FAILED:
        sentence = words(outcome.failure_code, method)
        return back_to_form(f"{sentence} {_('No money has been taken.')}")
    # Test deposits take days: their page tells how, and the script has nothing to ask now.
    asks_now = outcome.status is Status.ACTION_NEEDED and not outcome.verify_url
    if asks_now and outcome.client_secret and wants_part():
        part = render_template(
            "checkout/_authenticate.html",
            client_secret=outcome.client_secret,
            continue_url=url_for("checkout_status.go_on", token=outcome.status_token),
            status_url=status_url,
        )
        return make_response(part, 200)
    return go_to(status_url)
