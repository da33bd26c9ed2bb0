"""Each test card does what Stripe says of it (FEATURES P3, P5; https://docs.stripe.com/testing)."""

from typing import Any

import pytest
import stripe

from payments.sandbox.numbers import CARDS


def _error(raised: Any) -> Any:
    """What the processor said, as the SDK hands it over."""
    return raised.value.error


def test_the_numbers_are_stripes_and_no_others() -> None:
    assert set(CARDS) == {
        "4242424242424242",
        "4000000000000002",
        "4000000000009995",
        "4000000000000069",
        "4000000000000127",
        "4000002500003155",
        "4000002760003184",
        "4000000000000341",
        "4000000000000259",
        "4000000000005126",
    }


def test_a_card_that_works_is_paid_at_once_and_available_after_two_days(
    firm: Any, clock: Any
) -> None:
    paid = firm.pay(amount=12_345)
    assert paid.status == "succeeded"
    assert paid.amount_received == 12_345
    assert paid.latest_charge.paid is True
    entry = paid.latest_charge.balance_transaction
    assert (entry.amount, entry.fee, entry.net) == (12_345, 388, 11_957)  # 2.9 % and 30 cents
    assert entry.status == "pending"
    assert entry.available_on == paid.latest_charge.created + 48 * 3600

    clock.advance(hours=48, seconds=-1)
    assert firm.read(paid.id).latest_charge.balance_transaction.status == "pending"
    clock.advance(seconds=1)
    assert firm.read(paid.id).latest_charge.balance_transaction.status == "available"


def test_half_a_cent_of_fee_is_rounded_up(firm: Any) -> None:
    # 2.9 % of $8.50 is 24.65 cents, of $5.00 14.5 cents.
    assert firm.pay(amount=850).latest_charge.balance_transaction.fee == 55
    assert firm.pay(amount=500).latest_charge.balance_transaction.fee == 45


@pytest.mark.parametrize(
    ("test_name", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
    ],
)
def test_a_declined_card_takes_no_money_and_leaves_its_reason(
    firm: Any, test_name: str, code: str, decline_code: str
) -> None:
    intent = firm.intent()
    with pytest.raises(stripe.CardError) as raised:
        firm.confirm(intent.id, firm.token(test_name))
    assert raised.value.http_status == 402
    assert raised.value.code == code
    assert _error(raised).decline_code == decline_code
    assert _error(raised).payment_intent.status == "requires_payment_method"

    after = firm.read(intent.id)
    assert after.status == "requires_payment_method"
    assert after.last_payment_error.decline_code == decline_code
    assert after.last_payment_error.payment_method.card.last4
    assert after.latest_charge.status == "failed"
    assert after.latest_charge.balance_transaction is None
    assert firm.v1.balance_transactions.list().data == []
    assert firm.event_types() == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]


def test_a_declined_payment_can_be_paid_with_another_card(firm: Any) -> None:
    intent = firm.intent()
    with pytest.raises(stripe.CardError):
        firm.confirm(intent.id, firm.token("pm_card_visa_chargeDeclined"))
    paid = firm.confirm(intent.id, firm.token())
    assert paid.status == "succeeded"
    assert paid.last_payment_error is None


def _to_authenticate(firm: Any) -> Any:
    waiting = firm.pay("pm_card_authenticationRequiredOnSetup")
    assert waiting.status == "requires_action"
    assert waiting.next_action.type == "use_stripe_sdk"
    assert waiting.latest_charge is None
    return waiting


def test_P3_an_approved_authentication_completes_the_payment(firm: Any, payer: Any) -> None:
    waiting = _to_authenticate(firm)
    form = {"payment_intent": waiting.id, "client_secret": waiting.client_secret}
    status, shown = payer.call("POST", "/v1/3ds2/authenticate", form | {"outcome": "approve"})
    assert (status, shown["status"]) == (200, "succeeded")
    charge = firm.read(waiting.id).latest_charge
    assert charge.payment_method_details.card.three_d_secure.result == "authenticated"


