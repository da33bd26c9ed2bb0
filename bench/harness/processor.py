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
OWN_ACCOUNT = "acct_bench"
# The demo firm's escrow account; its other accounts are connected.
NOT_CONNECTED = "acct_notconnected"

Json = dict[str, Any]
Answer = tuple[int, Json]


class AtOnce(stripe.HTTPClient):
    """Every payment succeeds; its money is `available` already, or in two days.

    What a worker's recurring jobs ask is answered as well: accounts are well, and the list of
    events is empty, for all of them come as webhooks.
    """

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
        """The answer, in the processor's shape; 404 for a path that is none of these."""
        parts = urlsplit(url).path.split("/")[2:]
        status, body = self._answer(method.upper(), parts, post_data)
        return json.dumps(body), status, {}

    def close(self) -> None:
        """There is no connection to close."""

    def _answer(self, method: str, parts: list[str], post_data: Any) -> Answer:
        match method, *parts:
            case "POST", "payment_intents":
                cents = int(parse_qs(post_data)["amount"][0])
                name = f"pi_{cents}_{secrets.token_hex(10)}"
                return 200, self._intent(name, "requires_confirmation")
            case ("GET", "payment_intents", name) | ("POST", "payment_intents", name, "confirm"):
                return 200, self._intent(name, "succeeded")
            case "GET", "account":
                return 200, _account(OWN_ACCOUNT)
            case "GET", "accounts", name if name != NOT_CONNECTED:
                return 200, _account(name)
            case "GET", "events":
                return 200, {"object": "list", "data": [], "has_more": False, "url": "/v1/events"}
            case _:
                return 404, _unknown(method, parts)

    def _intent(self, name: str, status: str) -> Json:
        at, cents = int(clock.now().timestamp()), int(name.split("_")[1])
        intent: Json = {
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


def _account(account_id: str) -> Json:
    return {
        "id": account_id,
        "object": "account",
        "charges_enabled": True,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": True,
        "payouts_enabled": True,
        "requirements": {"currently_due": [], "disabled_reason": None, "past_due": []},
    }


def _unknown(method: str, parts: list[str]) -> Json:
    return {
        "error": {
            "type": "invalid_request_error",
            "code": "resource_missing",
            "message": f"No answer to {method} /v1/{'/'.join(parts)}",
        }
    }


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
