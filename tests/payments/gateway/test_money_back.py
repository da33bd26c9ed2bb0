"""Refunds and disputes over the wire, exactly, and what is read from them (M6, M7)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from payments.gateway.errors import InvalidRequest, NotFound, Unavailable
from payments.gateway.results import (
    DisputeStatus,
    GatewayDispute,
    GatewayPayment,
    GatewayRefund,
    NewRefund,
    RefundStatus,
)
from tests.payments.gateway.scripted import (
    OWN,
    TRUST,
    ScriptedClient,
    Step,
    gateway_over,
    lost,
)
from tests.payments.gateway.stripe_objects import (
    CREATED,
    Json,
    balance_transaction,
    charge,
    dispute,
    error_body,
    file,
    intent,
    page,
    refund,
)

MADE_AT = datetime.fromtimestamp(CREATED, UTC)
NEW = NewRefund(name="refund-7", intent_id="pi_1", amount_cents=2_500)


def read(*steps: Step, **of_charge: Any) -> tuple[GatewayPayment, ScriptedClient]:
    """The payment whose charge is as told, and what was asked for it."""
    client = ScriptedClient(intent("succeeded", latest_charge=charge(**of_charge)), *steps)
    return gateway_over(client).get_payment(TRUST, "pi_1"), client


def refunds(*items: Json, has_more: bool = False) -> Json:
    return page(list(items), url="/v1/charges/ch_1/refunds", has_more=has_more)


def disputes(*items: Json) -> Json:
    return page(list(items), url="/v1/disputes")


def withdrawn(amount: int, fee: int = 0) -> Json:
    return balance_transaction(amount=amount, fee=fee, net=amount - fee, type="adjustment")


# Refunds


def test_M6_a_refund_is_asked_for_by_amount_under_our_name() -> None:
    client = ScriptedClient(refund(metadata={"refund_name": "refund-7"}))
    made = gateway_over(client).create_refund(TRUST, NEW)
    assert made == GatewayRefund(
        refund_id="re_1",
        amount_cents=2_500,
        currency="USD",
        status=RefundStatus.PENDING,
        created_at=MADE_AT,
        ours="refund-7",
    )
    (request,) = client.requests
    assert request.call == "POST /v1/refunds"
    assert request.headers["Idempotency-Key"] == "re:refund-7"
    assert request.headers["Stripe-Account"] == "acct_trust"
    assert request.params == {
        "payment_intent": "pi_1",
        "amount": "2500",
        "metadata": {"refund_name": "refund-7"},
    }


def test_M6_a_refund_whose_answer_was_lost_is_asked_for_again_under_the_same_key() -> None:
    client = ScriptedClient(lost(), refund(status="succeeded"))
    assert gateway_over(client).create_refund(OWN, NEW).status is RefundStatus.SUCCEEDED
    keys = [request.headers["Idempotency-Key"] for request in client.requests]
    assert keys == ["re:refund-7", "re:refund-7"]


def test_M6_a_refund_that_stripe_refuses_gave_nothing_back() -> None:
    for code in ("charge_already_refunded", "charge_disputed"):
        client = ScriptedClient((400, error_body(code=code)))
        with pytest.raises(InvalidRequest):
            gateway_over(client).create_refund(OWN, NEW)


def test_M6_nobody_says_that_a_refund_without_an_answer_was_not_made() -> None:
    client = ScriptedClient(lost(), lost(), lost())
    with pytest.raises(Unavailable) as raised:
        gateway_over(client).create_refund(OWN, NEW)
    assert raised.value.outcome_unknown


@pytest.mark.parametrize(
    "status, expected",
    [
        ("pending", RefundStatus.PENDING),
        ("requires_action", RefundStatus.PENDING),
        ("succeeded", RefundStatus.SUCCEEDED),
        ("failed", RefundStatus.FAILED),
        ("canceled", RefundStatus.CANCELED),
        (None, RefundStatus.PENDING),
    ],
)
def test_M6_every_status_of_a_refund_has_its_meaning(
    status: str | None, expected: RefundStatus
) -> None:
    paid, _ = read(refunds=refunds(refund(status=status)))
    assert [item.status for item in paid.refunds] == [expected]


def test_M6_a_payment_is_read_with_its_refunds_oldest_first() -> None:
    failed = refund(id="re_2", status="failed", failure_reason="expired_or_canceled_card")
    first = refund(id="re_1", metadata={"refund_name": "refund-7"})
    paid, client = read(amount_refunded=2_500, refunds=refunds(failed, first))
    assert [(item.refund_id, item.ours, item.failure) for item in paid.refunds] == [
        ("re_1", "refund-7", ""),
        ("re_2", "", "expired_or_canceled_card"),
    ]
    assert paid.disputes == ()
    assert len(client.requests) == 1


def test_M6_of_more_than_ten_refunds_none_is_overlooked() -> None:
    made = [refund(id=f"re_{number}") for number in range(12)]
    paid, client = read(
        page(made[:7], url="/v1/refunds", has_more=True),
        page(made[7:], url="/v1/refunds"),
        refunds=refunds(*made[:10], has_more=True),
    )
    assert [item.refund_id for item in paid.refunds] == [item["id"] for item in reversed(made)]
    assert client.requests[1].params == {"payment_intent": "pi_1", "limit": "100"}
    assert client.requests[1].headers["Stripe-Account"] == "acct_trust"


# Disputes


def test_M7_a_disputed_payment_is_read_with_its_disputes() -> None:
    due_by = CREATED + 777_600
    found = dispute(
        status="needs_response",
        reason="fraudulent",
        network_reason_code="10.4",
        balance_transactions=[withdrawn(-12_500, 1_500)],
        evidence_details=dispute()["evidence_details"] | {"due_by": due_by},
    )
    paid, client = read(disputes(found), disputed=True)
    assert paid.disputes == (
        GatewayDispute(
            dispute_id="dp_1",
            amount_cents=12_500,
            currency="USD",
            status=DisputeStatus.OPEN,
            created_at=MADE_AT,
            out_cents=12_500,
            fee_cents=1_500,
            reason="fraudulent",
            network_code="10.4",
            due_at=datetime.fromtimestamp(due_by, UTC),
        ),
    )
    request = client.requests[1]
    assert request.call == "GET /v1/disputes"
    assert request.params == {"payment_intent": "pi_1", "limit": "100"}
    assert request.headers["Stripe-Account"] == "acct_trust"


def test_M7_the_money_of_a_won_dispute_is_back_with_its_fee() -> None:
    entries = [withdrawn(-12_500, 1_500), withdrawn(12_500, -1_500)]
    paid, _ = read(disputes(dispute(status="won", balance_transactions=entries)), disputed=True)
    (won,) = paid.disputes
    assert (won.status, won.out_cents, won.fee_cents) == (DisputeStatus.WON, 0, 0)


def test_M7_a_bank_that_takes_no_answer_sets_no_date() -> None:
    silent = dispute()["evidence_details"] | {"due_by": 0}
    paid, _ = read(disputes(dispute(evidence_details=silent)), disputed=True)
    assert paid.disputes[0].due_at is None


@pytest.mark.parametrize(
    "status, expected",
    [
        ("warning_needs_response", DisputeStatus.INQUIRY),
        ("warning_under_review", DisputeStatus.INQUIRY),
        ("warning_closed", DisputeStatus.CLOSED),
        ("needs_response", DisputeStatus.OPEN),
        ("under_review", DisputeStatus.REVIEW),
        ("won", DisputeStatus.WON),
        ("lost", DisputeStatus.LOST),
        ("prevented", DisputeStatus.CLOSED),
        ("appeal_needs_response", DisputeStatus.REVIEW),
        ("appeal_under_review", DisputeStatus.REVIEW),
    ],
)
def test_M7_every_status_of_a_dispute_has_its_meaning(status: str, expected: DisputeStatus) -> None:
    paid, _ = read(disputes(dispute(status=status)), disputed=True)
    assert paid.disputes[0].status is expected


def test_M7_evidence_is_sent_once_and_for_good() -> None:
    client = ScriptedClient(dispute(status="under_review"))
    answered = gateway_over(client).answer_dispute(
        TRUST,
        "dp_1",
        {"uncategorized_text": "Paid with consent.", "receipt": "file_1"},
        once="dispute-7:1",
    )
    assert answered.status is DisputeStatus.REVIEW
    (request,) = client.requests
    assert request.call == "POST /v1/disputes/dp_1"
    assert request.headers["Idempotency-Key"] == "dp:dispute-7:1"
    assert request.headers["Stripe-Account"] == "acct_trust"
    assert request.params == {
        "evidence": {"uncategorized_text": "Paid with consent.", "receipt": "file_1"},
        "submit": "true",
    }


def test_M7_a_dispute_that_is_closed_takes_no_evidence() -> None:
    client = ScriptedClient((400, error_body(message="This dispute is already closed")))
    with pytest.raises(InvalidRequest, match="already closed"):
        gateway_over(client).answer_dispute(OWN, "dp_1", {}, once="dispute-7:1")


def test_M7_a_dispute_is_accepted_and_lost() -> None:
    client = ScriptedClient(dispute(status="lost"))
    assert gateway_over(client).accept_dispute(TRUST, "dp_1").status is DisputeStatus.LOST
    (request,) = client.requests
    assert request.call == "POST /v1/disputes/dp_1/close"
    assert request.headers["Stripe-Account"] == "acct_trust"


def test_M7_a_dispute_that_has_ended_answers_with_its_true_state() -> None:
    client = ScriptedClient((400, error_body()), dispute(status="won"))
    assert gateway_over(client).accept_dispute(OWN, "dp_1").status is DisputeStatus.WON


def test_M7_a_dispute_under_review_cannot_be_accepted() -> None:
    client = ScriptedClient((400, error_body()), dispute(status="under_review"))
    with pytest.raises(InvalidRequest):
        gateway_over(client).accept_dispute(OWN, "dp_1")


def test_M7_what_cannot_be_an_id_is_never_sent() -> None:
    gateway = gateway_over(ScriptedClient())
    with pytest.raises(NotFound):
        gateway.accept_dispute(OWN, "dp_1/../../refunds")
    with pytest.raises(NotFound):
        gateway.answer_dispute(OWN, "", {}, once="x")


# Files


@pytest.mark.parametrize(
    "name, media_type, sent_as",
    [
        ("receipt", "application/pdf", "receipt.pdf"),
        ("Receipt.PDF", "application/pdf", "Receipt.PDF"),
        ("scan.tiff", "image/jpeg", "scan.tiff.jpg"),
        ("photo.png", "image/png", "photo.png"),
    ],
)
def test_M7_evidence_is_uploaded_under_a_name_that_tells_its_kind(
    name: str, media_type: str, sent_as: str
) -> None:
    client = ScriptedClient(file(filename=sent_as))
    content = b"%PDF-1.7\r\n--not a boundary\r\n\xff\x00"
    gateway = gateway_over(client)
    given = gateway.upload_evidence(TRUST, name=name, media_type=media_type, content=content)
    assert given == "file_1"
    (request,) = client.requests
    assert request.call == "POST /v1/files"
    assert request.host == "files.stripe.com"
    assert request.headers["Stripe-Account"] == "acct_trust"
    assert request.params == {"purpose": "dispute_evidence", "file": sent_as}
    assert content in request.body


def test_M7_a_file_of_another_kind_is_not_sent_at_all() -> None:
    with pytest.raises(InvalidRequest):
        gateway_over(ScriptedClient()).upload_evidence(
            OWN, name="notes.txt", media_type="text/plain", content=b"x"
        )
