"""The checked client stands between the SDK and whatever answers it."""

import pytest
import stripe

from payments.gateway.contract.client import CheckedHttpClient
from payments.gateway.contract.violation import ContractViolation
from tests.payments.gateway.scripted import OWN, ScriptedClient, gateway_over
from tests.payments.gateway.stripe_objects import charge, intent


def test_a_wrong_request_never_reaches_the_other_side() -> None:
    client = ScriptedClient()
    checked = stripe.StripeClient("sk_test_1", http_client=CheckedHttpClient(client))
    with pytest.raises(ContractViolation, match=r"^capture_method: 'automatc'"):
        checked.v1.payment_intents.create(
            {"amount": 1, "currency": "usd", "capture_method": "automatc"}
        )
    with pytest.raises(ContractViolation, match=r"^stripe_account: unknown key"):
        checked.v1.payment_intents.create(
            {"amount": 1, "currency": "usd", "stripe_account": "acct_1"}
        )
    assert client.requests == []


def test_a_wrong_answer_goes_through_the_gateway_as_a_failed_assertion() -> None:
    client = ScriptedClient(intent("succeeded", latest_charge=charge(disputed="no")))
    with pytest.raises(ContractViolation, match=r"^latest_charge\[disputed\]: 'no' is no bool"):
        gateway_over(client).get_payment(OWN, "pi_1")
