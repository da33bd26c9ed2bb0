"""Methods kept without a payment, as Stripe's setup intents keep them (FEATURES P8)."""

from typing import Any

import pytest
import stripe

from payments.sandbox.deposits import deposit_question, verify_microdeposits
from payments.sandbox.service import SandboxService
from tests.payments.sandbox.conftest import CONSENT
from tests.payments.sandbox.test_customers import AUTHENTICATES, kept_by, new_customer

TYPES = ["card", "us_bank_account"]


def new_setup(firm: Any, key: str = "", **more: Any) -> Any:
    params: Any = {
        "customer": new_customer(firm),
        "usage": "off_session",
        "allowed_payment_method_types": TYPES,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "payment_method_options": {"us_bank_account": {"verification_method": "automatic"}},
        "metadata": {"method_request": "r1"},
    }
    options: Any = {"idempotency_key": key} if key else {}
    return firm.v1.setup_intents.create(params | more, options)


def confirm(firm: Any, setup: Any, token: str, **more: Any) -> Any:
    params: Any = {
        "confirmation_token": token,
        "return_url": "https://firm.test/",
        "use_stripe_sdk": True,
        "expand": ["payment_method"],
    }
    return firm.v1.setup_intents.confirm(setup.id, params | more)


def set_up(firm: Any, test_name: str = "pm_card_visa", **more: Any) -> Any:
    return confirm(firm, new_setup(firm), firm.token(test_name), **more)


def charge(firm: Any, setup: Any) -> Any:
    return firm.intent(
        customer=setup.customer,
        payment_method=setup.payment_method.id,
        off_session=True,
        confirm=True,
    )


def test_P8_a_card_is_kept_without_taking_money_and_can_be_charged_later(firm: Any) -> None:
    setup = set_up(firm)
    assert setup.status == "succeeded"
    assert kept_by(firm, setup.customer) == [setup.payment_method.id]
    assert firm.v1.charges.list().data == []
    assert firm.event_types() == [
        "customer.created",
        "setup_intent.created",
        "payment_method.attached",
        "setup_intent.succeeded",
    ]
    assert charge(firm, setup).status == "succeeded"


@pytest.mark.parametrize(
    ("test_name", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
    ],
)
def test_P8_a_card_that_its_bank_refuses_is_not_kept(
    firm: Any, test_name: str, decline_code: str
) -> None:
    setup = new_setup(firm)
    with pytest.raises(stripe.CardError) as refused:
        confirm(firm, setup, firm.token(test_name))
    assert refused.value.error is not None
    assert refused.value.error.decline_code == decline_code
    now = firm.v1.setup_intents.retrieve(setup.id)
    assert now.status == "requires_payment_method"
    assert now.last_setup_error.decline_code == decline_code
    assert kept_by(firm, setup.customer) == []
    assert firm.event_types()[-1] == "setup_intent.setup_failed"


def test_P8_a_card_can_be_stored_and_be_declined_when_it_is_charged(firm: Any) -> None:
    setup = set_up(firm, "pm_card_chargeCustomerFail")
    assert setup.status == "succeeded"
    with pytest.raises(stripe.CardError):
        charge(firm, setup)


@pytest.mark.parametrize(("outcome", "status"), [("approve", "succeeded"), ("refuse", "failed")])
def test_P8_a_card_that_asks_is_kept_once_its_owner_has_approved(
    firm: Any, payer: Any, outcome: str, status: str
) -> None:
    setup = set_up(firm, AUTHENTICATES)
    assert setup.status == "requires_action"
    assert kept_by(firm, setup.customer) == []
    form = {"setup_intent": setup.id, "client_secret": setup.client_secret}
    answered, shown = payer.call("POST", "/v1/3ds2/authenticate", form | {"outcome": outcome})
    assert answered == 200
    assert "metadata" not in shown
    assert "customer" not in shown
    if status == "succeeded":
        assert shown["status"] == "succeeded"
        assert charge(firm, setup).status == "succeeded"
    else:
        assert shown["last_setup_error"]["code"] == "setup_intent_authentication_failure"
        assert kept_by(firm, setup.customer) == []


