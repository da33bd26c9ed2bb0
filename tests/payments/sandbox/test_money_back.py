"""Money that leaves again, through the real gateway: what it asks and reads is what happens."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from payments.gateway.contract.client import CheckedHttpClient
from payments.gateway.errors import InvalidRequest, NotFound
from payments.gateway.results import (
    DisputeStatus,
    Finding,
    GatewayDispute,
    GatewayPayment,
    IntentStatus,
    NewRefund,
    ProcessorAccount,
    RefundStatus,
)
from payments.gateway.stripe_gateway import StripeGateway
from payments.sandbox import evidence
from payments.sandbox.accounts import Terms, choose_terms
from payments.sandbox.disputes import (
    CARD_COMPLAINTS,
    Complaint,
    complaints_about,
    dispute_charge,
)
from payments.sandbox.service import SandboxService
from payments.sandbox.transport import Fault, SandboxHttpClient
from tests.payments.sandbox.conftest import KEYS, TRUST

OPERATING = ProcessorAccount()
IN_TRUST = ProcessorAccount(TRUST)
INQUIRY = CARD_COMPLAINTS[-1]
EIGHT_TEXTS = sorted(evidence.FIELDS - evidence.FILE_FIELDS)[:8]
PDF = b"%PDF-1.7\nA receipt.\n"


@pytest.fixture
def gateway(service: SandboxService) -> StripeGateway:
    return _gateway(service)


def _gateway(service: SandboxService, faults: Any = None) -> StripeGateway:
    client = CheckedHttpClient(SandboxHttpClient(service, faults))
    return StripeGateway(KEYS.secret, KEYS.publishable, (), "/sandbox/stripe.js", client)


@pytest.fixture
def complain(service: SandboxService) -> Callable[..., bool]:
    """The payer of a payment complains to the bank."""

    def complain(paid: Any, complaint: Complaint | None = None, account: str | None = None) -> bool:
        with service.writing(account) as desk:
            charge = desk.book.get(desk.account, paid.latest_charge.id)
            return dispute_charge(desk, charge, complaint or complaints_about(charge.body)[0])

    return complain


def back(gateway: StripeGateway, name: str, paid: Any, cents: int, account: Any = OPERATING) -> Any:
    return gateway.create_refund(account, NewRefund(name, paid.id, cents))


def the_dispute(found: GatewayPayment) -> GatewayDispute:
    (dispute,) = found.disputes
    return dispute


def balance(firm: Any) -> int:
    """All that the processor has booked for an account, in cents."""
    entries = firm.v1.balance_transactions.list({"limit": 100}).auto_paging_iter()
    return sum(entry.net for entry in entries)


# Refunds


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
    gateway = _gateway(service, lambda _, path: next(lost, None) if path == "/v1/refunds" else None)
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


# Disputes and returns


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


# Evidence


def test_M7_the_sandbox_refuses_evidence_as_the_processor_does(
    gateway: StripeGateway, firm: Any, complain: Callable[..., bool]
) -> None:
    paid = firm.pay()
    complain(paid)
    dispute_id = the_dispute(gateway.get_payment(OPERATING, paid.id)).dispute_id
    for number, given in enumerate(
        (
            {"receipt": "The receipt in words"},
            {"receipt": "file_unknown"},
            {"uncategorized_text": "x" * 20_001},
            dict.fromkeys(EIGHT_TEXTS, "x" * 20_000),
        )
    ):
        with pytest.raises((InvalidRequest, NotFound)):
            gateway.answer_dispute(OPERATING, dispute_id, given, once=f"d{number}")
    assert the_dispute(gateway.get_payment(OPERATING, paid.id)).status is DisputeStatus.OPEN


def test_M7_a_file_belongs_to_the_account_that_it_was_sent_to(
    gateway: StripeGateway, firm: Any, complain: Callable[..., bool]
) -> None:
    paid = firm.pay()
    complain(paid)
    dispute_id = the_dispute(gateway.get_payment(OPERATING, paid.id)).dispute_id
    elsewhere = gateway.upload_evidence(
        IN_TRUST, name="receipt", media_type="application/pdf", content=PDF
    )
    with pytest.raises(NotFound):
        gateway.answer_dispute(OPERATING, dispute_id, {"receipt": elsewhere}, once="d1")


@pytest.mark.parametrize(
    "media_type, content",
    [
        ("application/pdf", b""),
        ("application/pdf", b"PK\x03\x04 a Word document"),
        ("image/png", b"GIF89a"),
        ("image/jpeg", b"\xff\xd8\xff" + bytes(5 * 1024 * 1024 - 2)),
    ],
)
def test_M7_a_file_that_is_empty_too_large_or_of_another_kind_is_refused(
    gateway: StripeGateway, media_type: str, content: bytes
) -> None:
    with pytest.raises(InvalidRequest):
        gateway.upload_evidence(OPERATING, name="x", media_type=media_type, content=content)


def test_M7_a_file_of_five_megabytes_is_taken_whole(gateway: StripeGateway, firm: Any) -> None:
    content = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * (4 * 1024 * 5)
    content = content[: 5 * 1024 * 1024]
    file_id = gateway.upload_evidence(
        OPERATING, name="photo", media_type="image/png", content=content
    )
    kept = firm.v1.files.retrieve(file_id)
    assert (kept.size, kept.type, kept.filename) == (len(content), "png", "photo.png")


# Accounts


def test_M4_the_trust_account_is_safe_until_its_terms_are_others(
    gateway: StripeGateway, service: SandboxService, trust: Any
) -> None:
    assert all(one.safe for one in gateway.check_account(IN_TRUST, "USD").findings)
    with service.writing(TRUST) as desk:
        choose_terms(desk, Terms(debit_negative_balances=True))
    assert gateway.check_account(IN_TRUST, "USD").findings == (
        Finding("fee_payer", "account", safe=False),
        Finding("payout_account", "Summit Test Savings 0118", safe=True),
        Finding("negative_debits", "true", safe=False),
    )
    assert trust.event_types() == ["account.updated"]
    assert trust.pay().latest_charge.balance_transaction.fee == 320


def test_M4_fees_taken_in_secret_show_on_the_payment_alone(
    gateway: StripeGateway, service: SandboxService, trust: Any
) -> None:
    with service.writing(TRUST) as desk:
        choose_terms(desk, Terms(fees_payer="application", fees_from_account=True))
    assert all(one.safe for one in gateway.check_account(IN_TRUST, "USD").findings)
    assert trust.pay().latest_charge.balance_transaction.fee == 320


def test_M4_the_operating_account_pays_its_own_fees(gateway: StripeGateway) -> None:
    assert gateway.check_account(OPERATING, "USD").findings[0].found == "account"
