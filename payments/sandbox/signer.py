"""Signs webhooks as Stripe does, with the SDK's own code."""

from datetime import datetime


def signature_header(body: bytes, secret: str, at: datetime) -> str:
    """The `Stripe-Signature` header for a body. `at` is the wall clock: age is judged by it."""
    from stripe import WebhookSignature  # the SDK is slow to import and rarely needed here

    return WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp()))
