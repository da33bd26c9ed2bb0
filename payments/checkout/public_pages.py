"""What the pay, review and status pages share: addresses, context, and how outcomes are told."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import g, make_response, render_template, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from payments.accounts.settings import PROCESSOR_CENTS_MIN
from payments.checkout import details, state, stored
from payments.checkout import public_framed as framed
from payments.checkout.details import FIELDS
from payments.checkout.public_portal import portal_url
from payments.checkout.target import Document, PayTarget, What
from payments.gateway.current import gateway
from payments.gateway.results import MethodKind, ProcessorAccount
from payments.gateway.script import STRIPE_SCRIPT_LOCALES
from payments.money.amounts import Money, as_typed
from payments.transactions.actions import Outcome
from payments.transactions.failures import words
from payments.transactions.states import Status
from portal.web import language
from portal.web.blueprints import public_blueprint
from portal.web.fragments import go_to, wants_fragment
from portal.web.reading import formats

TOKEN_CHARS_MAX = 64

blueprint = public_blueprint("checkout", __name__)


def address(target: PayTarget, page: str = "") -> str:
    """Where the pay page of this target stands, or one of its pages ("submit", "pdf", …)."""
    if target.what is What.ACCOUNT:
        return framed.pay_address(target.token, "submit_payment" if page == "submit" else "pay")
    endpoint = f"checkout.document_{page}" if page else "checkout.document"
    return language.address(endpoint, what=target.what, token=target.token)


def path(target: PayTarget) -> str:
    """The same without the language, for the links that choose one."""
    if target.what is What.ACCOUNT:
        return framed.pay_path(target.token)
    return url_for("checkout.document", what=target.what, token=target.token)


def amounts_as() -> str:
    """How amounts and days are written for this reader: a Canadian firm's in Canadian English."""
    return formats(language.current(), g.brand.country)


def hints(args: Mapping[str, str]) -> dict[str, str]:
    """What an address says of the payment, to stand in fields that the payer can edit (L7)."""
    said = {name: args.get(name, "")[:200] for name in ("amount", "reference", "name", "email")}
    return {
        name: "".join(char for char in value if char.isprintable()) for name, value in said.items()
    }


def prefill(target: PayTarget, *, balance: bool = False) -> dict[str, str]:
    """What stands in a pay page as it is opened: all that is owed, and to whom it was emailed.

    `balance`: the client wants to pay everything, where there is more than this (FEATURES C16).
    """
    document = target.document
    if document is None:
        return {}
    balance = balance and bool(document.others)
    return {
        "amount": as_typed(target.open_cents(balance), language.current()),
        "name": document.name[: details.NAME_CHARS_MAX],
        "email": document.address,
        "pays": details.BALANCE if balance else details.THIS,
    }


def pay_context(
    target: PayTarget,
    methods: tuple[MethodKind, ...],
    typed: Mapping[str, str],
    errors: dict[str, str],
) -> dict[str, Any]:
    """Everything that `checkout/public_pay.html` shows, with what was typed kept."""
    # A forged way to pay is answered on the first one's section: none would be seen otherwise.
    method = next((kind for kind in methods if kind == typed.get("method")), methods[0])
    return {
        "brand": g.brand,
        "account": {
            "public_label": target.public_label,
            "kind": target.kind,
            "currency": target.currency,
            "minimum": money(target, target.least_cents()),
            "maximum": money(target, target.open_cents()),
        },
        "document": document_context(target) if target.document is not None else None,
        "form": {**{name: typed.get(name, "") for name in FIELDS}, "method": str(method)},
        "errors": errors,
        **_stored(target, methods, typed),
        "methods": [str(method) for method in methods],
        **_framed(target),
        "form_token": state.sign_page(target.token),
        "processor": gateway().client_config(ProcessorAccount(target.processor_account)),
        "processor_locale": STRIPE_SCRIPT_LOCALES.get(language.current(), "en"),
        "action_url": address(target),
        "page_path": path(target),
        "portal_url": portal_url(target),
    }


