"""Refunds: never more than was paid, to cards at once, to banks in days, and some fail later."""

from typing import Any

import pytest
import stripe


def test_a_part_and_then_the_rest_can_be_given_back_and_no_more(firm: Any) -> None:
    paid = firm.pay()
    part = firm.v1.refunds.create(
        {"payment_intent": paid.id, "amount": 4_000, "reason": "requested_by_customer"}
    )
    assert (part.status, part.amount) == ("succeeded", 4_000)
    charge = firm.v1.charges.retrieve(paid.latest_charge.id)
    assert (charge.amount_refunded, charge.refunded) == (4_000, False)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        firm.v1.refunds.create({"payment_intent": paid.id, "amount": 6_001})
    rest = firm.v1.refunds.create({"charge": charge.id})
    assert rest.amount == 6_000
    with pytest.raises(stripe.InvalidRequestError) as raised:
        firm.v1.refunds.create({"charge": charge.id})
    assert raised.value.code == "charge_already_refunded"
    whole = firm.v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert whole.refunded is True
    assert {refund.id for refund in whole.refunds.data} == {part.id, rest.id}
    entries = firm.v1.balance_transactions.list({"type": "refund"}).data
    assert sorted(entry.net for entry in entries) == [-6_000, -4_000]
    assert firm.event_types()[-2:] == ["refund.created", "charge.refunded"]


@pytest.mark.parametrize("amount", [0, -5])
def test_a_refund_gives_something_back(firm: Any, amount: int) -> None:
    paid = firm.pay()
    with pytest.raises(stripe.InvalidRequestError):
        firm.v1.refunds.create({"payment_intent": paid.id, "amount": amount})


def test_what_was_not_paid_cannot_be_refunded(firm: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        firm.v1.refunds.create({"payment_intent": firm.intent().id})
    pending = firm.pay("pm_usBankAccount_success")
    with pytest.raises(stripe.InvalidRequestError):
        firm.v1.refunds.create({"payment_intent": pending.id})


def test_a_disputed_payment_cannot_be_refunded(firm: Any, service: Any) -> None:
    paid = firm.pay("pm_card_createDispute")
    service.tick()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        firm.v1.refunds.create({"payment_intent": paid.id})
    assert raised.value.code == "charge_disputed"


def test_a_refunded_payment_is_not_disputed_any_more(firm: Any, webhooks: Any, clock: Any) -> None:
    webhooks.set_switches(dispute_delay_seconds=60)
    paid = firm.pay("pm_card_createDispute")
    firm.v1.refunds.create({"payment_intent": paid.id})
    clock.advance(minutes=1)
    assert firm.read(paid.id).latest_charge.disputed is False


def test_a_bank_refund_takes_three_days(firm: Any, clock: Any) -> None:
    paid = firm.pay("pm_usBankAccount_success")
    clock.advance(days=3)
    refund = firm.v1.refunds.create({"payment_intent": paid.id})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    clock.advance(days=3)
    assert firm.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert firm.event_types()[-1] == "refund.updated"


def test_a_refund_that_fails_later_brings_the_money_back(firm: Any, clock: Any) -> None:
    paid = firm.pay("pm_card_refundFail")
    refund = firm.v1.refunds.create({"payment_intent": paid.id})
    assert refund.status == "succeeded"
    clock.advance(days=1)
    failed = firm.v1.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    charge = firm.v1.charges.retrieve(paid.latest_charge.id)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    entries = firm.v1.balance_transactions.list().data
    assert sum(entry.amount for entry in entries) == 10_000
    assert "refund.failed" in firm.event_types()
