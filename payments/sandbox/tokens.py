"""Confirmation tokens: what the payer chose, good for one payment (https://docs.stripe.com/api/confirmation_tokens).

Only test numbers are taken. A token is read by the firm for its review page, used up by the
confirmation, and dies after twelve hours.
"""

import re
from datetime import UTC, datetime

from payments.sandbox.book import Json, Record
from payments.sandbox.desk import Desk, new_id
from payments.sandbox.errors import ApiError, bad_parameter
from payments.sandbox.methods import NO_ADDRESS, NO_BILLING, bank_details, card_details
from payments.sandbox.numbers import (
    BANK_ACCOUNTS,
    BANK_ACCOUNTS_BY_TEST_NAME,
    BANK_ENTERED_BY_NUMBER,
    BANKS,
    CARDS,
    CARDS_BY_TEST_NAME,
    ROUTING_NUMBER,
    linked_account,
    linked_account_id,
)
from payments.sandbox.wire import Params, group, one_of, required_text, text

TOKEN_TTL_SECONDS = 12 * 3600

CREATE_PARAMS = (
    "expand",
    "payment_method",
    "payment_method_data",
    "return_url",
    "setup_future_usage",
    "use_stripe_sdk",
)

Chosen = tuple[Json, Json]
"""What the API shows of the chosen method, and the test number behind it."""


def create_token(desk: Desk, params: Params) -> Json:
    """Take down what the payer entered. Raises ApiError for anything but a test number."""
    named = text(params, "payment_method")
    if named is None:
        preview, hidden = _entered(desk, group(params, "payment_method_data"))
    else:
        preview, hidden = _by_test_name(named)
    body: Json = {
        "id": new_id("ctoken"),
        "object": "confirmation_token",
        "created": desk.at,
        "expires_at": desk.at + TOKEN_TTL_SECONDS,
        "livemode": False,
        "mandate_data": None,
        "payment_intent": None,
        "payment_method_options": None,
        "payment_method_preview": preview,
        "return_url": text(params, "return_url"),
        "setup_future_usage": one_of(params, "setup_future_usage", ("off_session", "on_session")),
        "setup_intent": None,
        "shipping": None,
        "use_stripe_sdk": True,
    }
    desk.book.add(desk.account, "confirmation_token", desk.at, body, hidden)
    return body


def enter_test_number(
    desk: Desk, kind: str, number: str, name: str, email: str = "payer@demo.test"
) -> str:
    """Enter a test number as a payer would on the page; answers the confirmation token.

    `kind` is "card" or "bank"; a bank account is entered as one that the payer signed in to.
    """
    address = {"postal_code": "95814", "country": "US"}
    billing: Json = {"name": name, "email": email, "address": address}
    data: Json = {"type": "card", "billing_details": billing}
    if kind == "card":
        year = str(datetime.fromtimestamp(desk.at, UTC).year + 4)
        data["card"] = {"number": number, "exp_month": "12", "exp_year": year, "cvc": "123"}
    else:
        bank = next(iter(BANKS.values()))
        linked = linked_account_id(bank.bank_id, number)
        data["type"] = "us_bank_account"
        data["us_bank_account"] = {"financial_connections_account": linked}
    return create_token(desk, {"payment_method_data": data})["id"]


def usable_token(desk: Desk, token_id: str) -> Record:
    """A token that may still be confirmed with. Raises ApiError when it is used up or too old."""
    token = desk.named("confirmation_token", token_id, "confirmation_token")
    used_by = token.body["payment_intent"]
    if used_by is not None:
        raise ApiError(
            400,
            f"The provided confirmation token has already been used to confirm {used_by}.",
            param="confirmation_token",
        )
    if desk.at >= token.body["expires_at"]:
        raise ApiError(
            400, "The provided confirmation token has expired.", param="confirmation_token"
        )
    return token


def _entered(desk: Desk, data: Params) -> Chosen:
    kind = required_text(data, "type")
    billing = _billing(group(data, "billing_details"))
    if kind == "card":
        details, hidden = _card(desk, group(data, "card"))
    elif kind == "us_bank_account":
        if billing["name"] is None:
            raise bad_parameter(
                "payment_method_data[billing_details][name]",
                "The name on the account is missing.",
                code="parameter_missing",
            )
        details, hidden = _bank(group(data, "us_bank_account"))
    else:
        raise bad_parameter("payment_method_data[type]", f"Invalid type: {kind}")
    return _preview(kind, billing, details), hidden


