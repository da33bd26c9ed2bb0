"""What goes over the wire, exactly. Both contract checkers watch every call."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from payments.gateway.errors import InvalidRequest, NotFound
from payments.gateway.results import IntentStatus, MethodKind
from tests.payments.gateway.scripted import (
    CONSENT,
    OWN,
    TRUST,
    ScriptedClient,
    confirm,
    gateway_over,
    new_payment,
)
from tests.payments.gateway.stripe_objects import (
    CREATED,
    charge,
    confirmation_token,
    error_body,
    event,
    intent,
    page,
    refund,
)

EXPANDED = {"0": "latest_charge.balance_transaction", "1": "payment_method"}


def test_a_payment_is_made_for_two_step_confirmation() -> None:
    client = ScriptedClient(intent())
    payment = gateway_over(client).create_payment(OWN, new_payment())
    assert payment.status is IntentStatus.NEEDS_METHOD
    (request,) = client.requests
    assert request.call == "POST /v1/payment_intents"
    assert request.headers["Idempotency-Key"] == "pi:pay-7"
    assert request.headers["Stripe-Version"] == "2026-10-28.endive"
    assert "Stripe-Account" not in request.headers
    assert request.params == {
        "amount": "12500",
        "currency": "usd",
        "allowed_payment_method_types": {"0": "card", "1": "us_bank_account"},
        "automatic_payment_methods": {"enabled": "true", "allow_redirects": "never"},
        "payment_method_options": {
            "us_bank_account": {
                "verification_method": "automatic",
                "financial_connections": {"permissions": {"0": "payment_method"}},
                "transaction_purpose": "services",
            }
        },
        "statement_descriptor_suffix": "Lang Partners",
        "description": "Payment to Lang & Partners",
        "metadata": {"payment_id": "pay-7"},
        "expand": EXPANDED,
    }


def test_a_card_payment_says_nothing_of_banks_and_a_bank_payment_nothing_of_cards() -> None:
    client = ScriptedClient(intent(), intent())
    gateway = gateway_over(client)
    gateway.create_payment(OWN, new_payment(methods=(MethodKind.CARD,)))
    gateway.create_payment(OWN, new_payment(methods=(MethodKind.BANK,), description=""))
    card, bank = client.requests
    assert card.params["allowed_payment_method_types"] == {"0": "card"}
    assert "payment_method_options" not in card.params
    assert "statement_descriptor_suffix" in card.params
    assert bank.params["allowed_payment_method_types"] == {"0": "us_bank_account"}
    assert "statement_descriptor_suffix" not in bank.params
    assert "description" not in bank.params


@pytest.mark.parametrize(
    "words, sent",
    [
        ("Lang & Partners", "Lang & Partners"),
        ('O\'Hara <Law> "LLP" *', "OHara Law LLP"),
        ("Müller Łukasz", "Mller ukasz"),
        ("A very long name of a law firm", "A very long name of a"),
        ("2026 - 17", None),
        ("", None),
    ],
)
def test_M13_a_statement_shows_only_what_card_networks_take(words: str, sent: str | None) -> None:
    client = ScriptedClient(intent())
    gateway_over(client).create_payment(OWN, new_payment(statement_suffix=words))
    assert client.requests[0].params.get("statement_descriptor_suffix") == sent


def test_a_connected_account_is_named_in_the_header_and_never_in_the_body() -> None:
    client = ScriptedClient(intent())
    gateway_over(client).create_payment(TRUST, new_payment())
    (request,) = client.requests
    assert request.headers["Stripe-Account"] == "acct_trust"
    assert "stripe_account" not in request.params


def test_L2_a_card_is_charged_without_mandate_and_without_being_stored() -> None:
    client = ScriptedClient(intent("succeeded", latest_charge=charge()))
    payment = confirm(gateway_over(client))
    assert payment.status is IntentStatus.SUCCEEDED
    (request,) = client.requests
    assert request.call == "POST /v1/payment_intents/pi_1/confirm"
    assert request.headers["Idempotency-Key"] == "pi:pay-7:confirm:ctoken_1"
    assert request.params == {
        "confirmation_token": "ctoken_1",
        "return_url": "https://firm.example/payments/7",
        "use_stripe_sdk": "true",
        "expand": EXPANDED,
    }


def test_a_bank_payment_carries_the_payers_consent() -> None:
    client = ScriptedClient(intent("processing"))
    confirm(gateway_over(client), consent=CONSENT)
    assert client.requests[0].params["mandate_data"] == {
        "customer_acceptance": {
            "type": "online",
            "online": {"ip_address": "203.0.113.9", "user_agent": "Mozilla/5.0"},
        }
    }


def test_a_payment_is_read_with_its_money_and_its_method() -> None:
    client = ScriptedClient(intent("succeeded", latest_charge=charge()))
    payment = gateway_over(client).get_payment(TRUST, "pi_1")
    assert payment.balance_entry is not None
    (request,) = client.requests
    assert request.call == "GET /v1/payment_intents/pi_1"
    assert request.params == {"expand": EXPANDED | {"2": "latest_charge.refunds"}}
    assert request.headers["Stripe-Account"] == "acct_trust"


def test_an_unpaid_payment_is_canceled_as_abandoned() -> None:
    client = ScriptedClient(intent("canceled", cancellation_reason="abandoned"))
    payment = gateway_over(client).cancel_payment(OWN, "pi_1")
    assert payment.status is IntentStatus.CANCELED
    assert client.requests[0].call == "POST /v1/payment_intents/pi_1/cancel"
    assert client.requests[0].params["cancellation_reason"] == "abandoned"


@pytest.mark.parametrize("status", ["processing", "succeeded", "canceled"])
def test_canceling_or_confirming_what_is_past_that_answers_with_the_true_state(status: str) -> None:
    refused = (400, error_body(code="payment_intent_unexpected_state"))
    client = ScriptedClient(refused, intent(status), refused, intent(status))
    gateway = gateway_over(client)
    assert gateway.cancel_payment(OWN, "pi_1").status.value == status
    assert confirm(gateway).status.value == status


def test_a_refusal_of_an_unpaid_payment_stays_a_refusal() -> None:
    refused = (400, error_body(code="payment_intent_unexpected_state"))
    with pytest.raises(InvalidRequest):
        confirm(gateway_over(ScriptedClient(refused, intent())))


def test_the_review_page_shows_what_the_token_holds() -> None:
    client = ScriptedClient(confirmation_token(), confirmation_token("us_bank_account"))
    gateway = gateway_over(client)
    card = gateway.preview_method(TRUST, "ctoken_1")
    bank = gateway.preview_method(TRUST, "ctoken_1")
    assert (card.kind, card.funding, card.country) == (MethodKind.CARD, "credit", "US")
    assert (bank.kind, bank.bank_name, bank.last4) == (MethodKind.BANK, "STRIPE TEST BANK", "6789")
    assert client.requests[0].call == "GET /v1/confirmation_tokens/ctoken_1"
    assert client.requests[0].headers["Stripe-Account"] == "acct_trust"


@pytest.mark.parametrize("preview", [None, {"type": "klarna", "billing_details": {}, "klarna": {}}])
def test_a_token_without_card_or_bank_is_refused(preview: dict[str, object] | None) -> None:
    client = ScriptedClient(confirmation_token(payment_method_preview=preview))
    with pytest.raises(InvalidRequest):
        gateway_over(client).preview_method(OWN, "ctoken_1")


@pytest.mark.parametrize("token", ["", "../payment_intents/pi_1", "ct oken", "é", "a" * 256])
def test_a_token_that_cannot_be_stripes_never_leaves_the_house(token: str) -> None:
    client = ScriptedClient()
    gateway = gateway_over(client)
    with pytest.raises(NotFound):
        gateway.preview_method(OWN, token)
    with pytest.raises(NotFound):
        confirm(gateway, confirmation_token=token)
    assert client.requests == []


def test_M11_events_of_all_pages_and_name_groups_come_oldest_first() -> None:
    def hint(number: int, kind: str = "refund.created") -> dict[str, object]:
        return event(kind, refund(), id=f"evt_{number}", created=CREATED + number)

    client = ScriptedClient(
        page([hint(9), hint(7)], has_more=True),
        page([hint(3)]),
        page([hint(8, "account.updated"), hint(1, "payout.paid")]),
    )
    since = datetime.fromtimestamp(CREATED, UTC)
    events = gateway_over(client).list_events(TRUST, since)
    assert [found.event_id for found in events] == ["evt_1", "evt_3", "evt_7", "evt_8", "evt_9"]
    first, second, third = client.requests
    assert {request.call for request in client.requests} == {"GET /v1/events"}
    assert first.params["created"] == {"gte": str(CREATED)}
    assert second.params["starting_after"] == "evt_7"
    assert second.params["types"] == first.params["types"] != third.params["types"]
    accounts = [request.headers["Stripe-Account"] for request in client.requests]
    assert accounts == ["acct_trust"] * 3


def test_events_of_one_second_keep_stripes_order() -> None:
    together = [event("refund.created", refund(), id=f"evt_{number}") for number in (3, 2, 1)]
    client = ScriptedClient(page(together), page([]))
    events = gateway_over(client).list_events(OWN, datetime.fromtimestamp(CREATED, UTC))
    assert [found.event_id for found in events] == ["evt_1", "evt_2", "evt_3"]


def test_the_page_gets_keys_account_and_script_without_a_call() -> None:
    config = gateway_over(ScriptedClient()).client_config(TRUST)
    assert config.publishable_key == "pk_test_1"
    assert config.account_id == "acct_trust"
    assert config.script_url == "https://js.stripe.com/endive/stripe.js"


def test_the_app_is_asked_before_every_attempt() -> None:
    asked: list[None] = []
    client = ScriptedClient((500, error_body("api_error")), intent())
    gateway = gateway_over(client, before_call=lambda: asked.append(None))
    gateway.create_payment(OWN, new_payment())
    assert len(asked) == len(client.requests) == 2


def test_no_call_is_made_inside_a_database_transaction() -> None:
    class TransactionOpen(Exception):
        pass

    def refuse() -> None:
        raise TransactionOpen

    client = ScriptedClient()
    with pytest.raises(TransactionOpen):
        gateway_over(client, before_call=refuse).get_payment(OWN, "pi_1")
    assert client.requests == []


def test_the_contract_can_be_imported_without_the_sdk() -> None:
    names = ("protocol", "results", "errors", "events", "script")
    lines = [f"import payments.gateway.{name}" for name in names]
    program = "; ".join([*lines, "import sys", "print('stripe' in sys.modules)"])
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("False", "")
