"""Storing a method at Stripe without a payment: what is asked, and what is told (FEATURES P8)."""

from typing import Any

import pytest

from payments.gateway.errors import Declined, InvalidRequest, Unavailable
from payments.gateway.results import IntentStatus, MethodKind, NewSetup
from payments.gateway.setups import setup_from
from tests.payments.gateway.scripted import (
    CONSENT,
    OWN,
    TRUST,
    ScriptedClient,
    gateway_over,
    lost,
)
from tests.payments.gateway.stripe_objects import CREATED, error_body, payment_method

NEW = NewSetup("try-1", "request-1", "cus_1", (MethodKind.CARD, MethodKind.BANK))


def setup(status: str = "requires_payment_method", **changes: Any) -> dict[str, Any]:
    return {
        "id": "seti_1",
        "object": "setup_intent",
        "client_secret": "seti_1_secret_x",
        "created": CREATED,
        "last_setup_error": None,
        "livemode": False,
        "metadata": {"method_request": "request-1"},
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card", "us_bank_account"],
        "status": status,
        "usage": "off_session",
    } | changes


def confirm(gateway: Any, **changes: Any) -> Any:
    params = {
        "confirmation_token": "ctoken_1",
        "consent": None,
        "return_url": "https://firm.test/",
    }
    return gateway.confirm_setup(OWN, "seti_1", **(params | changes))


def test_P8_a_setup_is_asked_for_later_use_by_our_ids_alone() -> None:
    client = ScriptedClient(setup())
    made = gateway_over(client).create_setup(TRUST, NEW)
    assert (made.setup_id, made.status) == ("seti_1", IntentStatus.NEEDS_METHOD)
    (request,) = client.requests
    assert request.call == "POST /v1/setup_intents"
    assert request.headers["Idempotency-Key"] == "seti:try-1"
    assert request.headers["Stripe-Account"] == "acct_trust"
    assert request.params["usage"] == "off_session"
    assert request.params["customer"] == "cus_1"
    assert request.params["metadata"] == {"method_request": "request-1"}
    assert "payment_method_types" not in request.params


def test_P4_a_bank_account_is_confirmed_with_its_mandate() -> None:
    kept = payment_method("us_bank_account", customer="cus_1")
    client = ScriptedClient(setup("succeeded", payment_method=kept))
    stored = confirm(gateway_over(client), consent=CONSENT).stored
    assert (stored.method_id, stored.preview.kind) == ("pm_1", MethodKind.BANK)
    (request,) = client.requests
    assert request.params["mandate_data"] == {
        "customer_acceptance": {
            "type": "online",
            "online": {"ip_address": CONSENT.ip_address, "user_agent": CONSENT.user_agent},
        }
    }


def test_P4_test_deposits_are_told_with_the_page_that_confirms_them() -> None:
    step = {
        "type": "verify_with_microdeposits",
        "verify_with_microdeposits": {
            "arrival_date": CREATED,
            "hosted_verification_url": "https://stripe.test/verify",
            "microdeposit_type": "amounts",
        },
    }
    waiting = gateway_over(ScriptedClient(setup("requires_action", next_action=step))).get_setup(
        OWN, "seti_1"
    )
    assert (waiting.action, waiting.verify_url) == (
        "verify_deposits",
        "https://stripe.test/verify",
    )
    assert waiting.stored is None


def test_P7_a_refusal_of_the_bank_is_a_decline() -> None:
    body = error_body(type="card_error", code="card_declined", decline_code="expired_card")
    with pytest.raises(Declined) as refused:
        confirm(gateway_over(ScriptedClient((402, body))))
    assert refused.value.code == "expired_card"


def test_a_setup_confirmed_before_answers_with_its_true_state() -> None:
    past = (400, error_body(code="setup_intent_unexpected_state"))
    kept = setup("succeeded", payment_method=payment_method(customer="cus_1"))
    assert confirm(gateway_over(ScriptedClient(past, kept))).stored.method_id == "pm_1"
    with pytest.raises(InvalidRequest):
        confirm(gateway_over(ScriptedClient(past, setup())))


def test_a_lost_answer_leaves_the_outcome_unknown() -> None:
    with pytest.raises(Unavailable) as gone:
        confirm(gateway_over(ScriptedClient(lost(), lost(), lost())))
    assert gone.value.outcome_unknown


def test_a_canceled_setup_and_one_that_has_ended_tell_what_they_are() -> None:
    client = ScriptedClient(setup("canceled"))
    assert gateway_over(client).cancel_setup(OWN, "seti_1").status is IntentStatus.CANCELED
    past = (400, error_body(code="setup_intent_unexpected_state"))
    kept = setup("succeeded", payment_method=payment_method(customer="cus_1"))
    late = gateway_over(ScriptedClient(past, kept)).cancel_setup(OWN, "seti_1")
    assert late.stored is not None


def test_an_unknown_status_is_an_unknown_outcome() -> None:
    with pytest.raises(Unavailable):
        setup_from(setup("dreaming"))
