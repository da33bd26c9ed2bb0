"""The way to the processor fails, and the payment is still made exactly once."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from payments.sandbox.transport import Fault, FaultKind


def _once(kind: FaultKind, ending: str = "/confirm") -> Callable[[str, str], Fault | None]:
    left = [Fault(kind)]
    return lambda method, path: left.pop() if left and path.endswith(ending) else None


@pytest.mark.parametrize(
    ("kind", "charges"),
    [
        ("timeout_before", 0),
        ("timeout_after", 1),
        ("reset_after", 1),
        ("status_500", 0),
        ("status_429", 0),
        ("status_409", 0),
    ],
)
def test_after_a_fault_the_same_key_leads_to_exactly_one_charge(
    firm: Any, kind: FaultKind, charges: int
) -> None:
    intent, token = firm.intent(), firm.token()
    firm.http.faults = _once(kind)
    with pytest.raises(stripe.StripeError) as raised:
        firm.confirm(intent.id, token, key="pi:1")
    lost = kind in ("timeout_before", "timeout_after", "reset_after")
    assert isinstance(raised.value, stripe.APIConnectionError) is lost
    found = firm.v1.charges.list({"payment_intent": intent.id}).data
    assert len(found) == charges

    assert firm.confirm(intent.id, token, key="pi:1").status == "succeeded"
    assert len(firm.v1.charges.list({"payment_intent": intent.id}).data) == 1


def test_the_sdks_own_retries_are_replayed_not_repeated(
    firm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)
    firm.http.faults = _once("timeout_after", "/v1/payment_intents")
    params: Any = {"amount": 10_000, "currency": "usd"}
    firm.v1.payment_intents.create(params, {"max_network_retries": 2})
    assert len(firm.v1.payment_intents.list().data) == 1


def test_a_request_id_comes_with_every_answer(firm: Any) -> None:
    assert firm.intent().last_response.request_id.startswith("req_")
