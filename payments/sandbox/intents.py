"""Payment intents: made, read, listed and canceled (https://docs.stripe.com/api/payment_intents)."""

import re

from payments.sandbox.book import Json, Record
from payments.sandbox.desk import Desk, new_id
from payments.sandbox.errors import ApiError, bad_parameter, unexpected_state
from payments.sandbox.events import record_event
from payments.sandbox.wire import (
    Params,
    flag,
    group,
    integer,
    metadata,
    one_of,
    required_text,
    text,
    texts,
)

AMOUNT_MIN_CENTS = 50
AMOUNT_MAX_CENTS = 99_999_999
METHOD_TYPES = ("card", "us_bank_account")
VERIFICATION_METHODS = ("automatic", "instant", "microdeposits")
CANCELLATION_REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
CANCELABLE = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})

CONFIRM_PARAMS = (
    "confirmation_token",
    "expand",
    "mandate_data",
    "off_session",
    "payment_method",
    "payment_method_options",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "use_stripe_sdk",
)
CREATE_PARAMS = (
    *CONFIRM_PARAMS,
    "allowed_payment_method_types",
    "amount",
    "automatic_payment_methods",
    "capture_method",
    "confirm",
    "currency",
    "customer",
    "description",
    "metadata",
    "statement_descriptor",
    "statement_descriptor_suffix",
)
UPDATE_PARAMS = ("description", "expand", "metadata", "receipt_email")
CANCEL_PARAMS = ("cancellation_reason", "expand")

NEW_INTENT: Json = {
    "object": "payment_intent",
    "amount_capturable": 0,
    "amount_details": {"tip": {}},
    "amount_received": 0,
    "confirmation_method": "automatic",
    "livemode": False,
    "status": "requires_payment_method",
    "application": None,
    "application_fee_amount": None,
    "canceled_at": None,
    "cancellation_reason": None,
    "customer": None,
    "customer_account": None,
    "excluded_payment_method_types": None,
    "last_payment_error": None,
    "latest_charge": None,
    "next_action": None,
    "on_behalf_of": None,
    "payment_method": None,
    "payment_method_configuration_details": None,
    "processing": None,
    "review": None,
    "setup_future_usage": None,
    "shipping": None,
    "source": None,
    "transfer_data": None,
    "transfer_group": None,
}


def create_intent(desk: Desk, params: Params) -> Record:
    """An intent that nobody has confirmed yet. Raises ApiError as Stripe would."""
    account = desk.account_body()
    if not account["charges_enabled"]:
        raise ApiError(400, "Your account cannot currently make charges.", code="account_invalid")
    currency = required_text(params, "currency").lower()
    if currency != account["default_currency"]:
        raise bad_parameter("currency", f"The sandbox account is not kept in {currency}.")
    intent_id = new_id("pi")
    allowed = allowed_types(params)
    body = NEW_INTENT | {
        "id": intent_id,
        "allowed_payment_method_types": allowed,
        "amount": _amount(params),
        "automatic_payment_methods": automatic_methods(params),
        "capture_method": one_of(params, "capture_method", ("automatic", "automatic_async"))
        or "automatic_async",
        "client_secret": f"{intent_id}_secret_{new_id('s')[2:]}",
        "created": desk.at,
        "currency": currency,
        "customer": customer_named(desk, params),
        "description": text(params, "description"),
        "metadata": metadata(params),
        "payment_method_types": offered_types(desk, allowed, currency),
        "receipt_email": text(params, "receipt_email"),
        "statement_descriptor": text(params, "statement_descriptor", length_max=22),
        "statement_descriptor_suffix": _suffix(params),
    }
    body["payment_method_options"] = method_options(params, body["payment_method_types"], {})
    intent = desk.book.add(desk.account, "payment_intent", desk.at, body)
    record_event(desk, "payment_intent.created", body)
    return intent


def update_intent(desk: Desk, intent_id: str, params: Params) -> Record:
    """Change what may be changed about an intent: its words, never its amount."""
    intent = desk.named("payment_intent", intent_id)
    if "metadata" in params:
        changed = intent.body["metadata"] | metadata(params)
        intent.body["metadata"] = {key: value for key, value in changed.items() if value != ""}
    for name in ("description", "receipt_email"):
        if name in params:
            intent.body[name] = text(params, name)
    desk.book.save(intent)
    return intent


