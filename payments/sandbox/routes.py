"""The endpoints that the sandbox has, and what each of them takes."""

from payments.sandbox import (
    banking,
    confirming,
    customers,
    intents,
    setups,
    tokens,
)
from payments.sandbox.accounts import is_connected
from payments.sandbox.book import PLATFORM, Json, Page
from payments.sandbox.desk import PLATFORM_ACCOUNT_ID, Desk
from payments.sandbox.errors import ApiError, bad_parameter
from payments.sandbox.money_routes import MONEY_ROUTES
from payments.sandbox.offered import test_numbers
from payments.sandbox.reading import LIST_PARAMS, listed, shown
from payments.sandbox.routing import READ, Route, listing, retrieve, route
from payments.sandbox.setup_routes import SETUP_ROUTES
from payments.sandbox.wire import Params, flag, text, texts

EVENT_TYPES_MAX = 20


def find_route(method: str, path: str) -> tuple[Route, str] | None:
    """The endpoint for a request and the id in its path, or None."""
    for one in ROUTES:
        match = one.pattern.fullmatch(path)
        if match is not None and one.method == method:
            return one, match.group(1) if match.groups() else ""
    return None


def check_client_secret(desk: Desk, intent_id: str, params: Params) -> None:
    """The payer's page may touch an intent only with its client secret."""
    kind = "setup_intent" if intent_id.startswith("seti_") else "payment_intent"
    intent = desk.named(kind, intent_id)
    if text(params, "client_secret") != intent.body["client_secret"]:
        raise ApiError(
            400,
            "The client_secret provided does not match the one of this intent.",
            code=f"{kind}_invalid_parameter",
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
    setup_id = text(params, "setup_intent")
    if setup_id is not None:
        return shown(desk, setups.authenticate_setup(desk, setup_id, params), params)
    intent_id = text(params, "payment_intent") or ""
    return shown(desk, confirming.authenticate(desk, intent_id, params), params)


def _create_token(desk: Desk, params: Params, _: str) -> Json:
    return tokens.create_token(desk, params)


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


def _create_customer(desk: Desk, params: Params, _: str) -> Json:
    return shown(desk, customers.create_customer(desk, params), params)


def _detach_method(desk: Desk, params: Params, method_id: str) -> Json:
    return shown(desk, customers.detach_method(desk, method_id), params)


def _list_events(desk: Desk, params: Params, _: str) -> Json:
    types = texts(params, "types") or [value for value in [text(params, "type")] if value]
    if len(types) > EVENT_TYPES_MAX:
        raise bad_parameter("types", f"At most {EVENT_TYPES_MAX} types can be asked for.")
    return listed(desk, "event", "/v1/events", params, {"type": types} if types else None)


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
    return test_numbers()


_INTENT = "/v1/payment_intents"

ROUTES: tuple[Route, ...] = (
    route("POST", _INTENT, _create_intent, intents.CREATE_PARAMS),
    route(
        "GET",
        _INTENT,
        listing("payment_intent", _INTENT),
        LIST_PARAMS,
    ),
    route(
        "GET",
        f"{_INTENT}/{{id}}",
        retrieve("payment_intent"),
        (*READ, "client_secret"),
        page=True,
    ),
    route(
        "POST",
        f"{_INTENT}/{{id}}",
        lambda desk, params, name: shown(desk, intents.update_intent(desk, name, params), params),
        intents.UPDATE_PARAMS,
    ),
    route("POST", f"{_INTENT}/{{id}}/confirm", _confirm_intent, intents.CONFIRM_PARAMS),
    route(
        "POST",
        f"{_INTENT}/{{id}}/cancel",
        lambda desk, params, name: shown(desk, intents.cancel_intent(desk, name, params), params),
        intents.CANCEL_PARAMS,
    ),
    route(
        "POST",
        f"{_INTENT}/{{id}}/verify_microdeposits",
        lambda desk, params, name: shown(desk, banking.verify_deposits(desk, name, params), params),
        banking.VERIFY_PARAMS,
        page=True,
    ),
    *SETUP_ROUTES,
    route(
        "POST",
        "/v1/3ds2/authenticate",
        _authenticate,
        ("client_secret", "outcome", "payment_intent", "setup_intent"),
        secret=False,
        page=True,
    ),
    route(
        "POST",
        "/v1/confirmation_tokens",
        _create_token,
        tokens.CREATE_PARAMS,
        secret=False,
        page=True,
    ),
    route("POST", "/v1/test_helpers/confirmation_tokens", _create_token, tokens.CREATE_PARAMS),
    route("GET", "/v1/confirmation_tokens/{id}", retrieve("confirmation_token"), READ),
    route("POST", "/v1/customers", _create_customer, customers.CREATE_PARAMS),
    route("GET", "/v1/customers/{id}", retrieve("customer"), READ),
    route("GET", "/v1/payment_methods/{id}", retrieve("payment_method"), READ),
    route(
        "GET",
        "/v1/payment_methods",
        listing("payment_method", "/v1/payment_methods", *customers.LIST_FILTERS),
        (*LIST_PARAMS, *customers.LIST_FILTERS),
    ),
    route("POST", "/v1/payment_methods/{id}/detach", _detach_method, READ),
    route("GET", "/v1/mandates/{id}", retrieve("mandate"), READ),
    route("GET", "/v1/charges/{id}", retrieve("charge"), READ),
    route(
        "GET",
        "/v1/charges",
        listing("charge", "/v1/charges", "payment_intent"),
        (*LIST_PARAMS, "payment_intent"),
    ),
    route("GET", "/v1/balance_transactions/{id}", retrieve("balance_transaction"), READ),
    route(
        "GET",
        "/v1/balance_transactions",
        listing("balance_transaction", "/v1/balance_transactions", "currency", "source", "type"),
        (*LIST_PARAMS, "currency", "source", "type"),
    ),
    route("GET", "/v1/balance", _balance, READ),
    route("GET", "/v1/events/{id}", retrieve("event"), READ),
    route("GET", "/v1/events", _list_events, (*LIST_PARAMS, "type", "types")),
    route("GET", "/v1/account", _own_account, READ),
    route("GET", "/v1/accounts/{id}", _named_account, READ),
    *MONEY_ROUTES,
    route("GET", "/v1/sandbox/test_numbers", _test_numbers, (), secret=False, page=True),
)
