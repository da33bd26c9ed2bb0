"""The request checker lets through what Stripe takes, and nothing else."""

import time
from typing import Any

import pytest

from payments.gateway.contract.requests import check_request
from payments.gateway.contract.violation import ContractViolation

INTENTS = "/v1/payment_intents"


def clean(**changes: Any) -> dict[str, Any]:
    return {
        "amount": 12_500,
        "currency": "usd",
        "allowed_payment_method_types": ["card", "us_bank_account"],
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "payment_method_options": {
            "us_bank_account": {
                "verification_method": "instant",
                "financial_connections": {"permissions": ["payment_method"]},
            }
        },
        "metadata": {"payment_id": "pay-7"},
    } | changes


def test_a_clean_request_passes_nested_or_as_the_form_that_is_sent() -> None:
    check_request("post", INTENTS, clean())
    check_request(
        "POST",
        "https://api.stripe.com/v1/payment_intents",
        b"amount=12500&currency=usd&allowed_payment_method_types[0]=card"
        b"&automatic_payment_methods[enabled]=true&expand[]=latest_charge&metadata[a]=b",
    )
    check_request("get", f"{INTENTS}/pi_1?expand[0]=latest_charge.balance_transaction")
    check_request("post", f"{INTENTS}/pi_1/confirm", "confirmation_token=ctoken_1")
    check_request("get", "/v1/events?types[0]=charge.updated&created[gte]=1&limit=100")
    check_request("get", "/v1/accounts/acct_1")


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"payment_method_types": ["card"]}, r"^payment_method_types: unknown key"),
        ({"stripe_account": "acct_1"}, r"^stripe_account: unknown key"),
        ({"idempotency_key": "k"}, r"^idempotency_key: unknown key"),
        ({"capture_method": "automatc"}, r"^capture_method: 'automatc' is not one of"),
        (
            {"allowed_payment_method_types": ["card", "us_bank"]},
            r"^allowed_payment_method_types\[1\]: 'us_bank' is not one of",
        ),
        (
            {"payment_method_options": {"us_bank_account": {"verification_method": "instnt"}}},
            r"^payment_method_options\[us_bank_account\]\[verification_method\]: 'instnt'",
        ),
        (
            {"payment_method_options": {"us_bank_account": {"verificaton_method": "instant"}}},
            r"^payment_method_options\[us_bank_account\]\[verificaton_method\]: unknown key",
        ),
        (
            {"automatic_payment_methods": {"allow_redirects": "never"}},
            r"^automatic_payment_methods\[enabled\]: missing key",
        ),
        ({"automatic_payment_methods": {"enabled": "yes"}}, r"\[enabled\]: 'yes' is no bool"),
        ({"automatic_payment_methods": "true"}, r"^automatic_payment_methods: 'true' is no object"),
        ({"amount": "12.5"}, r"^amount: '12.5' is no int"),
        ({"amount": "１２"}, r"^amount: .* is no int"),
        ({"amount": ""}, r"^amount: '' is no int"),
        ({"amount": {"gte": 1}}, r"^amount: .* is no int"),
        ({"expand": "latest_charge"}, r"^expand: 'latest_charge' is no list"),
        ({"metadata": {"a" * 41: "b"}}, r"^metadata\[a+\]: the key is too long"),
        ({"metadata": {"a": "b" * 501}}, r"^metadata\[a\]: the value is too long"),
        ({"metadata": {str(n): "b" for n in range(51)}}, r"^metadata: has more than 50 keys"),
        ({"metadata": {"a": {"b": "c"}}}, r"^metadata\[a\]"),
    ],
)
def test_a_fault_is_named_by_its_key(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractViolation, match=message):
        check_request("post", INTENTS, clean(**changes))


def test_a_required_key_must_be_there() -> None:
    with pytest.raises(ContractViolation, match=r"^currency: missing key"):
        check_request("post", INTENTS, "amount=1")


