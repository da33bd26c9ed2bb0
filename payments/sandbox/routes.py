"""The endpoints that the sandbox has, and what each of them takes."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from payments.sandbox import banking, confirming, disputes, intents, refunds, tokens
from payments.sandbox.accounts import is_connected
from payments.sandbox.book import PLATFORM, Json, Page
from payments.sandbox.desk import PLATFORM_ACCOUNT_ID, Desk
from payments.sandbox.errors import ApiError, bad_parameter
from payments.sandbox.numbers import (
    BANK_ACCOUNTS,
    BANKS,
    CARDS,
    ROUTING_NUMBER,
    linked_account_id,
)
from payments.sandbox.reading import LIST_PARAMS, listed, shown
from payments.sandbox.wire import Params, flag, text, texts

EVENT_TYPES_MAX = 20

Handler = Callable[[Desk, Params, str], Json]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. `pattern` has at most one group: the id in the path.

    `secret` and `page` say which keys may use it: the firm's server, the payer's page.
    """

    method: str
    pattern: re.Pattern[str]
    handle: Handler
    params: tuple[str, ...]
    secret: bool = True
    page: bool = False


def find_route(method: str, path: str) -> tuple[Route, str] | None:
    """The endpoint for a request and the id in its path, or None."""
    for route in ROUTES:
        match = route.pattern.fullmatch(path)
        if match is not None and route.method == method:
            return route, match.group(1) if match.groups() else ""
    return None


def check_client_secret(desk: Desk, intent_id: str, params: Params) -> None:
    """The payer's page may touch an intent only with its client secret."""
    intent = desk.named("payment_intent", intent_id)
    if text(params, "client_secret") != intent.body["client_secret"]:
        raise ApiError(
            400,
            "The client_secret provided does not match the one of this PaymentIntent.",
            code="payment_intent_invalid_parameter",
            param="client_secret",
            executed=False,
        )


def _create_intent(desk: Desk, params: Params, _: str) -> Json:
    intent = intents.create_intent(desk, params)
    if flag(params, "confirm"):
        intent = confirming.confirm_intent(desk, intent, params)
    return shown(desk, intent, params)


def _confirm_intent(desk: Desk, params: Params, intent_id: str) -> Json:
    intent = desk.named("payment_intent", intent_id)
    return shown(desk, confirming.confirm_intent(desk, intent, params), params)


def _authenticate(desk: Desk, params: Params, _: str) -> Json:
    intent_id = text(params, "payment_intent") or ""
    return shown(desk, confirming.authenticate(desk, intent_id, params), params)


def _create_token(desk: Desk, params: Params, _: str) -> Json:
    return tokens.create_token(desk, params)


def _retrieve(kind: str) -> Handler:
    def handle(desk: Desk, params: Params, object_id: str) -> Json:
        return shown(desk, desk.named(kind, object_id), params)

    return handle


def _own_account(desk: Desk, params: Params, _: str) -> Json:
    return shown(desk, desk.account_record(), params)


def _named_account(desk: Desk, params: Params, account_id: str) -> Json:
    if account_id == PLATFORM_ACCOUNT_ID and desk.account == PLATFORM:
        return _own_account(desk, params, account_id)
    if not is_connected(desk.book, account_id) or desk.account not in (PLATFORM, account_id):
        # Stripe does not say whether an account that is not yours exists.
        raise ApiError(
            403,
            f"The provided key does not have access to account '{account_id}' "
            "(or that account does not exist).",
            code="account_invalid",
        )
    return _own_account(desk.at_account(account_id), params, account_id)


def _list(kind: str, url: str, *filters: str) -> Handler:
    def handle(desk: Desk, params: Params, _: str) -> Json:
        where = {name: [value] for name in filters if (value := text(params, name))}
        return listed(desk, kind, url, params, where)

    return handle


def _list_events(desk: Desk, params: Params, _: str) -> Json:
    types = texts(params, "types") or [value for value in [text(params, "type")] if value]
    if len(types) > EVENT_TYPES_MAX:
        raise bad_parameter("types", f"At most {EVENT_TYPES_MAX} types can be asked for.")
    return listed(desk, "event", "/v1/events", params, {"type": types} if types else None)


def _close_dispute(desk: Desk, params: Params, dispute_id: str) -> Json:
    return shown(desk, disputes.close_dispute(desk, dispute_id), params)


def _balance(desk: Desk, _: Params, __: str) -> Json:
    page, _more = desk.book.page(desk.account, "balance_transaction", Page(limit=1_000_000))
    currency = desk.account_body()["default_currency"]
    available = sum(r.body["net"] for r in page if desk.at >= r.body["available_on"])
    pending = sum(r.body["net"] for r in page) - available
    return {
        "object": "balance",
        "available": [{"amount": available, "currency": currency, "source_types": {}}],
        "livemode": False,
        "pending": [{"amount": pending, "currency": currency, "source_types": {}}],
    }


