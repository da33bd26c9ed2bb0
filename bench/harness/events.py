"""Signed webhooks in Stripe's shape, each a different event."""

import json
import secrets
from collections.abc import Iterator, Sequence

import stripe

from bench.harness.load import request
from portal.core import clock

PATH = "/webhooks/stripe"
# An expanded payment intent is about this long on the wire.
PADDING = {f"detail_{number}": "0123456789" * 4 for number in range(30)}


def webhooks(secret: str, intents: Sequence[str]) -> list[bytes]:
    """A signed `payment_intent.succeeded` for each intent, as whole requests."""
    return list(_signed(secret, intents))


def _signed(secret: str, intents: Sequence[str]) -> Iterator[bytes]:
    at = int(clock.wall_time().timestamp())
    for intent in intents:
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": stripe.api_version,
            "created": at,
            "data": {"object": {"id": intent, "object": "payment_intent", **PADDING}},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": "payment_intent.succeeded",
        }
        body = json.dumps(event, indent=2)
        signature = stripe.WebhookSignature.generate_signature_header(body, secret, at)
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        yield request("POST", PATH, body.encode(), headers)


def made_up_intents(count: int) -> list[str]:
    """Names of payments that nobody has made."""
    return [f"pi_{secrets.token_hex(12)}" for _ in range(count)]
