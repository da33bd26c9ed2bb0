"""The one real `PaymentGateway`: Stripe, through its official SDK."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import stripe

from payments.gateway.account_check import check_from, unknown_account
from payments.gateway.calls import checked_id, options_of
from payments.gateway.errors import InvalidRequest, NotFound
from payments.gateway.events import EVENT_NAMES_PER_LIST_MAX, SUBSCRIBED_EVENTS
from payments.gateway.failures import UnexpectedState
from payments.gateway.intents import (
    EXPANDED,
    WHOLE,
    confirm_params,
    create_params,
    stored_params,
)
from payments.gateway.mapping import event_from, method_from, payment_from, preview_from
from payments.gateway.money_back import StripeMoneyBack
from payments.gateway.results import (
    AccountCheck,
    ClientConfig,
    Consent,
    GatewayEvent,
    GatewayMethod,
    GatewayPayment,
    MethodPreview,
    NewPayment,
    ProcessorAccount,
)
from payments.gateway.setups import StripeSetups
from payments.gateway.webhook import verified_event

if TYPE_CHECKING:
    from stripe.params import PaymentIntentConfirmParams

EVENTS_PER_PAGE = 100


class StripeGateway(StripeSetups, StripeMoneyBack):
    """Payments at Stripe: what `payments.gateway.protocol` asks of a processor."""

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
                checked_id(confirmation_token), options=options_of(account)
            )
        ).to_dict()
        preview = preview_from(token.get("payment_method_preview") or {})
        if preview is None:
            raise InvalidRequest("the token holds neither a card nor a US bank account")
        return preview

    def ensure_customer(self, account: ProcessorAccount, client_key: str) -> str:
        """The Stripe customer for one of our clients on that account; answers its id.

        It holds our opaque key and no name or email (FEATURES M13). Stripe keeps the idempotency
        key for about a day, so the caller keeps the answer.
        """
        customer = self._call(
            lambda: self._stripe.customers.create(
                {"metadata": {"client_key": client_key}}, options_of(account, f"cus:{client_key}")
            ),
            writes=True,
        )
        return customer.id

    def create_payment(self, account: ProcessorAccount, new: NewPayment) -> GatewayPayment:
        """Make an intent; repeated with the same `payment_id` it answers with the same intent.

        Stripe keeps the key for about a day. After that look the payment up, never make it again.
        """
        return self._payment(
            lambda: self._stripe.payment_intents.create(
                create_params(new), options_of(account, f"pi:{new.payment_id}")
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
        store: bool = False,
    ) -> GatewayPayment:
        """Charge the chosen method. Raises `Declined` when the bank says no.

        With `store` it is kept on the customer that the intent was made with (FEATURES P5). An
        intent that another attempt has paid already answers with its true state.
        """
        token = checked_id(confirmation_token)
        params = confirm_params(token, consent, return_url, store=store)
        return self._confirmed(account, intent_id, params, f"pi:{payment_id}:confirm:{token}")

    def confirm_stored(
        self,
        account: ProcessorAccount,
        intent_id: str,
        *,
        payment_id: str,
        method_id: str,
        return_url: str,
        present: bool,
    ) -> GatewayPayment:
        """Charge a method that the intent's customer has stored (FEATURES P8).

        `present`: its owner has asked for it and can authenticate; else the firm charges, and a
        card that needs authentication is `Declined` with `authentication_required`
        (https://docs.stripe.com/payments/save-and-reuse).
        """
        method = checked_id(method_id)
        params = stored_params(method, return_url, present=present)
        return self._confirmed(account, intent_id, params, f"pi:{payment_id}:confirm:{method}")

    def get_payment(self, account: ProcessorAccount, intent_id: str) -> GatewayPayment:
        """The payment as Stripe has it now, with its refunds and disputes: the only source of
        truth for its status."""
        intent = self._read(
            lambda: self._stripe.payment_intents.retrieve(
                checked_id(intent_id), {"expand": WHOLE}, options_of(account)
            )
        ).to_dict()
        return replace(
            payment_from(intent),
            refunds=self._refunds(account, intent),
            disputes=self._disputes(account, intent),
        )

    def cancel_payment(self, account: ProcessorAccount, intent_id: str) -> GatewayPayment:
        """Cancel an intent that was never paid. One already paid answers with its true state.

        No fixed idempotency key: Stripe would repeat an old refusal for a day.
        """
        try:
            return self._payment(
                lambda: self._stripe.payment_intents.cancel(
                    checked_id(intent_id),
                    {"cancellation_reason": "abandoned", "expand": EXPANDED},
                    options_of(account),
                )
            )
        except UnexpectedState:
            return self._refused(lambda: self.get_payment(account, intent_id))

    def get_method(self, account: ProcessorAccount, method_id: str) -> GatewayMethod:
        """A card or bank account that Stripe keeps. Raises ValueError for another kind."""
        method = self._read(
            lambda: self._stripe.payment_methods.retrieve(
                checked_id(method_id), options=options_of(account)
            )
        )
        return method_from(method.to_dict())

    def detach_method(self, account: ProcessorAccount, method_id: str) -> None:
        """Have Stripe forget a stored method for good; one already forgotten is no error.

        A detached method can never be used or attached again
        (https://docs.stripe.com/api/payment_methods/detach).
        """
        try:
            self._call(
                lambda: self._stripe.payment_methods.detach(
                    checked_id(method_id), options=options_of(account)
                ),
                writes=True,
            )
        except NotFound:
            return
        except InvalidRequest:
            # Stripe refuses to detach what is attached to nobody: then what was asked is so.
            if self.get_method(account, method_id).customer_id:
                raise

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
                    options_of(account),
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

    def _confirmed(
        self,
        account: ProcessorAccount,
        intent_id: str,
        params: "PaymentIntentConfirmParams",
        key: str,
    ) -> GatewayPayment:
        intent = checked_id(intent_id)
        try:
            return self._payment(
                lambda: self._stripe.payment_intents.confirm(
                    intent, params, options_of(account, key)
                )
            )
        except UnexpectedState:
            return self._refused(lambda: self.get_payment(account, intent_id))

    def _payment(self, call: Callable[[], stripe.PaymentIntent]) -> GatewayPayment:
        return payment_from(self._call(call, writes=True).to_dict())