def _test_numbers(_: Desk, __: Params, ___: str) -> Json:
    """What the page script offers for choice: every test card, bank and bank account."""
    return {
        "routing_number": ROUTING_NUMBER,
        "cards": [{"number": card.number, "label": card.label} for card in CARDS.values()],
        "banks": [
            {
                "name": bank.name,
                "accounts": [
                    {
                        "id": linked_account_id(bank.bank_id, account.number),
                        "label": account.label,
                        "last4": account.number[-4:],
                    }
                    for account in BANK_ACCOUNTS.values()
                ],
            }
            for bank in BANKS.values()
        ],
        "bank_accounts": [
            {"number": account.number, "label": account.label} for account in BANK_ACCOUNTS.values()
        ],
    }


def _route(
    method: str,
    path: str,
    handle: Handler,
    params: tuple[str, ...],
    *,
    secret: bool = True,
    page: bool = False,
) -> Route:
    pattern = re.compile(path.replace("{id}", "([A-Za-z0-9_]{1,255})"))
    return Route(method, pattern, handle, params, secret, page)


_READ = ("expand",)
_INTENT = "/v1/payment_intents"

ROUTES: tuple[Route, ...] = (
    _route("POST", _INTENT, _create_intent, intents.CREATE_PARAMS),
    _route(
        "GET",
        _INTENT,
        _list("payment_intent", _INTENT),
        LIST_PARAMS,
    ),
    _route(
        "GET",
        f"{_INTENT}/{{id}}",
        _retrieve("payment_intent"),
        (*_READ, "client_secret"),
        page=True,
    ),
    _route(
        "POST",
        f"{_INTENT}/{{id}}",
        lambda desk, params, name: shown(desk, intents.update_intent(desk, name, params), params),
        intents.UPDATE_PARAMS,
    ),
    _route("POST", f"{_INTENT}/{{id}}/confirm", _confirm_intent, intents.CONFIRM_PARAMS),
    _route(
        "POST",
        f"{_INTENT}/{{id}}/cancel",
        lambda desk, params, name: shown(desk, intents.cancel_intent(desk, name, params), params),
        intents.CANCEL_PARAMS,
    ),
    _route(
        "POST",
        f"{_INTENT}/{{id}}/verify_microdeposits",
        lambda desk, params, name: shown(desk, banking.verify_deposits(desk, name, params), params),
        banking.VERIFY_PARAMS,
        page=True,
    ),
    _route(
        "POST",
        "/v1/3ds2/authenticate",
        _authenticate,
        ("client_secret", "outcome", "payment_intent"),
        secret=False,
        page=True,
    ),
    _route(
        "POST",
        "/v1/confirmation_tokens",
        _create_token,
        tokens.CREATE_PARAMS,
        secret=False,
        page=True,
    ),
    _route("POST", "/v1/test_helpers/confirmation_tokens", _create_token, tokens.CREATE_PARAMS),
    _route("GET", "/v1/confirmation_tokens/{id}", _retrieve("confirmation_token"), _READ),
    _route("GET", "/v1/payment_methods/{id}", _retrieve("payment_method"), _READ),
    _route("GET", "/v1/mandates/{id}", _retrieve("mandate"), _READ),
    _route("GET", "/v1/charges/{id}", _retrieve("charge"), _READ),
    _route(
        "GET",
        "/v1/charges",
        _list("charge", "/v1/charges", "payment_intent"),
        (*LIST_PARAMS, "payment_intent"),
    ),
    _route("GET", "/v1/balance_transactions/{id}", _retrieve("balance_transaction"), _READ),
    _route(
        "GET",
        "/v1/balance_transactions",
        _list("balance_transaction", "/v1/balance_transactions", "currency", "source", "type"),
        (*LIST_PARAMS, "currency", "source", "type"),
    ),
    _route("GET", "/v1/balance", _balance, _READ),
    _route("GET", "/v1/events/{id}", _retrieve("event"), _READ),
    _route("GET", "/v1/events", _list_events, (*LIST_PARAMS, "type", "types")),
    _route("GET", "/v1/account", _own_account, _READ),
    _route("GET", "/v1/accounts/{id}", _named_account, _READ),
    _route(
        "POST",
        "/v1/refunds",
        lambda desk, params, _: shown(desk, refunds.create_refund(desk, params), params),
        refunds.CREATE_PARAMS,
    ),
    _route("GET", "/v1/refunds/{id}", _retrieve("refund"), _READ),
    _route(
        "GET",
        "/v1/refunds",
        _list("refund", "/v1/refunds", "charge", "payment_intent"),
        (*LIST_PARAMS, "charge", "payment_intent"),
    ),
    _route("GET", "/v1/disputes/{id}", _retrieve("dispute"), _READ),
    _route(
        "GET",
        "/v1/disputes",
        _list("dispute", "/v1/disputes", "charge", "payment_intent"),
        (*LIST_PARAMS, "charge", "payment_intent"),
    ),
    _route(
        "POST",
        "/v1/disputes/{id}",
        lambda desk, params, name: shown(desk, disputes.update_dispute(desk, name, params), params),
        disputes.UPDATE_PARAMS,
    ),
    _route("POST", "/v1/disputes/{id}/close", _close_dispute, _READ),
    _route("GET", "/v1/sandbox/test_numbers", _test_numbers, (), secret=False, page=True),
)
