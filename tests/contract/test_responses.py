"""The response checker knows every object that Stripe sends, at any depth."""

from typing import Any

import pytest

from payments.gateway.contract.responses import check_response
from payments.gateway.contract.violation import ContractViolation
from tests.payments.gateway.stripe_objects import (
    account,
    balance_transaction,
    card_error,
    charge,
    confirmation_token,
    dispute,
    error_body,
    event,
    intent,
    page,
    payment_method,
    refund,
)

CLEAN = {
    "intent": intent("succeeded", latest_charge=charge(), payment_method=payment_method()),
    "bank intent": intent("processing", payment_method=payment_method("us_bank_account")),
    "token": confirmation_token("us_bank_account"),
    "account": account(),
    "dispute": dispute(),
    "refund": refund(),
    "page": page([event("charge.updated", charge())]),
    "empty page": page([]),
    "decline": {"error": card_error(decline_code="lost_card", payment_intent=intent())},
    "refusal": error_body(code="resource_missing", param="intent"),
    "deleted": {"id": "cus_1", "object": "customer", "deleted": True},
}


@pytest.mark.parametrize("answer", CLEAN.values(), ids=CLEAN.keys())
def test_what_stripe_sends_passes(answer: dict[str, Any]) -> None:
    check_response(answer)


FAULTS = {
    "a misspelt key": (intent(ammount=1), r"^ammount: unknown key"),
    "an unknown status": (intent("requires_capturing"), r"^status: 'requires_capturing'"),
    "text for a number": (intent(amount="12500"), r"^amount: '12500' is no int"),
    "a boolean for a number": (intent(amount=True), r"^amount: True is no int"),
    "a number for a boolean": (intent(livemode=0), r"^livemode: 0 is no bool"),
    "null where there is always a value": (intent(created=None), r"^created: None is no int"),
    "a fault in an expanded object": (
        intent(latest_charge=charge(status="settled")),
        r"^latest_charge\[status\]: 'settled' is not one of",
    ),
    "a fault two objects down": (
        intent(latest_charge=charge(balance_transaction=balance_transaction(fees=1))),
        r"^latest_charge\[balance_transaction\]\[fees\]: unknown key",
    ),
    "a fault in a card": (
        payment_method(card={"brand": "visa", "last4": "4242", "funding": "credit", "exp_year": 1}),
        r"^card\[exp_month\]: missing key",
    ),
    "a number in metadata": (intent(metadata={"payment_id": 7}), r"^metadata\[payment_id\]: 7"),
    "an unknown object": ({"id": "x", "object": "paymentintent"}, r"^object: 'paymentintent'"),
    "no object at all": ({"id": "x"}, r"^object: None"),
    "a wrong event name": (event("charge.paid", charge()), r"^type: 'charge.paid'"),
    "a fault inside an event": (
        event("charge.updated", charge(paid="yes")),
        r"^data\[object\]\[paid\]: 'yes' is no bool",
    ),
    "a fault inside a page": (page([refund(amount="1")]), r"^0\[amount\]: '1' is no int"),
    "a page without has_more": (
        {"object": "list", "data": [], "url": "/v1/events"},
        r"^has_more: must be a bool",
    ),
    "an unknown kind of error": (error_body("decline_error"), r"^error\[type\]: 'decline_error'"),
    "a misspelt key in an error": (
        error_body(declined_code="lost_card"),
        r"^error\[declined_code\]: unknown key",
    ),
    "an error that is only text": ({"error": "no"}, r"^error: an error body holds one object"),
}


@pytest.mark.parametrize("answer, message", FAULTS.values(), ids=FAULTS.keys())
def test_what_stripe_never_sends_is_refused(answer: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractViolation, match=message):
        check_response(answer)


def test_a_missing_key_is_named() -> None:
    found = intent()
    del found["currency"]
    with pytest.raises(ContractViolation, match=r"^currency: missing key"):
        check_response(found)