def test_the_page_touches_a_setup_only_with_its_client_secret(firm: Any, payer: Any) -> None:
    setup = new_setup(firm)
    path = f"/v1/setup_intents/{setup.id}"
    assert payer.call("GET", path, {"client_secret": f"{setup.id}_secret_x"})[0] == 400
    answered, shown = payer.call("GET", path, {"client_secret": setup.client_secret})
    assert (answered, shown["status"]) == (200, "requires_payment_method")


def test_P8_a_bank_account_by_sign_in_is_kept_at_once_with_a_mandate_for_later(firm: Any) -> None:
    setup = set_up(firm, "pm_usBankAccount_success", mandate_data=CONSENT)
    assert setup.status == "succeeded"
    mandate = firm.v1.mandates.retrieve(setup.mandate)
    assert (mandate.type, mandate.status) == ("multi_use", "active")
    assert charge(firm, setup).status == "processing"


def test_P8_a_bank_account_without_a_mandate_is_not_kept(firm: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="mandate_data"):
        set_up(firm, "pm_usBankAccount_success")


def test_P8_a_typed_bank_account_waits_for_its_test_deposits(
    firm: Any, payer: Any, service: SandboxService
) -> None:
    setup = confirm(firm, new_setup(firm), payer.typed_bank_token(), mandate_data=CONSENT)
    assert (setup.status, setup.next_action.type) == (
        "requires_action",
        "verify_with_microdeposits",
    )
    assert kept_by(firm, setup.customer) == []
    question = deposit_question(service, setup.id)
    assert question is not None
    assert question.open
    assert not question.pays
    assert verify_microdeposits(service, setup.id, amounts=(1, 2)) is not None
    assert verify_microdeposits(service, setup.id, amounts=(32, 45)) is None
    assert firm.v1.setup_intents.retrieve(setup.id).status == "succeeded"
    assert kept_by(firm, setup.customer) == [setup.payment_method.id]


def test_P8_ten_wrong_answers_or_ten_days_end_a_setup_by_deposits(
    firm: Any, payer: Any, service: SandboxService, clock: Any
) -> None:
    given_up, forgotten = (
        confirm(firm, new_setup(firm), payer.typed_bank_token(), mandate_data=CONSENT)
        for _ in range(2)
    )
    for _ in range(10):
        assert verify_microdeposits(service, given_up.id, code="SM11XX") is not None
    error = firm.v1.setup_intents.retrieve(given_up.id).last_setup_error
    assert error.code == "payment_method_microdeposit_verification_attempts_exceeded"
    clock.advance(days=11)
    now = firm.v1.setup_intents.retrieve(forgotten.id)
    assert now.status == "requires_payment_method"
    assert now.last_setup_error.code == "payment_method_microdeposit_verification_timeout"


def test_a_setup_is_confirmed_once_and_canceled_only_before(firm: Any) -> None:
    kept = set_up(firm)
    with pytest.raises(stripe.InvalidRequestError) as again:
        confirm(firm, kept, firm.token())
    assert again.value.code == "setup_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError):
        firm.v1.setup_intents.cancel(kept.id)
    unused = new_setup(firm)
    assert firm.v1.setup_intents.cancel(unused.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        confirm(firm, unused, firm.token())


def test_the_same_key_makes_one_setup_and_old_parameters_are_refused(
    firm: Any, unchecked: Any
) -> None:
    customer = new_customer(firm)
    first, second = (new_setup(firm, "seti:1", customer=customer) for _ in range(2))
    assert first.id == second.id
    with pytest.raises(stripe.InvalidRequestError) as old:
        new_setup(unchecked, payment_method_types=["card"])
    assert old.value.code == "payment_method_types_no_longer_supported"


def test_P2_a_canadian_account_keeps_cards_only(canada: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="us_bank_account"):
        new_setup(canada)
    assert set_up_card(canada).status == "succeeded"


def set_up_card(firm: Any) -> Any:
    setup = new_setup(firm, allowed_payment_method_types=["card"], payment_method_options={})
    return confirm(firm, setup, firm.token())