def test_P3_a_refused_authentication_takes_no_money(firm: Any, payer: Any) -> None:
    waiting = _to_authenticate(firm)
    form = {"payment_intent": waiting.id, "client_secret": waiting.client_secret}
    status, shown = payer.call("POST", "/v1/3ds2/authenticate", form | {"outcome": "refuse"})
    assert (status, shown["status"]) == (200, "requires_payment_method")
    assert shown["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert firm.read(waiting.id).latest_charge is None
    # A second answer finds nothing to answer.
    assert payer.call("POST", "/v1/3ds2/authenticate", form | {"outcome": "approve"})[0] == 400


def test_a_stranger_without_the_client_secret_cannot_approve(firm: Any, payer: Any) -> None:
    waiting = _to_authenticate(firm)
    form = {"payment_intent": waiting.id, "client_secret": "guessed", "outcome": "approve"}
    assert payer.call("POST", "/v1/3ds2/authenticate", form)[0] == 400
    del form["payment_intent"]
    assert payer.call("POST", "/v1/3ds2/authenticate", form)[0] == 404
    assert firm.read(waiting.id).status == "requires_action"


def test_a_disputed_card_is_paid_first_and_then_loses_the_money(firm: Any, service: Any) -> None:
    paid = firm.pay("pm_card_createDispute")
    assert paid.status == "succeeded"
    assert paid.latest_charge.disputed is False
    service.tick()
    assert firm.read(paid.id).latest_charge.disputed is True
    (dispute,) = firm.v1.disputes.list({"payment_intent": paid.id}).data
    assert (dispute.status, dispute.amount) == ("needs_response", 10_000)
    (withdrawn,) = firm.v1.balance_transactions.list({"type": "adjustment"}).data
    assert withdrawn.net == -10_000 - 1_500
    assert "charge.dispute.created" in firm.event_types()


@pytest.mark.parametrize(
    ("evidence", "outcome", "left"),
    [("winning_evidence", "won", 10_000 - 320), ("losing_evidence", "lost", -320 - 1_500)],
)
def test_evidence_decides_a_dispute_within_a_day(
    firm: Any, service: Any, clock: Any, evidence: str, outcome: str, left: int
) -> None:
    firm.pay("pm_card_createDispute")
    service.tick()
    (dispute,) = firm.v1.disputes.list().data
    answered = firm.v1.disputes.update(
        dispute.id, {"evidence": {"uncategorized_text": evidence}, "submit": True}
    )
    assert answered.status == "under_review"
    clock.advance(days=1)
    assert firm.v1.disputes.retrieve(dispute.id).status == outcome
    clock.advance(days=2)
    assert firm.v1.balance.retrieve().available[0].amount == left
    with pytest.raises(stripe.InvalidRequestError):
        firm.v1.disputes.close(dispute.id)


def test_an_accepted_dispute_is_lost(firm: Any, service: Any) -> None:
    firm.pay("pm_card_createDispute")
    service.tick()
    (dispute,) = firm.v1.disputes.list().data
    assert firm.v1.disputes.close(dispute.id).status == "lost"
    assert firm.event_types()[-1] == "charge.dispute.closed"


def test_a_canadian_account_takes_cards_in_its_own_dollars_only(canada: Any) -> None:
    intent = canada.intent(10_000, "cad")
    assert intent.payment_method_types == ["card"]
    paid = canada.confirm(intent.id, canada.token())
    assert paid.latest_charge.balance_transaction.fee == 320
    with pytest.raises(stripe.InvalidRequestError, match="not kept in usd"):
        canada.intent(10_000, "usd")
    with pytest.raises(stripe.InvalidRequestError, match="not available"):
        canada.intent(10_000, "cad", allowed_payment_method_types=["us_bank_account"])
