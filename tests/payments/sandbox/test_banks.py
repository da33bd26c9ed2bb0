"""Each test bank account ends as Stripe says (FEATURES P4, P7; ACH Direct Debit testing)."""

from typing import Any

import pytest
import stripe

from payments.sandbox.deposits import deposit_question, verify_microdeposits
from payments.sandbox.numbers import BANK_ACCOUNTS

OK = "pm_usBankAccount_success"


def test_the_accounts_are_stripes_and_no_others() -> None:
    assert set(BANK_ACCOUNTS) == {
        "000123456789",
        "000111111113",
        "000111111116",
        "000222222227",
        "000333333335",
        "000555555559",
        "000000000009",
        "000777777771",
    }


def test_a_good_account_pays_after_three_days_and_is_available_after_four(
    firm: Any, clock: Any
) -> None:
    intent = firm.pay(OK)
    assert intent.status == "processing"
    assert intent.latest_charge.status == "pending"
    assert intent.latest_charge.balance_transaction is None
    assert firm.event_types()[-2:] == ["charge.pending", "payment_intent.processing"]

    clock.advance(days=3, seconds=-1)
    assert firm.read(intent.id).status == "processing"
    clock.advance(seconds=1)
    paid = firm.read(intent.id)
    assert paid.status == "succeeded"
    entry = paid.latest_charge.balance_transaction
    assert (entry.fee, entry.status, entry.type) == (80, "pending", "payment")
    assert "payment_intent.succeeded" in firm.event_types()
    clock.advance(days=1)
    assert firm.read(intent.id).latest_charge.balance_transaction.status == "available"


def test_the_fee_of_a_bank_payment_stops_at_five_dollars(firm: Any, clock: Any) -> None:
    intent = firm.pay(OK, 5_000_000)
    clock.advance(days=3)
    assert firm.read(intent.id).latest_charge.balance_transaction.fee == 500


@pytest.mark.parametrize(
    ("test_name", "code", "network_code", "blocked"),
    [
        ("accountClosed", "account_closed", "R02", True),
        ("noAccount", "no_account", "R03", True),
        ("insufficientFunds", "insufficient_funds", "R01", False),
        ("debitNotAuthorized", "debit_not_authorized", "R10", True),
        ("weeklyLimitExceeded", "charge_exceeds_source_limit", None, False),
    ],
)
def test_P7_a_returned_withdrawal_fails_after_two_days_with_its_code(
    firm: Any, clock: Any, test_name: str, code: str, network_code: str | None, blocked: bool
) -> None:
    intent = firm.pay(f"pm_usBankAccount_{test_name}")
    assert intent.status == "processing"
    clock.advance(days=2)
    failed = firm.read(intent.id)
    assert failed.status == "requires_payment_method"
    assert failed.latest_charge.status == "failed"
    assert failed.latest_charge.failure_code == code
    assert failed.last_payment_error.code == code
    assert failed.last_payment_error.to_dict().get("network_decline_code") == network_code
    details = failed.last_payment_error.payment_method.us_bank_account.status_details.to_dict()
    assert bool(details.get("blocked")) is blocked
    assert firm.v1.balance_transactions.list().data == []
    assert firm.event_types()[-2:] == ["charge.failed", "payment_intent.payment_failed"]


def test_one_account_stays_processing_for_ever(firm: Any, service: Any, clock: Any) -> None:
    intent = firm.pay("pm_usBankAccount_processing")
    clock.advance(days=90)
    assert firm.read(intent.id).status == "processing"
    assert service.next_due() is None


def test_a_disputed_withdrawal_is_lost_for_good(firm: Any, clock: Any) -> None:
    intent = firm.pay("pm_usBankAccount_dispute")
    clock.advance(days=3)
    assert firm.read(intent.id).latest_charge.disputed is True
    (dispute,) = firm.v1.disputes.list({"payment_intent": intent.id}).data
    assert dispute.status == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        firm.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "x"}})


def test_a_dispute_can_be_made_to_come_after_the_money_is_available(
    firm: Any, webhooks: Any, clock: Any
) -> None:
    webhooks.set_switches(dispute_delay_seconds=3 * 86_400)
    intent = firm.pay("pm_usBankAccount_dispute")
    clock.advance(days=5)
    assert firm.read(intent.id).latest_charge.disputed is False
    assert firm.read(intent.id).latest_charge.balance_transaction.status == "available"
    clock.advance(days=3)
    assert firm.read(intent.id).latest_charge.disputed is True


