"""A sandbox with a clock of its own, and the people who speak to it: the firm and the payer's page.

Everything the firm says goes through the official SDK, and every request and answer through the
contract checkers that are read from the SDK's own types.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import stripe

from payments.gateway.contract.requests import check_request
from payments.gateway.contract.responses import check_response
from payments.gateway.stripe_gateway import StripeGateway
from payments.sandbox.accounts import put_account
from payments.sandbox.desk import PLATFORM_ACCOUNT_ID
from payments.sandbox.disputes import Complaint, complaints_about, dispute_charge
from payments.sandbox.service import SandboxService
from payments.sandbox.store import Store
from payments.sandbox.transport import SandboxHttpClient
from payments.sandbox.webhooks import Webhooks
from tests.payments.sandbox.processor import KEYS, TRUST, gateway_over

CANADA = "acct_canada"
NETTED = "acct_netted"
CONSENT = {
    "customer_acceptance": {
        "type": "online",
        "online": {"ip_address": "192.0.2.7", "user_agent": "Test browser"},
    }
}
EXPANDED = ["latest_charge.balance_transaction", "payment_method"]


class Clock:
    """Business time that moves only when told to. A Monday noon."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **step: float) -> None:
        self.at += timedelta(**step)


class Firm:
    """The firm's server on one account, through the SDK."""

    def __init__(self, service: SandboxService, account: str | None = None, key: str = KEYS.secret):
        self.http = SandboxHttpClient(service)
        client = stripe.StripeClient(
            key, http_client=self.http, stripe_account=account, max_network_retries=0
        )
        self.v1 = client.v1

    def token(self, test_name: str = "pm_card_visa") -> str:
        helpers = self.v1.test_helpers
        return helpers.confirmation_tokens.create({"payment_method": test_name}).id

    def intent(self, amount: int = 10_000, currency: str = "usd", **more: Any) -> Any:
        automatic = {"enabled": True, "allow_redirects": "never"}
        params: Any = {"amount": amount, "currency": currency}
        return self.v1.payment_intents.create(
            params | {"automatic_payment_methods": automatic} | more
        )

    def confirm(self, intent_id: str, token: str, key: str = "", **more: Any) -> Any:
        params: Any = {
            "confirmation_token": token,
            "mandate_data": CONSENT,
            "return_url": "https://firm.test/",
            "use_stripe_sdk": True,
            "expand": EXPANDED,
        }
        options: Any = {"idempotency_key": key} if key else {}
        return self.v1.payment_intents.confirm(intent_id, params | more, options)

    def pay(self, test_name: str = "pm_card_visa", amount: int = 10_000) -> Any:
        return self.confirm(self.intent(amount).id, self.token(test_name))

    def read(self, intent_id: str) -> Any:
        return self.v1.payment_intents.retrieve(intent_id, {"expand": EXPANDED})

    def event_types(self) -> list[str]:
        """Every event, oldest first."""
        events = self.v1.events.list({"limit": 100}).auto_paging_iter()
        return [event.type for event in events][::-1]


class PayerPage:
    """The page script's way to the sandbox: forms and a publishable key."""

    def __init__(self, service: SandboxService, account: str = "", key: str = KEYS.publishable):
        self.app: Callable[..., Any] = service.page_api
        self.account = account
        self.key = key

    def call(self, method: str, path: str, form: dict[str, Any] | None = None) -> tuple[int, Any]:
        body = urlencode(form or {}).encode()
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": body.decode() if method == "GET" else "",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
            "HTTP_AUTHORIZATION": f"Bearer {self.key}",
            "HTTP_STRIPE_ACCOUNT": self.account,
        }
        statuses: list[str] = []
        answer = b"".join(self.app(environ, lambda status, headers: statuses.append(status)))
        return int(statuses[0].split()[0]), json.loads(answer)

    def card_token(self, number: str = "4242424242424242", **more: str) -> tuple[int, Any]:
        card = {"number": number, "exp_month": "12", "exp_year": "2034", "cvc": "123"} | more
        form = {f"payment_method_data[card][{name}]": value for name, value in card.items()}
        return self.call(
            "POST", "/v1/confirmation_tokens", form | {"payment_method_data[type]": "card"}
        )

    def bank_token(self, **details: str) -> tuple[int, Any]:
        form = {
            "payment_method_data[type]": "us_bank_account",
            "payment_method_data[billing_details][name]": "Cleo Client",
        }
        form |= {
            f"payment_method_data[us_bank_account][{key}]": value for key, value in details.items()
        }
        return self.call("POST", "/v1/confirmation_tokens", form)

    def typed_bank_token(self) -> str:
        token = self.bank_token(routing_number="110000000", account_number="000123456789")[1]
        return token["id"]


