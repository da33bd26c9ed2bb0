"""One key, one execution (https://docs.stripe.com/api/idempotent_requests)."""

import threading
from contextlib import suppress
from typing import Any

import pytest
import stripe


def test_a_repeated_request_gets_the_same_answer_and_does_nothing_again(firm: Any) -> None:
    params: Any = {"amount": 10_000, "currency": "usd"}
    first = firm.v1.payment_intents.create(params, {"idempotency_key": "pi:1"})
    again = firm.v1.payment_intents.create(params, {"idempotency_key": "pi:1"})
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert first.last_response.headers.get("Idempotent-Replayed") is None
    assert len(firm.v1.payment_intents.list().data) == 1


def test_the_answer_is_repeated_as_it_was_though_the_object_has_moved_on(firm: Any) -> None:
    params: Any = {"amount": 10_000, "currency": "usd"}
    made = firm.v1.payment_intents.create(params, {"idempotency_key": "pi:1"})
    firm.v1.payment_intents.cancel(made.id)
    again = firm.v1.payment_intents.create(params, {"idempotency_key": "pi:1"})
    assert again.status == "requires_payment_method"


def test_a_decline_is_repeated_as_a_decline(firm: Any) -> None:
    intent, token = firm.intent(), firm.token("pm_card_visa_chargeDeclined")
    for _ in range(2):
        with pytest.raises(stripe.CardError) as raised:
            firm.confirm(intent.id, token, key="pi:1:confirm")
        assert raised.value.code == "card_declined"
    assert len(firm.v1.charges.list({"payment_intent": intent.id}).data) == 1


def test_a_key_with_other_parameters_is_an_error(firm: Any) -> None:
    options: Any = {"idempotency_key": "pi:1"}
    firm.v1.payment_intents.create({"amount": 10_000, "currency": "usd"}, options)
    with pytest.raises(stripe.IdempotencyError) as raised:
        firm.v1.payment_intents.create({"amount": 10_001, "currency": "usd"}, options)
    assert raised.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError):
        firm.v1.refunds.create({"charge": "ch_1"}, options)


def test_a_wrong_parameter_does_not_use_the_key_up(firm: Any) -> None:
    options: Any = {"idempotency_key": "pi:1"}
    with pytest.raises(stripe.InvalidRequestError):
        firm.v1.payment_intents.create({"amount": 1, "currency": "usd"}, options)
    made = firm.v1.payment_intents.create({"amount": 10_000, "currency": "usd"}, options)
    assert made.amount == 10_000


def test_keys_of_two_accounts_are_two_keys(firm: Any, trust: Any) -> None:
    options: Any = {"idempotency_key": "pi:1"}
    one = firm.v1.payment_intents.create({"amount": 10_000, "currency": "usd"}, options)
    two = trust.v1.payment_intents.create({"amount": 99_900, "currency": "usd"}, options)
    assert one.id != two.id


def test_a_key_is_forgotten_after_a_day(firm: Any, clock: Any) -> None:
    params: Any = {"amount": 10_000, "currency": "usd"}
    first = firm.v1.payment_intents.create(params, {"idempotency_key": "pi:1"})
    clock.advance(hours=24)
    assert firm.v1.payment_intents.create(params, {"idempotency_key": "pi:1"}).id != first.id


def test_a_second_request_while_the_first_is_under_way_is_told_to_wait(
    firm: Any, store: Any
) -> None:
    intent, token = firm.intent(), firm.token()
    answers: list[Any] = []

    def confirm() -> None:
        while not answers:
            with suppress(stripe.StripeError):  # the other came first, and is told that it may not
                answers.append(firm.confirm(intent.id, token, key="pi:1:confirm"))

    waiting = threading.Thread(target=confirm, daemon=True)
    with store.writing():  # the first request waits here for the file
        waiting.start()
        status = 0
        while status != 409:
            try:
                firm.confirm("pi_other", "none", key="pi:1:confirm")
            except stripe.StripeError as error:
                status = error.http_status or 0
            except RuntimeError:
                continue  # the first has not arrived yet
    waiting.join(30)
    assert answers[0].status == "succeeded"
    # Once it is done, the same key gets its answer.
    assert firm.confirm(intent.id, token, key="pi:1:confirm").id == intent.id
