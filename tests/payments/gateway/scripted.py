"""Stripe at the other end of the wire, following a script."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe

from payments.gateway.contract.client import CheckedHttpClient
from payments.gateway.contract.requests import decode_form
from payments.gateway.results import Consent, MethodKind, NewPayment, ProcessorAccount
from payments.gateway.stripe_gateway import StripeGateway
from tests.payments.gateway.stripe_objects import Json

OWN = ProcessorAccount()
TRUST = ProcessorAccount("acct_trust")
CONSENT = Consent("203.0.113.9", "Mozilla/5.0")


class Request:
    """What one attempt carried."""

    def __init__(self, method: str, url: str, headers: Mapping[str, str], body: Any) -> None:
        parts = urlsplit(url)
        self.call = f"{method.upper()} {parts.path}"
        self.host = parts.netloc
        self.headers = headers
        self.body = body
        self.params = decode_form(body or parts.query)


Step = Json | tuple[int, Json | bytes] | Exception | Callable[[Request], Json]


class ScriptedClient(stripe.HTTPClient):
    """Answers attempt after attempt from its script; running out of it fails the test."""

    name = "scripted"

    def __init__(self, *steps: Step) -> None:
        super().__init__()
        self.steps = list(steps)
        self.requests: list[Request] = []

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        request = Request(method, url, headers or {}, post_data)
        self.requests.append(request)
        assert self.steps, f"nobody expected {request.call}"
        step = self.steps.pop(0)
        if callable(step):
            step = step(request)
        if isinstance(step, Exception):
            raise step
        status, body = step if isinstance(step, tuple) else (200, step)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return content, status, {"Request-Id": "req_1"}

    def close(self) -> None:
        self.steps.clear()


def gateway_over(client: stripe.HTTPClient, **changes: Any) -> StripeGateway:
    """The real gateway and SDK over the client, with both contract checkers on."""
    settings: dict[str, Any] = {
        "secret_key": "sk_test_1",
        "publishable_key": "pk_test_1",
        "webhook_secrets": ["whsec_new"],
        "script_url": "https://js.stripe.com/endive/stripe.js",
    }
    return StripeGateway(**(settings | changes), http_client=CheckedHttpClient(client))


def new_payment(**changes: Any) -> NewPayment:
    values: dict[str, Any] = {
        "payment_id": "pay-7",
        "amount_cents": 12_500,
        "currency": "USD",
        "methods": (MethodKind.CARD, MethodKind.BANK),
        "description": "Payment to Lang & Partners",
        "statement_suffix": "Lang Partners",
    }
    return NewPayment(**(values | changes))


def confirm(gateway: StripeGateway, **changes: Any) -> Any:
    """Confirm `pi_1` by card."""
    values: dict[str, Any] = {
        "payment_id": "pay-7",
        "confirmation_token": "ctoken_1",
        "consent": None,
        "return_url": "https://firm.example/payments/7",
    }
    return gateway.confirm_payment(OWN, "pi_1", **(values | changes))


def lost() -> stripe.APIConnectionError:
    """The connection broke after the request had gone out."""
    return stripe.APIConnectionError("read timed out", should_retry=True)