def cancel_intent(desk: Desk, intent_id: str, params: Params) -> Record:
    """Cancel an intent from which no money has been or is being taken."""
    reason = one_of(params, "cancellation_reason", CANCELLATION_REASONS)
    intent = desk.named("payment_intent", intent_id)
    status = intent.body["status"]
    if status not in CANCELABLE:
        raise unexpected_state(
            f"You cannot cancel this PaymentIntent because it has a status of {status}.",
            intent.body,
        )
    intent.body |= {
        "status": "canceled",
        "canceled_at": desk.at,
        "cancellation_reason": reason,
        "next_action": None,
    }
    desk.book.save(intent)
    record_event(desk, "payment_intent.canceled", intent.body)
    return intent


def method_options(params: Params, types: list[str], before: Json) -> Json:
    """The options of each method, as they stand after this request."""
    given = group(params, "payment_method_options")
    options: Json = {}
    if "card" in types:
        options["card"] = {
            "installments": None,
            "mandate_options": None,
            "network": None,
            "request_three_d_secure": "automatic",
        }
    if "us_bank_account" in types:
        options["us_bank_account"] = _bank_options(
            group(given, "us_bank_account"), before.get("us_bank_account", {})
        )
    return options


def _bank_options(given: Params, before: Json) -> Json:
    known = ("financial_connections", "transaction_purpose", "verification_method")
    for name in given:
        if name not in known:
            param = f"payment_method_options[us_bank_account][{name}]"
            raise bad_parameter(param, f"Received unknown parameter: {param}")
    verification = one_of(given, "verification_method", VERIFICATION_METHODS)
    purpose = one_of(given, "transaction_purpose", ("goods", "other", "services", "unspecified"))
    permissions = texts(group(given, "financial_connections"), "permissions")
    options: Json = {
        "financial_connections": {"permissions": permissions or ["payment_method"]},
        "verification_method": verification or before.get("verification_method", "automatic"),
    }
    purpose = purpose or before.get("transaction_purpose")
    return options | ({"transaction_purpose": purpose} if purpose else {})


def _amount(params: Params) -> int:
    amount = integer(params, "amount")
    if amount is None:
        raise bad_parameter("amount", "Missing required param: amount.", code="parameter_missing")
    if amount < AMOUNT_MIN_CENTS:
        raise bad_parameter("amount", "Amount must be at least 50 cents.", code="amount_too_small")
    if amount > AMOUNT_MAX_CENTS:
        raise bad_parameter(
            "amount", "Amount must be no more than $999,999.99", code="amount_too_large"
        )
    return amount


def customer_named(desk: Desk, params: Params) -> str | None:
    """The customer that the parameters name, if any. Raises ApiError for an unknown one."""
    customer_id = text(params, "customer")
    if customer_id is None:
        return None
    return desk.named("customer", customer_id, "customer").object_id


def automatic_methods(params: Params) -> Json | None:
    """Whether the processor chooses among the methods, as asked for."""
    given = group(params, "automatic_payment_methods")
    if not given:
        return None
    return {
        "allow_redirects": one_of(given, "allow_redirects", ("always", "never")) or "always",
        "enabled": flag(given, "enabled"),
    }


def allowed_types(params: Params) -> list[str] | None:
    """The kinds of method that were asked for; none where it was left open."""
    allowed = texts(params, "allowed_payment_method_types")
    for name in allowed:
        if name not in METHOD_TYPES:
            raise bad_parameter(
                "allowed_payment_method_types", f"The sandbox has no payment method '{name}'."
            )
    return allowed or None


def offered_types(desk: Desk, allowed: list[str] | None, currency: str) -> list[str]:
    """The kinds of method that the account has in that currency, as far as they are allowed."""
    capabilities = desk.account_body()["capabilities"]
    active = ["card"]
    if currency == "usd" and capabilities.get("us_bank_account_ach_payments") == "active":
        active.append("us_bank_account")
    for name in allowed or []:
        if name not in active:
            raise bad_parameter(
                "allowed_payment_method_types",
                f"The payment method type '{name}' is not available in {currency} here.",
            )
    return allowed or active


def _suffix(params: Params) -> str | None:
    # https://docs.stripe.com/get-started/account/statement-descriptors
    suffix = text(params, "statement_descriptor_suffix", length_max=22)
    if suffix is not None and (
        not re.search(r"[A-Za-z]", suffix) or re.search(r"[<>\\'\"*]", suffix)
    ):
        raise bad_parameter("statement_descriptor_suffix", "The statement suffix is not valid.")
    return suffix
