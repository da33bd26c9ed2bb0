"""Disputes, inquiries and returns, through the real gateway."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from payments.gateway.errors import InvalidRequest
from payments.gateway.results import DisputeStatus, IntentStatus
from payments.gateway.stripe_gateway import StripeGateway
from payments.sandbox.disputes import CARD_COMPLAINTS
from tests.payments.sandbox.processor import (
    IN_TRUST,
    OPERATING,
    TRUST,
    back,
    balance,
    the_dispute,
)

INQUIRY = CARD_COMPLAINTS[-1]
PDF = b"%PDF-1.7\nA receipt.\n"


def test_M7_a_dispute_takes_what_is_left_after_a_refund(
    gateway: StripeGateway, firm: Any, complain: Callable[..., bool]
) -> None:
    paid = firm.pay()
    back(gateway, "r1", paid, 4_000)
    assert complain(paid)
    found = gateway.get_payment(OPERATING, paid.id)
    dispute = the_dispute(found)
    assert found.disputed
    assert (dispute.status, dispute.reason, dispute.network_code) == (
        DisputeStatus.OPEN,
        "fraudulent",
        "10.4",
    )
    assert (dispute.amount_cents, dispute.out_cents, dispute.fee_cents) == (6_000, 6_000, 1_500)
    assert dispute.due_at == datetime(2026, 11, 11, 12, tzinfo=UTC)
    assert balance(firm) == -320 - 1_500


def test_M7_a_payment_is_disputed_once_and_not_when_all_of_it_was_given_back(
    gateway: StripeGateway, firm: Any, complain: Callable[..., bool]
) -> None:
    paid, other = firm.pay(), firm.pay()
    assert complain(paid)
    assert not complain(paid)
    back(gateway, "r1", other, 10_000)
    assert not complain(other)
    assert gateway.get_payment(OPERATING, other.id).disputes == ()


def test_M7_a_return_of_an_echeck_is_lost_at_once_and_tells_the_banks_code(
    gateway: StripeGateway, trust: Any, clock: Any, webhooks: Any
) -> None:
    webhooks.set_switches(dispute_delay_seconds=10 * 86_400)
    paid = trust.pay("pm_usBankAccount_dispute")
    clock.advance(days=3)
    assert gateway.get_payment(IN_TRUST, paid.id).status is IntentStatus.SUCCEEDED
    clock.advance(days=5)
    back(gateway, "r1", paid, 2_500, IN_TRUST)
    clock.advance(days=5)
    dispute = the_dispute(gateway.get_payment(IN_TRUST, paid.id))
    assert (dispute.status, dispute.out_cents) == (DisputeStatus.LOST, 7_500)
    assert (dispute.reason, dispute.network_code) == ("debit_not_authorized", "R10")
    assert (dispute.due_at, dispute.fee_cents) == (None, 0)
    assert balance(trust) == 0


def test_M7_evidence_with_a_file_wins_the_money_and_the_fee_back(
    gateway: StripeGateway, firm: Any, clock: Any, complain: Callable[..., bool]
) -> None:
    paid = firm.pay()
    complain(paid)
    dispute_id = the_dispute(gateway.get_payment(OPERATING, paid.id)).dispute_id
    receipt = gateway.upload_evidence(
        OPERATING, name="receipt", media_type="application/pdf", content=PDF
    )
    given = {"receipt": receipt, "uncategorized_text": "Zahlung bestätigt.\n" * 900}
    answered = gateway.answer_dispute(OPERATING, dispute_id, given, once="d1")
    assert answered.status is DisputeStatus.REVIEW
    assert gateway.answer_dispute(OPERATING, dispute_id, given, once="d1") == answered
    with pytest.raises(InvalidRequest):
        gateway.answer_dispute(OPERATING, dispute_id, given, once="d2")
    with pytest.raises(InvalidRequest):
        gateway.accept_dispute(OPERATING, dispute_id)
    clock.advance(days=1)
    won = the_dispute(gateway.get_payment(OPERATING, paid.id))
    assert (won.status, won.out_cents, won.fee_cents) == (DisputeStatus.WON, 0, 0)
    assert gateway.accept_dispute(OPERATING, dispute_id).status is DisputeStatus.WON
    assert balance(firm) == 10_000 - 320


def test_M7_what_was_won_can_be_given_back(
    gateway: StripeGateway, firm: Any, clock: Any, complain: Callable[..., bool]
) -> None:
    paid = firm.pay()
    complain(paid)
    with pytest.raises(InvalidRequest):
        back(gateway, "r1", paid, 4_000)
    dispute_id = the_dispute(gateway.get_payment(OPERATING, paid.id)).dispute_id
    gateway.answer_dispute(OPERATING, dispute_id, {"uncategorized_text": "Paid."}, once="d1")
    clock.advance(days=1)
    back(gateway, "r2", paid, 4_000)
    found = gateway.get_payment(OPERATING, paid.id)
    assert (the_dispute(found).status, len(found.refunds)) == (DisputeStatus.WON, 1)
    assert balance(firm) == 6_000 - 320


def test_M7_losing_words_lose_and_so_does_giving_in(
    gateway: StripeGateway, firm: Any, clock: Any, complain: Callable[..., bool]
) -> None:
    first, second = firm.pay(), firm.pay()
    for paid in (first, second):
        complain(paid)
    disputes = [the_dispute(gateway.get_payment(OPERATING, paid.id)) for paid in (first, second)]
    words = {"uncategorized_text": "Our losing_evidence follows."}
    gateway.answer_dispute(OPERATING, disputes[0].dispute_id, words, once="d1")
    assert gateway.accept_dispute(OPERATING, disputes[1].dispute_id).status is DisputeStatus.LOST
    assert gateway.accept_dispute(OPERATING, disputes[1].dispute_id).status is DisputeStatus.LOST
    clock.advance(days=1)
    lost = the_dispute(gateway.get_payment(OPERATING, first.id))
    assert (lost.status, lost.out_cents, lost.fee_cents) == (DisputeStatus.LOST, 10_000, 1_500)


def test_M7_a_dispute_without_answer_is_lost_on_its_day_and_not_before(
    gateway: StripeGateway, firm: Any, clock: Any, complain: Callable[..., bool]
) -> None:
    paid = firm.pay()
    complain(paid)
    clock.advance(days=8, hours=23)
    assert the_dispute(gateway.get_payment(OPERATING, paid.id)).status is DisputeStatus.OPEN
    clock.advance(hours=1)
    assert the_dispute(gateway.get_payment(OPERATING, paid.id)).status is DisputeStatus.LOST


def test_M7_the_fee_of_a_dispute_over_trust_money_is_the_firms(
    gateway: StripeGateway, firm: Any, trust: Any, clock: Any, complain: Callable[..., bool]
) -> None:
    paid = trust.pay()
    complain(paid, account=TRUST)
    dispute = the_dispute(gateway.get_payment(IN_TRUST, paid.id))
    assert (dispute.out_cents, dispute.fee_cents) == (10_000, 0)
    assert (balance(trust), balance(firm)) == (0, -320 - 1_500)
    gateway.answer_dispute(IN_TRUST, dispute.dispute_id, {"uncategorized_text": "Paid."}, once="d")
    clock.advance(days=1)
    gateway.get_payment(IN_TRUST, paid.id)
    assert (balance(trust), balance(firm)) == (10_000, -320)


def test_M7_an_inquiry_moves_no_money_until_it_becomes_a_dispute(
    gateway: StripeGateway, firm: Any, clock: Any, complain: Callable[..., bool]
) -> None:
    paid = firm.pay()
    complain(paid, INQUIRY)
    asked = the_dispute(gateway.get_payment(OPERATING, paid.id))
    assert (asked.status, asked.out_cents, asked.fee_cents) == (DisputeStatus.INQUIRY, 0, 0)
    with pytest.raises(InvalidRequest):
        gateway.accept_dispute(OPERATING, asked.dispute_id)
    back(gateway, "r1", paid, 4_000)
    clock.advance(days=9)
    taken = the_dispute(gateway.get_payment(OPERATING, paid.id))
    assert taken.dispute_id == asked.dispute_id
    assert (taken.status, taken.amount_cents, taken.out_cents) == (DisputeStatus.OPEN, 6_000, 6_000)
    assert taken.due_at == datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_M7_an_inquiry_that_was_answered_or_paid_back_ends_without_any_money(
    gateway: StripeGateway, firm: Any, clock: Any, complain: Callable[..., bool]
) -> None:
    answered, given_back = firm.pay(), firm.pay()
    for paid in (answered, given_back):
        complain(paid, INQUIRY)
    dispute_id = the_dispute(gateway.get_payment(OPERATING, answered.id)).dispute_id
    gateway.answer_dispute(OPERATING, dispute_id, {"uncategorized_text": "Paid."}, once="d1")
    back(gateway, "r1", given_back, 10_000)
    clock.advance(days=9)
    for paid in (answered, given_back):
        ended = the_dispute(gateway.get_payment(OPERATING, paid.id))
        assert (ended.status, ended.out_cents) == (DisputeStatus.CLOSED, 0)
