"""Methods kept for a customer, as Stripe keeps them (FEATURES P5, P8)."""

from typing import Any

import pytest
import stripe

STORE = {"setup_future_usage": "off_session"}
AUTHENTICATES = "pm_card_authenticationRequiredOnSetup"


def new_customer(firm: Any, key: str = "") -> str:
    options: Any = {"idempotency_key": key} if key else {}
    return firm.v1.customers.create({"metadata": {"client_key": "c1"}}, options).id


def pay_and_store(firm: Any, test_name: str = "pm_card_visa", customer: str = "") -> Any:
    """A payment with the store box ticked."""
    intent = firm.intent(customer=customer or new_customer(firm))
    return firm.confirm(intent.id, firm.token(test_name), **STORE)


def charge_later(firm: Any, paid: Any, method: str = "", **more: Any) -> Any:
    """The firm charges what the customer of an earlier payment has stored."""
    return firm.intent(
        customer=paid.customer,
        payment_method=method or paid.payment_method.id,
        off_session=True,
        confirm=True,
        **more,
    )


def kept_by(firm: Any, customer: str) -> list[str]:
    return [one.id for one in firm.v1.payment_methods.list({"customer": customer}).data]


def test_a_customer_is_made_once_for_a_key_and_belongs_to_one_account(
    firm: Any, trust: Any
) -> None:
    made = new_customer(firm, "cus:c1")
    assert new_customer(firm, "cus:c1") == made
    assert new_customer(trust, "cus:c1") != made
    found = firm.v1.customers.retrieve(made)
    assert found.metadata["client_key"] == "c1"
    assert found.name is found.email is None
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        trust.v1.customers.retrieve(made)
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        trust.intent(customer=made)


def test_P5_a_paid_card_is_kept_for_its_customer(firm: Any) -> None:
    paid = pay_and_store(firm)
    assert paid.status == "succeeded"
    assert paid.payment_method.customer == paid.customer == paid.latest_charge.customer
    assert kept_by(firm, paid.customer) == [paid.payment_method.id]
    assert firm.event_types()[:3] == [
        "customer.created",
        "payment_intent.created",
        "payment_method.attached",
    ]


def test_P5_a_card_that_was_refused_is_not_kept(firm: Any) -> None:
    customer = new_customer(firm)
    with pytest.raises(stripe.CardError):
        pay_and_store(firm, "pm_card_visa_chargeDeclined", customer)
    assert kept_by(firm, customer) == []


def test_P5_a_card_that_asks_is_kept_once_its_owner_has_answered(firm: Any, payer: Any) -> None:
    waiting = pay_and_store(firm, AUTHENTICATES)
    assert kept_by(firm, waiting.customer) == []
    form = {"payment_intent": waiting.id, "client_secret": waiting.client_secret}
    payer.call("POST", "/v1/3ds2/authenticate", form | {"outcome": "approve"})
    paid = firm.read(waiting.id)
    assert kept_by(firm, paid.customer) == [paid.payment_method.id]
    assert charge_later(firm, paid).status == "succeeded"


def test_P5_a_kept_bank_account_has_a_mandate_for_more_than_one_withdrawal(firm: Any) -> None:
    paid = pay_and_store(firm, "pm_usBankAccount_success")
    assert paid.status == "processing"
    assert kept_by(firm, paid.customer) == [paid.payment_method.id]
    mandate = paid.latest_charge.payment_method_details.us_bank_account.mandate
    assert firm.v1.mandates.retrieve(mandate).type == "multi_use"
    later = charge_later(firm, paid, expand=["latest_charge"])
    assert later.status == "processing"
    assert later.latest_charge.payment_method_details.us_bank_account.mandate == mandate


def test_P5_a_bank_account_that_is_not_kept_is_withdrawn_from_once(firm: Any) -> None:
    paid = firm.pay("pm_usBankAccount_success")
    mandate = paid.latest_charge.payment_method_details.us_bank_account.mandate
    assert firm.v1.mandates.retrieve(mandate).type == "single_use"
    assert paid.payment_method.customer is None


def test_P5_typed_bank_numbers_are_kept_once_the_test_deposits_are_confirmed(
    firm: Any, payer: Any
) -> None:
    intent = firm.intent(customer=new_customer(firm))
    waiting = firm.confirm(intent.id, payer.typed_bank_token(), **STORE)
    assert waiting.status == "requires_action"
    assert kept_by(firm, waiting.customer) == []
    firm.v1.payment_intents.verify_microdeposits(waiting.id, {"amounts": [32, 45]})
    assert len(kept_by(firm, waiting.customer)) == 1


def test_L2_nothing_is_kept_for_nobody(firm: Any) -> None:
    intent = firm.intent()
    with pytest.raises(stripe.InvalidRequestError, match="no customer"):
        firm.confirm(intent.id, firm.token(), **STORE)
    assert firm.read(intent.id).status == "requires_payment_method"


def test_P5_a_payment_of_a_customer_keeps_nothing_unless_asked(firm: Any) -> None:
    intent = firm.intent(customer=new_customer(firm))
    paid = firm.confirm(intent.id, firm.token())
    assert paid.payment_method.customer is None
    assert kept_by(firm, paid.customer) == []


def test_P8_the_card_that_can_be_stored_declines_ever_after(firm: Any) -> None:
    paid = pay_and_store(firm, "pm_card_chargeCustomerFail")
    assert paid.status == "succeeded"
    with pytest.raises(stripe.CardError) as raised:
        charge_later(firm, paid)
    assert raised.value.code == "card_declined"


def test_P8_a_detached_method_can_never_be_used_again(firm: Any) -> None:
    paid = pay_and_store(firm)
    method = paid.payment_method.id
    gone = firm.v1.payment_methods.detach(method)
    assert gone.customer is None
    assert kept_by(firm, paid.customer) == []
    assert firm.event_types()[-1] == "payment_method.detached"
    for _again in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="not attached"):
            charge_later(firm, paid)
    with pytest.raises(stripe.InvalidRequestError, match="detachment is impossible"):
        firm.v1.payment_methods.detach(method)


def test_P8_a_withdrawal_under_way_goes_on_when_its_method_is_detached(
    firm: Any, clock: Any
) -> None:
    paid = pay_and_store(firm, "pm_usBankAccount_success")
    firm.v1.payment_methods.detach(paid.payment_method.id)
    clock.advance(days=4)
    assert firm.read(paid.id).status == "succeeded"


def test_P8_a_method_of_another_customer_or_account_is_refused(firm: Any, trust: Any) -> None:
    paid, other = pay_and_store(firm), pay_and_store(firm)
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        charge_later(firm, paid, other.payment_method.id)
    with pytest.raises(stripe.InvalidRequestError, match="No such paymentmethod"):
        trust.v1.payment_methods.detach(paid.payment_method.id)


def test_P8_a_page_with_the_publishable_key_can_neither_list_nor_detach(
    firm: Any, payer: Any
) -> None:
    paid = pay_and_store(firm)
    for method, path in (
        ("GET", "/v1/payment_methods"),
        ("GET", f"/v1/customers/{paid.customer}"),
        ("POST", f"/v1/payment_methods/{paid.payment_method.id}/detach"),
    ):
        assert payer.call(method, path)[0] == 403
