"""A processor that answers at once: no network and no books, so that only the product is measured.

The id of an intent says how much it is over, so that several processes agree without talking.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import stripe

from bench.harness.firm import STRIPE
from payments.gateway import current
from payments.gateway.stripe_gateway import StripeGateway
from portal.core import clock, db

FEE_CENTS = 59


class AtOnce(stripe.HTTPClient):
    """Every payment succeeds; its money is `available` already, or in two days."""

    name = "at once"

    def __init__(self, *, available: bool) -> None:
        super().__init__()
        self._available = available

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,  # noqa: ARG002
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """The answer to making, confirming or reading a payment intent."""
        parts = urlsplit(url).path.split("/")[2:]
        if method.upper() == "POST" and parts == ["payment_intents"]:
            cents = int(parse_qs(post_data)["amount"][0])
            name = f"pi_{cents}_{secrets.token_hex(10)}"
            return json.dumps(self._intent(name, cents, "requires_confirmation")), 200, {}
        cents = int(parts[1].split("_")[1])
        return json.dumps(self._intent(parts[1], cents, "succeeded")), 200, {}

    def close(self) -> None:
        """There is no connection to close."""

    def _intent(self, name: str, cents: int, status: str) -> dict[str, Any]:
        at = int(clock.now().timestamp())
        intent: dict[str, Any] = {
            "id": name,
            "object": "payment_intent",
            "amount": cents,
            "client_secret": f"{name}_secret_0",
            "created": at,
            "currency": "usd",
            "latest_charge": None,
            "livemode": False,
            "metadata": {},
            "status": status,
        }
        if status == "succeeded":
            later = 0 if self._available else int(timedelta(days=2).total_seconds())
            intent["latest_charge"] = {
                "id": f"ch_{name}",
                "object": "charge",
                "status": "succeeded",
                "balance_transaction": {
                    "id": f"txn_{name}",
                    "object": "balance_transaction",
                    "amount": cents,
                    "available_on": at + later,
                    "currency": "usd",
                    "fee": FEE_CENTS,
                    "status": "available" if self._available else "pending",
                },
            }
        return intent


def use_at_once(*, available: bool) -> None:
    """Send this process's payments to it, by the product's own gateway and Stripe's SDK."""
    current.use(
        StripeGateway(
            STRIPE["STRIPE_SECRET_KEY"],
            STRIPE["STRIPE_PUBLISHABLE_KEY"],
            (STRIPE["STRIPE_WEBHOOK_SECRETS"],),
            "/nowhere.js",
            http_client=AtOnce(available=available),
            before_call=db.refuse_inside_transaction,
        )
    )
