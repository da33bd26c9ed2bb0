"""A webhook counts only when Stripe signed it, lately, for us."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from payments.gateway.errors import BadSignature, NotFound
from payments.gateway.results import GatewayEvent
from tests.payments.gateway.scripted import ScriptedClient, gateway_over
from tests.payments.gateway.stripe_objects import CREATED, event, intent

AT = datetime.fromtimestamp(CREATED, UTC)
BODY = json.dumps(event("payment_intent.succeeded", intent("succeeded"), account="acct_trust"))
LIMIT = timedelta(seconds=300)


def signature(body: str = BODY, secret: str = "whsec_new", at: datetime = AT) -> str:
    seconds = int(at.timestamp())
    return stripe.WebhookSignature.generate_signature_header(body, secret, timestamp=seconds)


def parse(body: bytes | str, header: str, at: datetime = AT, **settings: Any) -> GatewayEvent:
    raw = body.encode() if isinstance(body, str) else body
    return gateway_over(ScriptedClient(), **settings).parse_webhook(raw, header, at)


def test_a_signed_event_becomes_a_hint() -> None:
    hint = parse(BODY, signature())
    assert (hint.type, hint.intent_id, hint.account_id, hint.livemode) == (
        "payment_intent.succeeded",
        "pi_1",
        "acct_trust",
        False,
    )
    assert hint.created_at == AT


@pytest.mark.parametrize("secret", ["whsec_old", "whsec_new"])
def test_two_secrets_are_honoured_while_one_replaces_the_other(secret: str) -> None:
    secrets = ["whsec_old", "whsec_new"]
    assert parse(BODY, signature(secret=secret), webhook_secrets=secrets).event_id == "evt_1"


def test_a_header_with_an_old_and_a_new_signature_passes() -> None:
    old = signature(secret="whsec_old").partition(",")[2]
    assert parse(BODY, f"{signature()},{old}").event_id == "evt_1"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1",
        "v1=abc",
        "t=now,v1=abc",
        "garbage",
        f"t={CREATED},v1=é",
        f"t={CREATED},v0=abc",
        f"t={'9' * 5000},v1=abc",
        signature(secret="whsec_other"),
        signature(secret=" "),
    ],
)
def test_an_unsigned_or_wrongly_signed_body_is_refused(header: str) -> None:
    with pytest.raises(BadSignature):
        parse(BODY, header)


def test_a_body_changed_after_signing_is_refused() -> None:
    with pytest.raises(BadSignature):
        parse(BODY.replace("12500", "99500"), signature())


def test_a_changed_time_breaks_the_signature() -> None:
    header = signature(at=AT - timedelta(days=1))
    with pytest.raises(BadSignature):
        parse(BODY, header.replace(str(CREATED - 86_400), str(CREATED)))


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_either_way_are_allowed(seconds: int) -> None:
    made = AT + timedelta(seconds=seconds)
    assert parse(BODY, signature(at=made)).event_id == "evt_1"


@pytest.mark.parametrize("seconds", [-301, 301, 365 * 86_400])
def test_a_stale_or_future_signature_is_refused(seconds: int) -> None:
    made = AT + timedelta(seconds=seconds)
    with pytest.raises(BadSignature):
        parse(BODY, signature(at=made))


@pytest.mark.parametrize("secrets", [[], [""], ["  ", ""]])
def test_without_a_secret_there_is_no_such_address(secrets: list[str]) -> None:
    with pytest.raises(NotFound):
        parse(BODY, signature(secret="whsec_new"), webhook_secrets=secrets)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[1]",
        "null",
        "1",
        "{}",
        "[" * 100_000,
        json.dumps({"object": "v2.core.event", "id": "evt_1", "type": "v1.billing.meter"}),
        json.dumps(event("charge.updated", intent()) | {"object": "charge"}),
        json.dumps(event("charge.updated", intent()) | {"created": 10**30}),
        json.dumps(event("charge.updated", intent()) | {"created": "yesterday"}),
        json.dumps(event("charge.updated", intent()) | {"data": []}),
        json.dumps(event("charge.updated", intent()) | {"data": {"object": [1]}}),
        json.dumps(event("charge.updated", intent()) | {"type": 7}),
        json.dumps(event("payment_intent.succeeded", {"object": "payment_intent"})),
    ],
)
def test_a_signed_body_that_is_no_event_is_a_value_error(body: str) -> None:
    with pytest.raises(ValueError):
        parse(body, signature(body))


def test_a_body_that_is_not_utf_8_is_a_value_error() -> None:
    with pytest.raises(ValueError):
        parse(b'{"id": "\xff"}', signature())
