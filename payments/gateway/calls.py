"""Calling Stripe through its official SDK: the client, its transport, and its errors in our words.

The API version is the one that the installed SDK pins. The demo and the tests hand in an HTTP
client of their own, so that the same code, SDK and serialisation run everywhere.
"""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import stripe

from payments.gateway.errors import GatewayError, InvalidRequest, NotFound, Unavailable
from payments.gateway.failures import failure_from
from payments.gateway.results import (
    UNCONFIRMED,
    GatewayPayment,
    GatewaySetup,
    ProcessorAccount,
)
from payments.gateway.transport import WatchedClient, default_sender

if TYPE_CHECKING:
    from stripe import RequestOptions

Answer = TypeVar("Answer")
Snapshot = TypeVar("Snapshot", GatewayPayment, GatewaySetup)

ATTEMPTS_AFTER_THE_FIRST = 2
STRIPE_ID = re.compile(r"[A-Za-z0-9_]{1,255}")

# Telemetry would write an id file into the home directory of the firm's server.
stripe.enable_telemetry = False


class StripeCalls:
    """One client of Stripe's. Build one per process; it may be shared between threads.

    `before_call` runs before every network attempt: the app passes a function that raises inside
    an open database transaction. Empty webhook secrets are dropped.
    """

    def __init__(
        self,
        secret_key: str,
        publishable_key: str,
        webhook_secrets: Sequence[str],
        script_url: str,
        http_client: stripe.HTTPClient | None = None,
        before_call: Callable[[], None] | None = None,
    ) -> None:
        self._publishable_key = publishable_key
        self._webhook_secrets = tuple(secret for secret in webhook_secrets if secret.strip())
        self._script_url = script_url
        self._transport = WatchedClient(http_client or default_sender(), before_call)
        client = stripe.StripeClient(
            secret_key,
            http_client=self._transport,
            max_network_retries=ATTEMPTS_AFTER_THE_FIRST,  # the SDK's own default is none
        )
        self._stripe = client.v1

    def _read(self, call: Callable[[], Answer]) -> Answer:
        return self._call(call, writes=False)

    def _call(self, call: Callable[[], Answer], *, writes: bool) -> Answer:
        try:
            return call()
        except stripe.StripeError as error:
            lost = self._transport.answer_lost
            raise failure_from(error, writes=writes, answer_lost=lost) from error

    def _refused(self, read: Callable[[], Snapshot]) -> Snapshot:
        """What became of a payment or setup that is past what was asked; `read` looks it up."""
        try:
            found = read()
        except GatewayError as unread:
            # It was confirmed, or canceled: until it has been read nobody knows which.
            raise Unavailable(str(unread), outcome_unknown=True) from unread
        if found.status in UNCONFIRMED:
            raise InvalidRequest(f"it is {found.status} and was refused all the same")
        return found


def checked_id(value: str) -> str:
    """An id fit for a path. Raises `NotFound` for what cannot be one of Stripe's."""
    if STRIPE_ID.fullmatch(value) is None:
        raise NotFound("not an id of Stripe's")
    return value


def options_of(account: ProcessorAccount, idempotency_key: str = "") -> "RequestOptions":
    """Header options. The account belongs here: among the parameters it would be a body field."""
    options: RequestOptions = {}
    if account.account_id is not None:
        options["stripe_account"] = account.account_id
    if idempotency_key:
        options["idempotency_key"] = idempotency_key
    return options
