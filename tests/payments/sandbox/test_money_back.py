"""Refunds through the real gateway: what it asks and reads is what happens."""

from collections.abc import Callable
from typing import Any

import pytest

from payments.gateway.errors import InvalidRequest, NotFound
from payments.gateway.results import RefundStatus
from payments.gateway.stripe_gateway import StripeGateway
from payments.sandbox.service import SandboxService
from payments.sandbox.transport import Fault
from tests.payments.sandbox.processor import (
    IN_TRUST,
    OPERATING,
    TRUST,
    back,
    balance,
    gateway_over,
    the_dispute,
)


def test_M6_a_refund_asked_for_twice_under_one_name_is_made_once(
    gateway: StripeGateway, firm: Any
) -> None:
    paid = firm.pay()
    first = back(gateway, "r1", paid, 4_000)
    assert back(gateway, "r1", paid, 4_000) == first
    found = gateway.get_payment(OPERATING, paid.id)
    assert [(one.ours, one.amount_cents, one.status) for one in found.refunds] == [
        ("r1", 4_000, RefundStatus.SUCCEEDED)
    ]
    assert found.refunded_cents == 4_000


def test_M6_a_refund_whose_answer_was_lost_is_found_by_our_name(
    service: SandboxService, firm: Any
) -> None:
    paid = firm.pay()
    lost = iter([Fault("timeout_after")])
    gateway = gateway_over(
        service, lambda _, path: next(lost, None) if path == "/v1/refunds" else None
    )
    assert back(gateway, "r1", paid, 4_000).amount_cents == 4_000
    (made,) = gateway.get_payment(OPERATING, paid.id).refunds
    assert made.ours == "r1"


def test_M6_more_than_is_left_is_refused_and_gives_nothing_back(
    gateway: StripeGateway, firm: Any
) -> None:
    paid = firm.pay()
    back(gateway, "r1", paid, 6_000)
    with pytest.raises(InvalidRequest):
        back(gateway, "r2", paid, 4_001)
    assert len(gateway.get_payment(OPERATING, paid.id).refunds) == 1


def test_M6_eleven_refunds_are_all_read_oldest_first(gateway: StripeGateway, firm: Any) -> None:
    paid = firm.pay()
    for number in range(11):
        back(gateway, f"r{number}", paid, 100)
    found = gateway.get_payment(OPERATING, paid.id)
    assert [one.ours for one in found.refunds] == [f"r{number}" for number in range(11)]


def test_M6_a_refund_of_trust_money_is_the_trust_accounts(
    gateway: StripeGateway, trust: Any
) -> None:
    paid = trust.pay()
    with pytest.raises(NotFound):
        back(gateway, "r1", paid, 4_000)
    assert back(gateway, "r1", paid, 4_000, IN_TRUST).status is RefundStatus.SUCCEEDED
    assert balance(trust) == 6_000


def test_M6_a_refund_on_its_way_fails_when_the_payment_comes_back(
    gateway: StripeGateway, trust: Any, clock: Any, complain: Callable[..., bool]
) -> None:
    paid = trust.pay("pm_usBankAccount_success")
    clock.advance(days=5)
    assert back(gateway, "r1", paid, 4_000, IN_TRUST).status is RefundStatus.PENDING
    assert complain(paid, account=TRUST)
    found = gateway.get_payment(IN_TRUST, paid.id)
    (failed,) = found.refunds
    reason = "charge_for_pending_refund_disputed"
    assert (failed.status, failed.failure) == (RefundStatus.FAILED, reason)
    assert the_dispute(found).out_cents == 10_000
    clock.advance(days=5)
    assert gateway.get_payment(IN_TRUST, paid.id).refunds == (failed,)
    assert balance(trust) == 0
