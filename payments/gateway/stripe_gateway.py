"""The one real `PaymentGateway`: Stripe, through its official SDK.

The API version is the one that the installed SDK pins. The demo and the tests hand in an HTTP
client of their own, so that the same code, SDK and serialisation run everywhere.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import stripe

from payments.gateway.account_check import check_from, unknown_account
from payments.gateway.errors import GatewayError, InvalidRequest, NotFound, Unavailable
from payments.gateway.events import EVENT_NAMES_PER_LIST_MAX, SUBSCRIBED_EVENTS
from payments.gateway.failures import UnexpectedState, failure_from
from payments.gateway.intents import EXPANDED, confirm_params, create_params
from payments.gateway.mapping import event_from, payment_from, preview_from
from payments.gateway.results import (
    AccountCheck,
    ClientConfig,
    Consent,
    GatewayEvent,
    GatewayPayment,
    IntentStatus,
    MethodPreview,
    NewPayment,
    ProcessorAccount,
)
from payments.gateway.transport import WatchedClient, default_sender
from payments.gateway.webhook import verified_event

if TYPE_CHECKING:
    from stripe import RequestOptions

Answer = TypeVar("Answer")

ATTEMPTS_AFTER_THE_FIRST = 2
EVENTS_PER_PAGE = 100
STRIPE_ID = re.compile(r"[A-Za-z0-9_]{1,255}")
UNPAID = frozenset({IntentStatus.NEEDS_METHOD, IntentStatus.NEEDS_CONFIRMATION})

# Telemetry would write an id file into the home directory of the firm's server.
stripe.enable_telemetry = False


class StripeGateway:
    """Payments at Stripe. Build one per process; it may be shared between threads.

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

    def client_config(self, account: ProcessorAccount) -> ClientConfig:
        """What the pay page hands to Stripe's script. No network call."""
        return ClientConfig(self._publishable_key, account.account_id, self._script_url)

    def preview_method(self, account: ProcessorAccount, confirmation_token: str) -> MethodPreview:
        """The card or bank account behind a confirmation token, for the review page.

        The token comes from the payer's browser. Raises `NotFound` for one that Stripe does not
        know, `InvalidRequest` for a kind of payment that the house does not offer.
        """
        token = self._read(
            lambda: self._stripe.confirmation_tokens.retrieve(
                checked_id(confirmation_token), options=_options(account)
            )
        ).to_dict()
        preview = preview_from(token.get("payment_method_preview") or {})
        if preview is None:
            raise InvalidRequest("the token holds neither a card nor a US bank account")
        return preview

    def create_payment(self, account: ProcessorAccount, new: NewPayment) -> GatewayPayment:
        """Make an intent; repeated with the same `payment_id` it answers with the same intent.

        Stripe keeps the key for about a day. After that look the payment up, never make it again.
        """
        return self._payment(
            lambda: self._stripe.payment_intents.create(
                create_params(new), _options(account, f"pi:{new.payment_id}")
            )
        )

    def confirm_payment(
        self,
        account: ProcessorAccount,
        intent_id: str,
        *,
        payment_id: str,
        confirmation_token: str,
        consent: Consent | None,
        return_url: str,
    ) -> GatewayPayment:
        """Charge the chosen method. Raises `Declined` when the bank says no.

        An intent that another attempt has paid already answers with its true state.
        """
        token = checked_id(confirmation_token)
        try:
            return self._payment(
                lambda: self._stripe.payment_intents.confirm(
                    checked_id(intent_id),
                    confirm_params(token, consent, return_url),
                    _options(account, f"pi:{payment_id}:confirm:{token}"),
                )
            )
        except UnexpectedState:
            return self._paid_otherwise(account, intent_id)

    def get_payment(self, account: ProcessorAccount, intent_id: str) -> GatewayPayment:
        """The payment as Stripe has it now: the only source of truth for its status."""
        intent = self._read(
            lambda: self._stripe.payment_intents.retrieve(
                checked_id(intent_id), {"expand": EXPANDED}, _options(account)
            )
        )
        return payment_from(intent.to_dict())

    def cancel_payment(self, account: ProcessorAccount, intent_id: str) -> GatewayPayment:
        """Cancel an intent that was never paid. One already paid answers with its true state.

        No fixed idempotency key: Stripe would repeat an old refusal for a day.
        """
        try:
            return self._payment(
                lambda: self._stripe.payment_intents.cancel(
                    checked_id(intent_id),
                    {"cancellation_reason": "abandoned", "expand": EXPANDED},
                    _options(account),
                )
            )
        except UnexpectedState:
            return self._paid_otherwise(account, intent_id)

    def list_events(self, account: ProcessorAccount, since: datetime) -> Iterator[GatewayEvent]:
        """Every subscribed event since then, oldest first (FEATURES M11). Stripe keeps 30 days.

        All pages are fetched before the first event is given, so no call is made in between.
        """
        found: list[GatewayEvent] = []
        for start in range(0, len(SUBSCRIBED_EVENTS), EVENT_NAMES_PER_LIST_MAX):
            names = SUBSCRIBED_EVENTS[start : start + EVENT_NAMES_PER_LIST_MAX]
            # Stripe lists the newest first, and time stamps are whole seconds.
            found += reversed(self._events(account, since, names))
        return iter(sorted(found, key=lambda event: event.created_at))

    def check_account(self, account: ProcessorAccount, currency: str) -> AccountCheck:
        """Whether the account exists and can take payments in that currency now."""
        try:
            found = self._read(lambda: self._account(account))
        except (NotFound, InvalidRequest):
            return unknown_account()
        return check_from(found.to_dict(), currency)

    def parse_webhook(self, body: bytes, signature: str, at: datetime) -> GatewayEvent:
        """Verify a webhook against every configured secret; `at` is the wall clock, aware.

        Raises `BadSignature`, ValueError for a body that is no event, and `NotFound` while no
        secret is configured.
        """
        return verified_event(body, signature, self._webhook_secrets, at)

    def _events(
        self, account: ProcessorAccount, since: datetime, names: Sequence[str]
    ) -> list[GatewayEvent]:
        pages = self._read(
            lambda: list(
                self._stripe.events.list(
                    {
                        "types": list(names),
                        "created": {"gte": int(since.timestamp())},
                        "limit": EVENTS_PER_PAGE,
                    },
                    _options(account),
                ).auto_paging_iter()
            )
        )
        # Asked for with `Stripe-Account`, events need not name the account: it is the one asked.
        named = {"account": account.account_id} if account.account_id is not None else {}
        return [event_from(event.to_dict() | named) for event in pages]

    def _account(self, account: ProcessorAccount) -> stripe.Account:
        if account.account_id is None:
            return self._stripe.accounts.retrieve_current()
        return self._stripe.accounts.retrieve(checked_id(account.account_id))

    def _paid_otherwise(self, account: ProcessorAccount, intent_id: str) -> GatewayPayment:
        try:
            payment = self.get_payment(account, intent_id)
        except GatewayError as unread:
            # It was paid, or canceled: until it has been read nobody knows which.
            raise Unavailable(str(unread), outcome_unknown=True) from unread
        if payment.status in UNPAID:
            raise InvalidRequest(f"payment is {payment.status} and was refused all the same")
        return payment

    def _payment(self, call: Callable[[], stripe.PaymentIntent]) -> GatewayPayment:
        return payment_from(self._call(call, writes=True).to_dict())

    def _read(self, call: Callable[[], Answer]) -> Answer:
        return self._call(call, writes=False)

    def _call(self, call: Callable[[], Answer], *, writes: bool) -> Answer:
        try:
            return call()
        except stripe.StripeError as error:
            lost = self._transport.answer_lost
            raise failure_from(error, writes=writes, answer_lost=lost) from error


def checked_id(value: str) -> str:
    """An id fit for a path. Raises `NotFound` for what cannot be one of Stripe's."""
    if STRIPE_ID.fullmatch(value) is None:
        raise NotFound("not an id of Stripe's")
    return value


def _options(account: ProcessorAccount, idempotency_key: str = "") -> "RequestOptions":
    """Header options. The account belongs here: among the parameters it would be a body field."""
    options: RequestOptions = {}
    if account.account_id is not None:
        options["stripe_account"] = account.account_id
    if idempotency_key:
        options["idempotency_key"] = idempotency_key
    return options
