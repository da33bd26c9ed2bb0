"""What is known of a payment, and of an event, when Stripe says less than it might."""

from datetime import UTC, datetime

import pytest

from payments.gateway.errors import Unavailable
from tests.payments.gateway.scripted import (
    OWN,
    TRUST,
    ScriptedClient,
    confirm,
    gateway_over,
)
from tests.payments.gateway.stripe_objects import error_body, event, intent, page

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
PAST_THE_STEP = (
    400,
    error_body("invalid_request_error", code="payment_intent_unexpected_state"),
)
BROKEN = (500, error_body("api_error"))


def test_a_payment_past_confirmation_that_cannot_be_read_again_is_of_unknown_outcome() -> None:
    client = ScriptedClient(PAST_THE_STEP, BROKEN, BROKEN, BROKEN)
    with pytest.raises(Unavailable) as unavailable:
        confirm(gateway_over(client))
    assert unavailable.value.outcome_unknown


def test_M11_an_event_listed_for_a_connected_account_belongs_to_it_though_it_names_none() -> None:
    silent = event("payment_intent.succeeded", intent("succeeded"))
    assert "account" not in silent
    client = ScriptedClient(page([silent]), page([]), page([silent]), page([]))
    gateway = gateway_over(client)
    assert [told.account_id for told in gateway.list_events(TRUST, SINCE)] == ["acct_trust"]
    assert [told.account_id for told in gateway.list_events(OWN, SINCE)] == [None]
