"""Setup intents: a method is kept for a customer without a payment (https://docs.stripe.com/api/setup_intents)."""

from payments.sandbox.banking import add_mandate, needs_deposits
from payments.sandbox.book import Json, Record
from payments.sandbox.confirming import (
    CONFIRMABLE,
    acceptance_in,
    ask_for_authentication,
    authenticated_method,
    check_allowed,
    check_bank,
)
from payments.sandbox.desk import Desk, new_id
from payments.sandbox.errors import ApiError, unexpected_state
from payments.sandbox.events import record_event
from payments.sandbox.intents import (
    CANCELABLE,
    CANCELLATION_REASONS,
    VERIFICATION_METHODS,
    allowed_types,
    automatic_methods,
    customer_named,
    offered_types,
)
from payments.sandbox.methods import add_method, card_behind
from payments.sandbox.setup_deposits import ask_for_deposits
from payments.sandbox.setup_outcomes import fail_setup, keep
from payments.sandbox.tokens import usable_token
from payments.sandbox.wire import Params, group, metadata, one_of, required_text, text, texts

CONFIRM_PARAMS = (
    "confirmation_token",
    "expand",
    "mandate_data",
    "payment_method_options",
    "return_url",
    "use_stripe_sdk",
)
CREATE_PARAMS = (
    "allowed_payment_method_types",
    "automatic_payment_methods",
    "customer",
    "description",
    "expand",
    "metadata",
    "payment_method_options",
    "usage",
)
CANCEL_PARAMS = ("cancellation_reason", "expand")

NEW_SETUP: Json = {
    "object": "setup_intent",
    "application": None,
    "cancellation_reason": None,
    "customer_account": None,
    "excluded_payment_method_types": None,
    "flow_directions": None,
    "last_setup_error": None,
    "latest_attempt": None,
    "livemode": False,
    "mandate": None,
    "next_action": None,
    "on_behalf_of": None,
    "payment_method": None,
    "payment_method_configuration_details": None,
    "single_use_mandate": None,
    "status": "requires_payment_method",
}


def create_setup(desk: Desk, params: Params) -> Record:
    """A setup that nobody has confirmed yet. Raises ApiError as Stripe would."""
    account = desk.account_body()
    setup_id = new_id("seti")
    allowed = allowed_types(params)
    types = offered_types(desk, allowed, account["default_currency"])
    body = NEW_SETUP | {
        "id": setup_id,
        "allowed_payment_method_types": allowed,
        "automatic_payment_methods": automatic_methods(params),
        "client_secret": f"{setup_id}_secret_{new_id('s')[2:]}",
        "created": desk.at,
        "customer": customer_named(desk, params),
        "description": text(params, "description"),
        "metadata": metadata(params),
        "payment_method_types": types,
        "payment_method_options": _options(params, types),
        "usage": one_of(params, "usage", ("off_session", "on_session")) or "off_session",
    }
    setup = desk.book.add(desk.account, "setup_intent", desk.at, body)
    record_event(desk, "setup_intent.created", body)
    return setup


def confirm_setup(desk: Desk, setup: Record, params: Params) -> Record:
    """Keep what the confirmation token stands for. No money moves.

    Raises ApiError: `setup_intent_unexpected_state` past that point, 402 where the card's bank
    refuses, 400 for a token that is used up or too old.
    """
    body = setup.body
    if body["status"] not in CONFIRMABLE:
        raise unexpected_state(
            f"You cannot confirm this SetupIntent because it has a status of {body['status']}.",
            body,
        )
    acceptance = acceptance_in(params)
    token = usable_token(desk, required_text(params, "confirmation_token"))
    preview = token.body["payment_method_preview"]
    check_allowed(body, preview["type"], "confirmation_token")
    if preview["type"] == "us_bank_account":
        check_bank(body, preview, acceptance)
    method = add_method(desk, preview, token.hidden)
    token.body["setup_intent"] = setup.object_id
    desk.book.save(token)
    body |= {"last_setup_error": None, "payment_method": method.object_id}
    if preview["type"] == "us_bank_account":
        _keep_bank(desk, setup, method, acceptance)
    else:
        _keep_card(desk, setup, method)
    return setup


def cancel_setup(desk: Desk, setup_id: str, params: Params) -> Record:
    """Cancel a setup that has kept nothing."""
    reason = one_of(params, "cancellation_reason", CANCELLATION_REASONS)
    setup = desk.named("setup_intent", setup_id)
    status = setup.body["status"]
    if status not in CANCELABLE:
        raise unexpected_state(
            f"You cannot cancel this SetupIntent because it has a status of {status}.", setup.body
        )
    setup.body |= {"status": "canceled", "cancellation_reason": reason, "next_action": None}
    desk.book.save(setup)
    record_event(desk, "setup_intent.canceled", setup.body)
    return setup


def authenticate_setup(desk: Desk, setup_id: str, params: Params) -> Record:
    """The client's answer to the test bank's question: approve or refuse."""
    setup = desk.named("setup_intent", setup_id)
    method, approved = authenticated_method(desk, setup, params)
    if approved:
        keep(desk, setup, method)
        return setup
    error: Json = {
        "code": "setup_intent_authentication_failure",
        "message": "The latest attempt to set up the payment method has failed because "
        "authentication failed.",
        "type": "invalid_request_error",
    }
    fail_setup(desk, setup, method, error)
    return setup


def _keep_card(desk: Desk, setup: Record, method: Record) -> None:
    card = card_behind(method)
    if card.declines and not card.declines_once_stored:
        fail_setup(desk, setup, method, card.error())
        extra: Json = {
            "decline_code": card.decline_code,
            "payment_method": method.body,
            "setup_intent": setup.body,
        }
        raise ApiError(
            402, card.message, kind="card_error", code=card.code, keeps_changes=True, extra=extra
        )
    if card.authenticate:
        ask_for_authentication(desk, setup)
    else:
        keep(desk, setup, method)


def _keep_bank(desk: Desk, setup: Record, method: Record, acceptance: Json | None) -> None:
    """By sign-in at once; typed numbers wait for small test deposits first (FEATURES P4)."""
    terms: Json = {"multi_use": {}, "type": "multi_use"}
    mandate = add_mandate(desk, method, acceptance, terms)
    setup.hidden["mandate"] = method.hidden["mandate"] = setup.body["mandate"] = mandate
    desk.book.save(method)
    if needs_deposits(setup, method):
        ask_for_deposits(desk, setup)
    else:
        keep(desk, setup, method)


def _options(params: Params, types: list[str]) -> Json:
    given = group(group(params, "payment_method_options"), "us_bank_account")
    options: Json = {}
    if "card" in types:
        options["card"] = {
            "mandate_options": None,
            "network": None,
            "request_three_d_secure": "automatic",
        }
    if "us_bank_account" in types:
        permissions = texts(group(given, "financial_connections"), "permissions")
        options["us_bank_account"] = {
            "financial_connections": {"permissions": permissions or ["payment_method"]},
            "verification_method": one_of(given, "verification_method", VERIFICATION_METHODS)
            or "automatic",
        }
    return options
