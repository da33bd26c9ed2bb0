"""Making, reading, listing and canceling intents, and what is refused about them."""

from typing import Any

import pytest
import stripe

from payments.sandbox.desk import API_VERSION


def _error(raised: Any) -> Any:
    """What the processor said, as the SDK hands it over."""
    return raised.value.error


def test_the_version_is_the_one_that_the_sdk_speaks() -> None:
    assert stripe.api_version == API_VERSION


def test_an_intent_keeps_what_it_was_made_with(firm: Any) -> None:
    made = firm.intent(
        12_500,
        description="Payment to Hale and Ames",
        metadata={"payment_id": "pay_1"},
        statement_descriptor_suffix="HALE AMES",
        allowed_payment_method_types=["card"],
    )
    assert made.status == "requires_payment_method"
    assert made.metadata.to_dict() == {"payment_id": "pay_1"}
    assert made.payment_method_types == ["card"]
    assert made.client_secret.startswith(f"{made.id}_secret_")
    assert made.livemode is False
    paid = firm.confirm(made.id, firm.token())
    assert paid.latest_charge.statement_descriptor_suffix == "HALE AMES"
    changed = firm.v1.payment_intents.update(made.id, {"metadata": {"note": "x"}})
    assert changed.metadata.to_dict() == {"payment_id": "pay_1", "note": "x"}


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"currency": "eur"}, None, "currency"),
        ({"statement_descriptor_suffix": "12345"}, None, "statement_descriptor_suffix"),
        ({"statement_descriptor_suffix": "A" * 23}, None, "statement_descriptor_suffix"),
        ({"allowed_payment_method_types": ["alipay"]}, None, "allowed_payment_method_types"),
    ],
)
def test_a_wrong_parameter_is_named(
    firm: Any, params: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        firm.intent(**{"amount": 10_000, **params})
    assert raised.value.http_status == 400
    assert _error(raised).to_dict().get("code") == code
    assert raised.value.param == param
    assert firm.v1.payment_intents.list().data == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("payment_method_types[0]", "payment_method_types_no_longer_supported"),
        ("stripe_account", "parameter_unknown"),
        ("metadta[a]", "parameter_unknown"),
    ],
)
def test_a_parameter_that_stripe_does_not_know_is_refused_without_any_checker(
    unchecked: Any, name: str, code: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        unchecked.intent(**{name: "card"})
    assert raised.value.code == code


def test_the_request_checker_stops_what_the_types_do_not_allow(firm: Any) -> None:
    with pytest.raises(AssertionError):
        firm.intent(capture_method="automatc")


def test_an_unpaid_intent_can_be_canceled_and_then_not_paid(firm: Any) -> None:
    intent = firm.intent()
    canceled = firm.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError) as raised:
        firm.confirm(intent.id, firm.token())
    assert raised.value.code == "payment_intent_unexpected_state"
    assert _error(raised).payment_intent.status == "canceled"
    assert firm.event_types()[-1] == "payment_intent.canceled"


def test_an_intent_that_waits_for_authentication_can_be_canceled(firm: Any) -> None:
    waiting = firm.pay("pm_card_authenticationRequiredOnSetup")
    canceled = firm.v1.payment_intents.cancel(waiting.id)
    assert (canceled.status, canceled.next_action) == ("canceled", None)


def test_a_paid_intent_can_be_neither_canceled_nor_paid_again(firm: Any) -> None:
    paid = firm.pay()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        firm.v1.payment_intents.cancel(paid.id)
    assert raised.value.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError) as raised:
        firm.confirm(paid.id, firm.token())
    assert _error(raised).payment_intent.status == "succeeded"
    assert len(firm.v1.charges.list({"payment_intent": paid.id}).data) == 1


def test_create_and_confirm_in_one_call(firm: Any) -> None:
    paid = firm.intent(confirm=True, confirmation_token=firm.token(), return_url="https://x.test/")
    assert paid.status == "succeeded"
    with pytest.raises(stripe.CardError) as raised:
        firm.intent(confirm=True, confirmation_token=firm.token("pm_card_visa_chargeDeclined"))
    assert firm.read(_error(raised).payment_intent.id).latest_charge.status == "failed"


def test_lists_are_newest_first_and_page_by_their_cursor(firm: Any, clock: Any) -> None:
    made = []
    for _ in range(5):
        made.append(firm.intent().id)
        clock.advance(seconds=10)
    first = firm.v1.payment_intents.list({"limit": 2})
    assert [one.id for one in first.data] == made[:2:-1]
    assert first.has_more is True
    everything = [one.id for one in first.auto_paging_iter()]
    assert everything == made[::-1]
    since = int(clock().timestamp()) - 30
    recent = firm.v1.payment_intents.list({"created": {"gte": since}})
    assert [one.id for one in recent.data] == made[:1:-1]
    before = firm.v1.payment_intents.list({"ending_before": made[0], "limit": 1})
    assert [one.id for one in before.data] == [made[1]]


def test_only_what_is_expandable_is_expanded(firm: Any) -> None:
    paid = firm.pay()
    plain = firm.v1.payment_intents.retrieve(paid.id)
    assert plain.latest_charge == paid.latest_charge.id
    listed = firm.v1.payment_intents.list({"expand": ["data.latest_charge.balance_transaction"]})
    assert listed.data[0].latest_charge.balance_transaction.fee == 320
    for path in ("amount", "latest_charge.livemode", "nothing"):
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            firm.v1.payment_intents.retrieve(paid.id, {"expand": [path]})


def test_the_book_entry_can_be_made_to_arrive_later(firm: Any, webhooks: Any, clock: Any) -> None:
    webhooks.set_switches(balance_transaction_delay_seconds=1)
    paid = firm.pay()
    assert paid.latest_charge.balance_transaction is None
    assert "charge.updated" not in firm.event_types()
    clock.advance(seconds=1)
    assert firm.read(paid.id).latest_charge.balance_transaction.status == "pending"
    assert firm.event_types()[-1] == "charge.updated"


def test_the_events_of_a_payment_show_no_book_entry_until_charge_updated(firm: Any) -> None:
    firm.pay()
    events = {event.type: event.data.object for event in firm.v1.events.list().data}
    assert events["charge.succeeded"].balance_transaction is None
    assert events["charge.updated"].balance_transaction.startswith("txn_")
    assert firm.event_types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
    ]
