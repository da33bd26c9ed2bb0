"""Keeping a method at Stripe: what is asked, what is told, and what becomes of it (P5, P8)."""

from typing import Any

import pytest

from payments.gateway.errors import InvalidRequest, NotFound, Unavailable
from payments.gateway.results import MethodKind
from tests.payments.gateway.scripted import (
    CONSENT,
    OWN,
    TRUST,
    ScriptedClient,
    confirm,
    gateway_over,
    lost,
    new_payment,
)
from tests.payments.gateway.stripe_objects import (
    CREATED,
    charge,
    error_body,
    intent,
    payment_method,
)

NOT_ATTACHED = (400, error_body(message="The payment method is not attached to a customer."))


def customer(**changes: Any) -> dict[str, Any]:
    return {
        "id": "cus_1",
        "object": "customer",
        "created": CREATED,
        "livemode": False,
        "metadata": {"client_key": "client-9:account-2"},
    } | changes


def test_M13_a_customer_is_made_by_our_key_alone_without_name_or_email() -> None:
    client = ScriptedClient(customer())
    made = gateway_over(client).ensure_customer(TRUST, "client-9:account-2")
    assert made == "cus_1"
    (request,) = client.requests
    assert request.call == "POST /v1/customers"
    assert request.params == {"metadata": {"client_key": "client-9:account-2"}}
    assert request.headers["Idempotency-Key"] == "cus:client-9:account-2"
    assert request.headers["Stripe-Account"] == "acct_trust"


def test_a_customer_whose_answer_was_lost_is_asked_for_under_the_same_key() -> None:
    client = ScriptedClient(lost(), customer())
    assert gateway_over(client).ensure_customer(OWN, "client-9:account-2") == "cus_1"
    assert len({request.headers["Idempotency-Key"] for request in client.requests}) == 1


def test_P5_a_payment_that_stores_names_its_customer_and_asks_for_later_use() -> None:
    client = ScriptedClient(intent(customer="cus_1"), intent("processing", customer="cus_1"))
    gateway = gateway_over(client)
    gateway.create_payment(OWN, new_payment(customer_id="cus_1"))
    confirm(gateway, consent=CONSENT, store=True)
    made, confirmed = client.requests
    assert made.params["customer"] == "cus_1"
    assert "setup_future_usage" not in made.params
    assert confirmed.params["setup_future_usage"] == "off_session"
    assert "mandate_data" in confirmed.params


def test_L2_a_payment_that_stores_nothing_says_nothing_of_it() -> None:
    client = ScriptedClient(intent(), intent("succeeded", latest_charge=charge()))
    gateway = gateway_over(client)
    gateway.create_payment(OWN, new_payment())
    assert confirm(gateway).stored is None
    for request in client.requests:
        assert "customer" not in request.params
        assert "setup_future_usage" not in request.params


def test_P5_a_stored_card_is_told_with_its_name_last_digits_and_expiry() -> None:
    kept = payment_method(customer="cus_1")
    client = ScriptedClient(intent("succeeded", latest_charge=charge(), payment_method=kept))
    stored = confirm(gateway_over(client), store=True).stored
    assert (stored.method_id, stored.customer_id) == ("pm_1", "cus_1")
    assert (stored.preview.kind, stored.preview.brand) == (MethodKind.CARD, "visa")
    assert (stored.preview.last4, stored.expires_month, stored.expires_year) == ("4242", 8, 2030)


def test_P5_a_stored_bank_account_has_no_expiry() -> None:
    kept = payment_method("us_bank_account", customer="cus_1")
    stored = gateway_over(ScriptedClient(kept)).get_method(OWN, "pm_1")
    assert (stored.preview.kind, stored.preview.bank_name) == (MethodKind.BANK, "STRIPE TEST BANK")
    assert stored.expires_month is stored.expires_year is None


@pytest.mark.parametrize("method", [None, "pm_1", payment_method()])
def test_P5_nothing_counts_as_stored_before_stripe_keeps_it(method: Any) -> None:
    """A method that is not attached, not shown or gone: Stripe could never charge it again."""
    client = ScriptedClient(intent("processing", payment_method=method))
    assert gateway_over(client).get_payment(OWN, "pi_1").stored is None


def test_a_method_of_another_kind_than_ours_is_not_taken_for_a_card() -> None:
    odd = payment_method("card", type="link", link={"email": None})
    with pytest.raises(ValueError, match="unknown kind"):
        gateway_over(ScriptedClient(odd)).get_method(OWN, "pm_1")


def test_P8_a_method_is_detached_on_its_own_account() -> None:
    client = ScriptedClient(payment_method())
    gateway_over(client).detach_method(TRUST, "pm_1")
    (request,) = client.requests
    assert request.call == "POST /v1/payment_methods/pm_1/detach"
    assert request.headers["Stripe-Account"] == "acct_trust"


def test_P8_detaching_what_is_detached_or_unknown_is_done_already() -> None:
    gone = (404, error_body(code="resource_missing"))
    gateway = gateway_over(ScriptedClient(NOT_ATTACHED, payment_method(), gone))
    gateway.detach_method(OWN, "pm_1")
    gateway.detach_method(OWN, "pm_1")


def test_P8_a_refusal_while_it_is_still_attached_is_not_taken_for_done() -> None:
    client = ScriptedClient(NOT_ATTACHED, payment_method(customer="cus_1"))
    with pytest.raises(InvalidRequest):
        gateway_over(client).detach_method(OWN, "pm_1")


def test_P8_an_unreachable_processor_leaves_the_detaching_to_be_tried_again() -> None:
    client = ScriptedClient(lost(), lost(), lost())
    with pytest.raises(Unavailable):
        gateway_over(client).detach_method(OWN, "pm_1")


def test_a_method_id_that_cannot_be_stripes_never_leaves_the_house() -> None:
    client = ScriptedClient()
    with pytest.raises(NotFound):
        gateway_over(client).get_method(OWN, "../customers/cus_1")
    assert client.requests == []