@pytest.fixture(autouse=True)
def no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe, "enable_telemetry", False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "sandbox.sqlite3")
    made: Any = {"created": 1_700_000_000, "currency": "usd", "country": "US"}
    with store.writing() as book:
        put_account(book, PLATFORM_ACCOUNT_ID, name="Hale and Ames", **made)
        put_account(book, TRUST, name="Hale trust", fees_payer="application", **made)
        put_account(
            book,
            NETTED,
            name="Hale trust, wrong",
            fees_payer="application",
            fees_from_account=True,
            **made,
        )
        canadian = made | {"currency": "cad", "country": "CA"}
        put_account(book, CANADA, name="Hale Canada", **canadian)
    yield store
    store.close()


@pytest.fixture
def service(store: Store, clock: Clock) -> SandboxService:
    return SandboxService(
        store,
        clock,
        KEYS,
        base_url="http://localhost:8000",
        check_request=check_request,
        check_response=check_response,
    )


@pytest.fixture
def webhooks(store: Store, clock: Clock) -> Webhooks:
    return Webhooks(store, clock, secret="whsec_own", connect_secret="whsec_connect")


@pytest.fixture
def firm(service: SandboxService) -> Firm:
    """The operating account: the platform's own."""
    return Firm(service)


@pytest.fixture
def trust(service: SandboxService) -> Firm:
    """The trust account: connected, its fees billed to the platform."""
    return Firm(service, TRUST)


@pytest.fixture
def netted(service: SandboxService) -> Firm:
    """A trust account that was set up wrongly: fees come out of the payments."""
    return Firm(service, NETTED)


@pytest.fixture
def canada(service: SandboxService) -> Firm:
    return Firm(service, CANADA)


@pytest.fixture
def unchecked(store: Store, clock: Clock) -> Firm:
    """The firm, without any checker between it and the sandbox."""
    return Firm(SandboxService(store, clock, KEYS, base_url="http://localhost:8000"))


@pytest.fixture
def payer(service: SandboxService) -> PayerPage:
    return PayerPage(service)


@pytest.fixture
def firm_with(service: SandboxService) -> Callable[[str], Firm]:
    """A firm that uses another key."""
    return lambda key: Firm(service, key=key)


@pytest.fixture
def payer_with(service: SandboxService) -> Callable[..., PayerPage]:
    """A page on another account, or with another key."""
    return lambda **more: PayerPage(service, **more)


@pytest.fixture
def gateway(service: SandboxService) -> StripeGateway:
    return gateway_over(service)


@pytest.fixture
def complain(service: SandboxService) -> Callable[..., bool]:
    """The payer of a payment complains to the bank."""

    def complain(paid: Any, complaint: Complaint | None = None, account: str | None = None) -> bool:
        with service.writing(account) as desk:
            charge = desk.book.get(desk.account, paid.latest_charge.id)
            return dispute_charge(desk, charge, complaint or complaints_about(charge.body)[0])

    return complain


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """The page script is tried on a page of its own; the whole product is not started for it."""
    return {}