@pytest.mark.parametrize(
    "method, path",
    [
        ("post", "/v1/payment_intent"),
        ("post", "/v1/payment_intents/pi_1/confirmed"),
        ("delete", "/v1/payment_intents/pi_1"),
        ("get", "/v1/payment_intents/"),
        ("get", "/v1/payment_intents/pi_1/a/b"),
        ("get", "/v3/payment_intents"),
        ("get", "/"),
        ("get", ""),
    ],
)
def test_an_unknown_path_or_verb_is_refused(method: str, path: str) -> None:
    with pytest.raises(ContractViolation, match=r"^Stripe has no"):
        check_request(method, path)


def test_a_wrong_event_name_is_refused_in_the_list_and_in_a_webhook_endpoint() -> None:
    with pytest.raises(ContractViolation, match=r"'charge.dispute.opened' is not one of"):
        check_request("get", "/v1/events?types[0]=charge.dispute.opened")
    endpoint = {"url": "https://firm.example/webhooks/stripe", "enabled_events": ["charge.paid"]}
    with pytest.raises(ContractViolation, match=r"^enabled_events\[0\]: 'charge.paid'"):
        check_request("post", "/v1/webhook_endpoints", endpoint)


def test_a_list_of_events_takes_twenty_names_and_a_page_a_hundred_items() -> None:
    check_request("get", "/v1/events", {"types": ["charge.updated"] * 20, "limit": 100})
    with pytest.raises(ContractViolation, match=r"^types: has more than 20 names"):
        check_request("get", "/v1/events", {"types": ["charge.updated"] * 21})
    with pytest.raises(ContractViolation, match=r"^limit: must be 1 to 100"):
        check_request("get", "/v1/events", {"limit": 101})


def test_an_empty_text_clears_only_what_may_be_cleared() -> None:
    check_request("post", f"{INTENTS}/pi_1", {"receipt_email": "", "metadata": ""})
    with pytest.raises(ContractViolation, match=r"^setup_future_usage: 'on_sesion' is not one of"):
        check_request("post", f"{INTENTS}/pi_1", {"setup_future_usage": "on_sesion"})
    with pytest.raises(ContractViolation, match=r"^amount: "):
        check_request("post", f"{INTENTS}/pi_1", {"amount": ""})


@pytest.mark.parametrize(
    "form",
    [
        b"amount=1&amount=2&currency=usd",
        b"amount",
        b"amount=%ff&currency=usd",
        b"amount=\xff",
        b"[amount]=1",
        b"amount[=1",
        b"amount=1&amount[a]=2&currency=usd",
        b"amount=1&currency=usd&expand[1]=latest_charge",
        b"amount=1&currency=usd&expand[x]=latest_charge",
    ],
)
def test_a_form_that_stripe_could_not_read_is_refused(form: bytes) -> None:
    with pytest.raises(ContractViolation):
        check_request("post", INTENTS, form)


def test_the_parameters_of_a_post_do_not_ride_in_its_address() -> None:
    with pytest.raises(ContractViolation, match=r"belong in its body"):
        check_request("post", f"{INTENTS}/pi_1/confirm?confirmation_token=ctoken_1")


def test_a_checked_request_costs_next_to_nothing() -> None:
    check_request("post", INTENTS, clean())
    start = time.process_time()
    for _ in range(100):
        check_request("post", INTENTS, clean())
    assert time.process_time() - start < 1


def upload(purpose: str = "dispute_evidence", end: bytes = b"--\r\n") -> bytes:
    return (
        b'--b0\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n'
        + purpose.encode()
        + b'\r\n--b0\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n%PDF\r\n\xff\r\n--b0" + end
    )


def test_an_upload_is_checked_like_any_form() -> None:
    check_request("post", "https://files.stripe.com/v1/files", upload())
    with pytest.raises(ContractViolation, match=r"^purpose: 'evidence' is not one of"):
        check_request("post", "/v1/files", upload("evidence"))
    with pytest.raises(ContractViolation, match="does not end as it began"):
        check_request("post", "/v1/files", upload(end=b""))