def _by_test_name(name: str) -> Chosen:
    card = CARDS_BY_TEST_NAME.get(name)
    if card is not None:
        details = card_details(card, 12, 2034)
        return _preview("card", NO_BILLING, details), {"number": card.number}
    account = BANK_ACCOUNTS_BY_TEST_NAME.get(name)
    if account is None:
        raise bad_parameter(
            "payment_method", f"No such PaymentMethod: '{name}'", code="resource_missing"
        )
    bank = next(iter(BANKS.values()))
    details = bank_details(
        account,
        bank_name=bank.name,
        linked_id=linked_account_id(bank.bank_id, account.number),
        holder_type="individual",
        account_type="checking",
    )
    billing = NO_BILLING | {"name": "Test Payer"}
    return _preview("us_bank_account", billing, details), {"number": account.number}


def _preview(kind: str, billing: Json, details: Json) -> Json:
    return {
        "allow_redisplay": "unspecified",
        "billing_details": billing,
        "customer": None,
        "customer_account": None,
        "type": kind,
        kind: details,
    }


def _billing(data: Params) -> Json:
    address = group(data, "address")
    return {
        "address": {name: text(address, name) for name in NO_ADDRESS},
        "email": text(data, "email"),
        "name": text(data, "name"),
        "phone": text(data, "phone"),
        "tax_id": None,
    }


def _card(desk: Desk, data: Params) -> Chosen:
    number = re.sub(r"[ -]", "", required_text(data, "number"))
    card = CARDS.get(number)
    if card is None:
        raise _card_mistake(
            "number",
            "incorrect_number",
            "This is a test page and takes test card numbers only.",
        )
    month, year = _whole(data, "exp_month"), _whole(data, "exp_year")
    year += 2000 if year < 100 else 0
    today = datetime.fromtimestamp(desk.at, UTC)
    if not 1 <= month <= 12:
        raise _card_mistake("exp_month", "invalid_expiry_month", "The month is not valid.")
    if not (today.year, today.month) <= (year, month) <= (today.year + 50, 12):
        raise _card_mistake("exp_year", "invalid_expiry_year", "The card's date has passed.")
    if not re.fullmatch(r"[0-9]{3}", required_text(data, "cvc")):
        raise _card_mistake("cvc", "invalid_cvc", "The security code has three digits.")
    return card_details(card, month, year), {"number": number}


def _whole(data: Params, name: str) -> int:
    value = required_text(data, name)
    if not re.fullmatch(r"[0-9]{1,4}", value):
        raise _card_mistake(name, f"invalid_expiry_{name[4:]}", "The date is not valid.")
    return int(value)


def _card_mistake(param: str, code: str, message: str) -> ApiError:
    return ApiError(402, message, kind="card_error", code=code, param=param, executed=False)


def _bank(data: Params) -> Chosen:
    holder = one_of(data, "account_holder_type", ("individual", "company")) or "individual"
    account_type = one_of(data, "account_type", ("checking", "savings")) or "checking"
    linked_id = text(data, "financial_connections_account")
    if linked_id is None:
        routing, number = (
            required_text(data, name) for name in ("routing_number", "account_number")
        )
        account = BANK_ACCOUNTS.get(number)
        if routing != ROUTING_NUMBER or account is None:
            raise bad_parameter(
                "payment_method_data[us_bank_account][account_number]",
                "This is a test page and takes test bank accounts only.",
                code="account_number_invalid",
            )
        bank_name = BANK_ENTERED_BY_NUMBER
    else:
        found = linked_account(linked_id)
        if found is None:
            raise bad_parameter(
                "payment_method_data[us_bank_account][financial_connections_account]",
                "This bank account was not linked.",
                code="resource_missing",
            )
        bank_name, account = found[0].name, found[1]
    details = bank_details(
        account,
        bank_name=bank_name,
        linked_id=linked_id,
        holder_type=holder,
        account_type=account_type,
    )
    return details, {"number": account.number}
