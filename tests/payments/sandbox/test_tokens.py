"""Confirmation tokens: test numbers only, one payment each, twelve hours."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe


def test_the_page_makes_a_token_and_the_firm_previews_it(firm: Any, payer: Any) -> None:
    status, token = payer.card_token("4000 0025 0000 3155")
    assert status == 200
    shown = firm.v1.confirmation_tokens.retrieve(token["id"])
    card = shown.payment_method_preview.card
    assert (card.brand, card.last4, card.funding, card.country) == ("visa", "3155", "credit", "US")
    assert shown.expires_at == shown.created + 12 * 3600
    assert "4000002500003155" not in str(shown)


@pytest.mark.parametrize(
    ("number", "details", "code"),
    [
        ("4111111111111111", {}, "incorrect_number"),
        ("4242424242424242", {"exp_year": "2020"}, "invalid_expiry_year"),
        ("4242424242424242", {"exp_month": "10", "exp_year": "26"}, "invalid_expiry_year"),
        ("4242424242424242", {"exp_month": "13"}, "invalid_expiry_month"),
        ("4242424242424242", {"exp_month": "x"}, "invalid_expiry_month"),
        ("4242424242424242", {"cvc": "12"}, "invalid_cvc"),
    ],
)
def test_what_is_no_test_card_is_refused_and_not_repeated(
    payer: Any, number: str, details: dict[str, str], code: str
) -> None:
    status, answer = payer.card_token(number, **details)
    assert status == 402
    assert answer["error"]["code"] == code
    assert number not in str(answer)


def test_a_card_is_good_to_the_end_of_its_month(payer: Any) -> None:
    assert payer.card_token(exp_month="11", exp_year="2026")[0] == 200


def test_a_bank_account_must_be_a_test_account_with_a_name(payer: Any) -> None:
    assert payer.bank_token(routing_number="110000000", account_number="000999999999")[0] == 400
    assert payer.bank_token(routing_number="021000021", account_number="000123456789")[0] == 400
    assert payer.bank_token(financial_connections_account="fca_northfield_1")[0] == 400
    nameless = {
        "payment_method_data[type]": "us_bank_account",
        "payment_method_data[us_bank_account][routing_number]": "110000000",
        "payment_method_data[us_bank_account][account_number]": "000123456789",
    }
    assert payer.call("POST", "/v1/confirmation_tokens", nameless)[0] == 400


def test_a_token_pays_once(firm: Any) -> None:
    token = firm.token()
    first, second = firm.intent(), firm.intent()
    assert firm.confirm(first.id, token).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="already been used"):
        firm.confirm(second.id, token)
    assert firm.read(second.id).status == "requires_payment_method"
    assert firm.v1.confirmation_tokens.retrieve(token).payment_intent == first.id


def test_a_declined_token_is_used_up_too(firm: Any) -> None:
    token = firm.token("pm_card_visa_chargeDeclined")
    with pytest.raises(stripe.CardError):
        firm.confirm(firm.intent().id, token)
    with pytest.raises(stripe.InvalidRequestError, match="already been used"):
        firm.confirm(firm.intent().id, token)


def test_a_token_dies_after_twelve_hours(firm: Any, clock: Any) -> None:
    token = firm.token()
    intent = firm.intent()
    clock.advance(hours=12)
    with pytest.raises(stripe.InvalidRequestError, match="expired"):
        firm.confirm(intent.id, token)
    assert firm.read(intent.id).latest_charge is None


def test_a_token_of_one_account_is_unknown_on_another(
    firm: Any, trust: Any, payer_with: Callable[..., Any]
) -> None:
    token = payer_with(account="acct_trust").card_token()[1]["id"]
    with pytest.raises(stripe.InvalidRequestError) as raised:
        firm.confirm(firm.intent().id, token)
    assert raised.value.code == "resource_missing"
    assert trust.confirm(trust.intent().id, token).status == "succeeded"


def test_a_kind_that_the_intent_does_not_allow_is_refused(firm: Any) -> None:
    intent = firm.intent(allowed_payment_method_types=["card"])
    with pytest.raises(stripe.InvalidRequestError, match="not allowed"):
        firm.confirm(intent.id, firm.token("pm_usBankAccount_success"))
