"""Verify what arrives at the webhook address (https://docs.stripe.com/webhooks/signature)."""

import json
from collections.abc import Sequence
from datetime import datetime

import stripe

from payments.gateway.errors import BadSignature, NotFound
from payments.gateway.mapping import event_from
from payments.gateway.results import GatewayEvent

TOLERANCE_SECONDS = 300


def verified_event(
    body: bytes, signature: str, secrets: Sequence[str], at: datetime
) -> GatewayEvent:
    """The event in the body, if one of the secrets signed it within five minutes of `at`.

    Several secrets may be set while one replaces another. Without any the address does not exist:
    an empty secret would accept everybody. Raises `NotFound`, `BadSignature`, or ValueError for a
    body that is no event.
    """
    if not secrets:
        raise NotFound("no webhook secret is set")
    payload = body.decode("utf-8")
    if not any(_signed(payload, signature, secret) for secret in secrets):
        raise BadSignature("no secret made this signature")
    # The SDK takes any future time; a signature made for later is refused here too.
    if abs(int(at.timestamp()) - _signed_at(signature)) > TOLERANCE_SECONDS:
        raise BadSignature("signed too long ago, or in the future")
    try:
        event = json.loads(payload)
    except RecursionError as problem:
        raise ValueError("nested too deeply") from problem
    return event_from(event)


def _signed(payload: str, signature: str, secret: str) -> bool:
    if not signature.isascii():  # comparing such text in constant time is a TypeError
        return False
    try:
        # No tolerance here: the age is judged against the caller's clock.
        return stripe.WebhookSignature.verify_header(payload, signature, secret, tolerance=None)
    except stripe.SignatureVerificationError:
        return False


def _signed_at(signature: str) -> int:
    """Seconds since 1970 of a header that was verified: its first `t`, as the SDK reads it."""
    items = (item.split("=", 2) for item in signature.split(","))
    return next(int(item[1]) for item in items if item[0] == "t")