def test_a_withdrawal_needs_the_payers_approval(firm: Any) -> None:
    intent, token = firm.intent(), firm.token(OK)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        firm.confirm(intent.id, token, mandate_data={})
    assert raised.value.code == "payment_intent_mandate_invalid"
    # Nothing was begun: the token is still good.
    paid = firm.confirm(intent.id, token)
    mandate_id = paid.latest_charge.payment_method_details.us_bank_account.mandate
    mandate = firm.v1.mandates.retrieve(mandate_id)
    assert mandate.customer_acceptance.online.ip_address == "192.0.2.7"


def test_a_withdrawal_under_way_cannot_be_canceled(firm: Any) -> None:
    intent = firm.pay(OK)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        firm.v1.payment_intents.cancel(intent.id)
    assert raised.value.code == "payment_intent_unexpected_state"
    assert firm.read(intent.id).status == "processing"


def _typed_in(firm: Any, payer: Any) -> Any:
    token = payer.typed_bank_token()
    preview = firm.v1.confirmation_tokens.retrieve(token).payment_method_preview
    assert preview.us_bank_account.financial_connections_account is None
    return firm.confirm(firm.intent().id, token)


def test_P4_a_typed_in_account_needs_its_test_deposits_confirmed(
    firm: Any, payer: Any, service: Any, clock: Any
) -> None:
    waiting = _typed_in(firm, payer)
    assert waiting.status == "requires_action"
    step = waiting.next_action.verify_with_microdeposits
    assert step.hosted_verification_url == (
        f"http://localhost:8000/sandbox/verify-deposits/{waiting.id}"
    )
    assert step.arrival_date > waiting.created
    question = deposit_question(service, waiting.id)
    assert question is not None
    assert (question.open, question.last4, question.pays) == (True, "6789", True)

    assert "does not match" in (verify_microdeposits(service, waiting.id, amounts=(1, 2)) or "")
    assert verify_microdeposits(service, waiting.id, amounts=(45, 32)) is None
    assert firm.read(waiting.id).status == "processing"
    question = deposit_question(service, waiting.id)
    assert question is not None
    assert question.open is False
    clock.advance(days=3)
    assert firm.read(waiting.id).status == "succeeded"


def test_P4_the_code_confirms_the_deposits_too(firm: Any, payer: Any) -> None:
    waiting = _typed_in(firm, payer)
    done = firm.v1.payment_intents.verify_microdeposits(waiting.id, {"descriptor_code": "SM11AA"})
    assert done.status == "processing"


def test_P4_ten_wrong_answers_give_the_account_up(firm: Any, payer: Any) -> None:
    waiting = _typed_in(firm, payer)
    verify = firm.v1.payment_intents.verify_microdeposits
    for _ in range(9):
        with pytest.raises(stripe.InvalidRequestError) as raised:
            verify(waiting.id, {"amounts": [1, 2]})
        assert raised.value.code == "payment_method_microdeposit_verification_amounts_mismatch"
    with pytest.raises(stripe.InvalidRequestError) as raised:
        verify(waiting.id, {"amounts": [1, 2]})
    assert raised.value.code == "payment_method_microdeposit_verification_attempts_exceeded"
    assert firm.read(waiting.id).status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError):
        verify(waiting.id, {"amounts": [32, 45]})


def test_P4_deposits_that_nobody_confirms_lapse_after_ten_days(
    firm: Any, payer: Any, clock: Any
) -> None:
    waiting = _typed_in(firm, payer)
    clock.advance(days=10)
    lapsed = firm.read(waiting.id)
    assert lapsed.status == "requires_payment_method"
    assert lapsed.last_payment_error.code == "payment_method_microdeposit_verification_timeout"


def test_P4_instant_verification_takes_no_typed_in_account(firm: Any, payer: Any) -> None:
    options = {"us_bank_account": {"verification_method": "instant"}}
    intent = firm.intent(payment_method_options=options)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        firm.confirm(intent.id, payer.typed_bank_token())
    assert raised.value.code == "bank_account_unverified"
    assert firm.confirm(intent.id, firm.token(OK)).status == "processing"


def test_a_linked_account_shows_its_bank_and_last_four_digits(firm: Any, payer: Any) -> None:
    numbers = payer.call("GET", "/v1/sandbox/test_numbers")[1]
    bank = numbers["banks"][0]
    linked = bank["accounts"][0]
    token = payer.bank_token(financial_connections_account=linked["id"])[1]
    shown = firm.v1.confirmation_tokens.retrieve(token["id"]).payment_method_preview
    assert shown.us_bank_account.bank_name == bank["name"]
    assert shown.us_bank_account.last4 == linked["last4"]
    assert shown.billing_details.name == "Cleo Client"
