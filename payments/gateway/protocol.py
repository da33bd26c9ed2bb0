"""What the house asks of a processor.

One real implementation: `payments.gateway.stripe_gateway`.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from payments.gateway.results import (
    AccountCheck,
    ClientConfig,
    Consent,
    GatewayEvent,
    GatewayPayment,
    MethodPreview,
    NewPayment,
    ProcessorAccount,
)


class PaymentGateway(Protocol):
    """Every call goes over the network and is made outside any database transaction.

    Each raises `Unavailable`, `InvalidRequest` or `NotFound` from `payments.gateway.errors`;
    `confirm_payment` also raises `Declined`.
    """

    def client_config(self, account: ProcessorAccount) -> ClientConfig:
        """What the pay page hands to the processor's script. No network call."""
        ...

    def preview_method(self, account: ProcessorAccount, confirmation_token: str) -> MethodPreview:
        """The card or bank account behind a confirmation token, for the review page."""
        ...

    def create_payment(self, account: ProcessorAccount, new: NewPayment) -> GatewayPayment:
        """Make an intent; repeated with the same `payment_id` it answers with the same intent."""
        ...

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
        """Charge the chosen method. Raises `Declined` when the bank says no."""
        ...

    def get_payment(self, account: ProcessorAccount, intent_id: str) -> GatewayPayment:
        """The payment as the processor has it now: the only source of truth for its status."""
        ...

    def cancel_payment(self, account: ProcessorAccount, intent_id: str) -> GatewayPayment:
        """Cancel an intent that was never paid. One already paid answers with its true state."""
        ...

    def list_events(self, account: ProcessorAccount, since: datetime) -> Iterator[GatewayEvent]:
        """Every event of the account since then, oldest first (FEATURES M11)."""
        ...

    def check_account(self, account: ProcessorAccount, currency: str) -> AccountCheck:
        """Whether the account exists and can take payments in that currency now."""
        ...

    def parse_webhook(self, body: bytes, signature: str, at: datetime) -> GatewayEvent:
        """Verify a webhook against every configured secret. Raises `BadSignature` or ValueError."""
        ...