def _framed(target: PayTarget) -> dict[str, Any]:
    """Inside a website: what is paid on a page of its own, and where that page is (E3)."""
    frame = framed.current()
    if frame is None:
        return {}
    return {
        "on_top": [str(method) for method in framed.on_top()],
        "top_url": language.address("checkout.pay", token=target.token),
    }


def _stored(
    target: PayTarget, methods: tuple[MethodKind, ...], typed: Mapping[str, str]
) -> dict[str, Any]:
    """The stored methods to choose from, the newest first and chosen by default, then any other."""
    found = [one for one in stored.offered(target) if one.kind in methods]
    if not found:
        return {"stored": [], "uses_stored": False}
    known = [one.public_id for one in found] + [stored.ANOTHER]
    chosen = typed.get("with", "")
    chosen = chosen if chosen in known else known[0]
    options = [
        {"value": one.public_id, "label": one.label.replace("•••• ", "••••\u00a0")} for one in found
    ]
    another = {"value": stored.ANOTHER, "label": _("Another card or bank account")}
    return {
        "stored": [*options, another],
        "chosen_method": chosen,
        "uses_stored": chosen != stored.ANOTHER,
    }


def money(target: PayTarget, cents: int) -> str:
    """An amount of this page as its reader writes it."""
    return Money(cents, target.currency).format(amounts_as())


def day(value: date) -> str:
    """A day in the reader's words: `May 3, 2026`."""
    return format_date(value, "long")


def document_context(target: PayTarget) -> dict[str, Any]:
    """A bill or trust request as the pay page tells of it: nothing of matters (FEATURES M13)."""
    document = target.document
    assert document is not None
    due = document.due
    whole = as_typed(target.open_cents(), language.current())
    balance = as_typed(target.open_cents(balance=True), language.current())
    return {
        "what": target.what,
        "title": details.title_of(target),
        "status": document.status,
        "due_on": day(due.due_on),
        "total": money(target, document.total_cents),
        "paid": money(target, document.paid_cents) if document.paid_cents else None,
        "under_way": money(target, document.reserved_cents) if document.reserved_cents else None,
        "open": money(target, due.open_cents),
        "payable": due.open_cents > 0,
        "in_parts": target.least_cents() + PROCESSOR_CENTS_MIN <= target.open_cents(),
        "least": money(target, target.least_cents()),
        "balance": money(target, document.balance_cents),
        "others": _others(target, document),
        "typed": {"this": whole, "balance": balance},
        "emailed": bool(document.address),
        "beside_client": document.beside_client,
        "waits": document.waits,
        "again_url": address(target, "start_again"),
        "pdf_url": address(target, "pdf"),
        "print_url": address(target, "print"),
    }


def _others(target: PayTarget, document: Document) -> list[dict[str, str]]:
    return [
        {
            "title": _("Bill %(number)s", number=other.number),
            "due_on": day(other.due_on),
            "open": money(target, other.open_cents),
        }
        for other in document.others
    ]


def answer_outcome(
    outcome: Outcome, method: MethodKind, back_to_form: Callable[[str], Response]
) -> Response:
    """Tell the payer what came of it. A decline goes back to the form with everything kept (P7)."""
    status_url = framed.status_address(outcome.status_token)
    if outcome.status is Status.FAILED:
        framed.tell_declined(outcome.payment_id)
        sentence = words(outcome.failure_code, method)
        return back_to_form(f"{sentence} {_('No money has been taken.')}")
    # Test deposits take days: their page tells how, and the script has nothing to ask now.
    asks_now = outcome.status is Status.ACTION_NEEDED and not outcome.verify_url
    if asks_now and outcome.client_secret and wants_fragment():
        part = render_template(
            "checkout/_authenticate.html",
            client_secret=outcome.client_secret,
            continue_url=framed.status_address(outcome.status_token, "go_on"),
            status_url=status_url,
        )
        return make_response(part, 200)
    return go_to(status_url)
