"""What Stripe says, in the house's words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from payments.gateway.contract.responses import check_response
from payments.gateway.errors import Unavailable
from payments.gateway.mapping import STATUSES, event_from, payment_from
from payments.gateway.results import Failure, GatewayPayment, IntentStatus, MethodKind
from tests.payments.gateway.stripe_objects import (
    BANK,
    CREATED,
    account,
    balance_transaction,
    card_error,
    charge,
    dispute,
    event,
    intent,
    payment_method,
    refund,
)


def mapped(status: str, **changes: Any) -> GatewayPayment:
    found = intent(status, **changes)
    check_response(found)
    return payment_from(found)


def test_a_new_intent_has_neither_method_nor_money() -> None:
    payment = mapped("requires_payment_method")
    assert payment.intent_id == "pi_1"
    assert payment.status is IntentStatus.NEEDS_METHOD
    assert (payment.amount_cents, payment.currency) == (12_500, "USD")
    assert payment.created_at == datetime.fromtimestamp(CREATED, UTC)
    assert payment.metadata == {"payment_id": "pay-7"}
    assert payment.client_secret == "pi_1_secret_2"
    assert payment.method is payment.charge_id is payment.balance_entry is payment.failure is None
    assert not payment.disputed


def test_a_paid_card_shows_its_card_charge_and_fee() -> None:
    payment = mapped("succeeded", latest_charge=charge(), payment_method=payment_method())
    assert payment.charge_id == "ch_1"
    assert payment.method is not None
    assert (payment.method.kind, payment.method.brand, payment.method.last4) == (
        MethodKind.CARD,
        "visa",
        "4242",
    )
    assert (payment.method.holder_name, payment.method.postal_code) == ("Cleo Client", "62701")
    entry = payment.balance_entry
    assert entry is not None
    assert (entry.amount_cents, entry.fee_cents, entry.currency) == (12_500, 393, "USD")
    assert not entry.available
    assert entry.available_at == datetime.fromtimestamp(CREATED + 172_800, UTC)


def test_money_is_available_once_the_balance_transaction_says_so() -> None:
    paid = charge(balance_transaction=balance_transaction(status="available"))
    entry = mapped("succeeded", latest_charge=paid).balance_entry
    assert entry is not None
    assert entry.available


@pytest.mark.parametrize("not_yet", [None, "txn_1"])
def test_a_balance_transaction_that_is_missing_or_not_expanded_is_no_entry(not_yet: Any) -> None:
    payment = mapped("succeeded", latest_charge=charge(balance_transaction=not_yet))
    assert payment.balance_entry is None
    assert payment.failure is None


def test_the_client_secret_stays_out_of_logs() -> None:
    payment = mapped("requires_action")
    assert payment.client_secret
    assert payment.client_secret not in repr(payment)


def test_a_charge_that_is_not_expanded_still_gives_its_id() -> None:
    assert mapped("processing", latest_charge="ch_9").charge_id == "ch_9"


def test_a_bank_payment_under_way_shows_bank_and_last_digits() -> None:
    payment = mapped("processing", payment_method=payment_method("us_bank_account"))
    assert payment.status is IntentStatus.PROCESSING
    assert payment.method is not None
    assert (payment.method.kind, payment.method.bank_name, payment.method.last4) == (
        MethodKind.BANK,
        "STRIPE TEST BANK",
        "6789",
    )
    assert payment.method.brand == ""


def test_a_decline_tells_the_banks_reason_and_still_shows_the_card() -> None:
    error = card_error(decline_code="insufficient_funds", network_decline_code="51")
    failed = charge(status="failed", failure_code="card_declined", balance_transaction=None)
    payment = mapped("requires_payment_method", last_payment_error=error, latest_charge=failed)
    assert payment.failure == Failure("insufficient_funds", "")
    assert payment.method is not None
    assert payment.method.last4 == "4242"


def test_a_returned_bank_payment_tells_the_charges_code_and_the_r_code() -> None:
    """An ACH return: from `processing` back to `requires_payment_method`."""
    blocked = {"blocked": {"network_code": "R02", "reason": "bank_account_closed"}}
    method = payment_method("us_bank_account", us_bank_account=BANK | {"status_details": blocked})
    payment = mapped(
        "requires_payment_method",
        last_payment_error=card_error(
            "payment_intent_payment_attempt_failed",
            type="invalid_request_error",
            payment_method=method,
        ),
        latest_charge=charge("us_bank_account", status="failed", failure_code="account_closed"),
    )
    assert payment.failure == Failure("account_closed", "R02")
    assert payment.method is not None
    assert payment.method.kind is MethodKind.BANK


def test_a_return_is_known_from_the_charge_alone() -> None:
    failed = charge("us_bank_account", status="failed", failure_code="insufficient_funds")
    payment = mapped("requires_payment_method", latest_charge=failed)
    assert payment.failure == Failure("insufficient_funds")
    assert payment.method is not None
    assert payment.method.bank_name == "STRIPE TEST BANK"


def test_a_failed_authentication_is_not_blamed_on_an_earlier_charge() -> None:
    error = card_error("payment_intent_authentication_failure", type="invalid_request_error")
    failed = charge(status="failed", failure_code="card_declined")
    payment = mapped("requires_payment_method", last_payment_error=error, latest_charge=failed)
    assert payment.failure == Failure("payment_intent_authentication_failure")


def test_a_payment_that_went_through_has_no_failure_whatever_came_before() -> None:
    assert mapped("succeeded", last_payment_error=card_error()).failure is None
    assert mapped("processing", last_payment_error=card_error()).failure is None


def test_authentication_is_an_action_on_the_page() -> None:
    payment = mapped("requires_action", next_action={"type": "use_stripe_sdk"})
    assert (payment.action, payment.verify_url) == ("authenticate", "")


def test_test_deposits_are_verified_on_stripes_page() -> None:
    step = {
        "type": "verify_with_microdeposits",
        "verify_with_microdeposits": {
            "arrival_date": CREATED,
            "hosted_verification_url": "https://payments.stripe.com/microdeposit/x",
            "microdeposit_type": "descriptor_code",
        },
    }
    payment = mapped("requires_action", next_action=step)
    assert payment.action == "verify_deposits"
    assert payment.verify_url == "https://payments.stripe.com/microdeposit/x"


def test_an_action_is_only_told_while_it_is_needed() -> None:
    assert mapped("processing", next_action={"type": "use_stripe_sdk"}).action == ""


def test_refunds_and_disputes_are_overlays() -> None:
    payment = mapped("succeeded", latest_charge=charge(amount_refunded=2_500, disputed=True))
    assert payment.status is IntentStatus.SUCCEEDED
    assert (payment.refunded_cents, payment.disputed) == (2_500, True)


def test_every_status_of_the_house_comes_from_one_of_stripes() -> None:
    assert set(STATUSES.values()) == set(IntentStatus)


def test_an_unknown_status_never_reads_as_unpaid() -> None:
    with pytest.raises(Unavailable) as caught:
        payment_from(intent("requires_capture"))
    assert caught.value.outcome_unknown


@pytest.mark.parametrize(
    "kind, subject, intent_id",
    [
        ("payment_intent.succeeded", intent("succeeded"), "pi_1"),
        ("charge.updated", charge(), "pi_1"),
        ("charge.refunded", charge(payment_intent=intent("succeeded", id="pi_2")), "pi_2"),
        ("charge.dispute.created", dispute(), "pi_1"),
        ("refund.failed", refund(status="failed"), "pi_1"),
        ("refund.created", refund(payment_intent=None), None),
        ("account.updated", account(), None),
        ("payment_method.detached", payment_method(), None),
    ],
)
def test_an_event_names_the_payment_it_is_about(
    kind: str, subject: dict[str, Any], intent_id: str | None
) -> None:
    found = event(kind, subject, account="acct_trust")
    check_response(found)
    hint = event_from(found)
    assert (hint.type, hint.object_id, hint.intent_id) == (kind, subject["id"], intent_id)
    assert (hint.event_id, hint.account_id, hint.livemode) == ("evt_1", "acct_trust", False)


def test_an_event_of_the_own_account_names_no_account() -> None:
    assert event_from(event("charge.updated", charge())).account_id is None
