"""Files and words for a payer's bank: what the sandbox takes, and what it refuses."""

from collections.abc import Callable
from typing import Any

import pytest

from payments.gateway.errors import InvalidRequest, NotFound
from payments.gateway.results import DisputeStatus
from payments.gateway.stripe_gateway import StripeGateway
from payments.sandbox import evidence
from tests.payments.sandbox.processor import IN_TRUST, KEYS, OPERATING, the_dispute

EIGHT_TEXTS = sorted(evidence.FIELDS - evidence.FILE_FIELDS)[:8]
PLAIN_FORM = "application/x-www-form-urlencoded"
PDF = b"%PDF-1.7\nA receipt.\n"


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


def test_M7_a_form_that_is_no_upload_carries_no_file(firm: Any) -> None:
    answer = firm.http.request(
        "post",
        "https://files.stripe.com/v1/files",
        {"Authorization": f"Bearer {KEYS.secret}", "Content-Type": PLAIN_FORM},
        "purpose=dispute_evidence&file=receipt.pdf",
    )
    assert (answer[1], "multipart/form-data" in answer[0]) == (400, True)


def test_a_payers_page_sends_small_forms_and_no_files(payer: Any) -> None:
    assert payer.call("POST", "/v1/files", {"purpose": "dispute_evidence"})[0] == 403
    assert payer.call("POST", "/v1/confirmation_tokens", {"x": "y" * 65_536})[0] == 413


@pytest.mark.parametrize(
    "content",
    [b"--b\r\nno headers", b"", b'--b\r\nContent-Disposition: form-data; name="file"'],
)
def test_an_upload_that_cannot_be_read_is_refused(firm: Any, content: bytes) -> None:
    headers = {
        "Authorization": f"Bearer {KEYS.secret}",
        "Content-Type": "multipart/form-data; boundary=b",
    }
    address = "https://files.stripe.com/v1/files"
    assert firm.http.request("post", address, headers, content)[1] == 400
