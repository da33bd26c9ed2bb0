"""What the house asks of a processor.

One real implementation: `payments.gateway.stripe_gateway`.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from payments.gateway.results import (
    AccountCheck,
    ClientConfig,
    Consent,
    GatewayDispute,
    GatewayEvent,
    GatewayMethod,
    GatewayPayment,
    GatewayRefund,
    GatewaySetup,
    MethodPreview,
    NewPayment,
    NewRefund,
    NewSetup,
    ProcessorAccount,
)


class PaymentGateway(Protocol):
    """Every call goes over the network and is made outside any database transaction.

    Each raises `Unavailable`, `InvalidRequest` or `NotFound` from `payments.gateway.errors`;
    `confirm_payment` and `confirm_stored` also raise `Declined`.
    """

    def client_config(self, account: ProcessorAccount) -> ClientConfig:
        """What the pay page hands to the processor's script. No network call."""
        ...

    def preview_method(self, account: ProcessorAccount, confirmation_token: str) -> MethodPreview:
        """The card or bank account behind a confirmation token, for the review page."""
        ...

    def ensure_customer(self, account: ProcessorAccount, client_key: str) -> str:
        """The processor's customer for one of our clients on that account; answers its id.

        `client_key` is ours and opaque: the processor is told no name and no email (FEATURES M13).
        Asked again within a day it answers with the same customer.
        """
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
        store: bool = False,
    ) -> GatewayPayment:
        """Charge the chosen method. Raises `Declined` when the bank says no.

        With `store` the method is kept on the customer that the payment was made for, to be charged
        later without the payer (FEATURES P5); `GatewayPayment.stored` then tells it.
        """
        ...

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

        `present`: its owner asked for it just now. Raises `Declined` when the bank says no, with
        the code `authentication_required` where only the owner could have approved it.
        """
        ...

    def get_payment(self, account: ProcessorAccount, intent_id: str) -> GatewayPayment:
        """The payment as the processor has it now: the only source of truth for its status."""
        ...

    def cancel_payment(self, account: ProcessorAccount, intent_id: str) -> GatewayPayment:
        """Cancel an intent that was never paid. One already paid answers with its true state."""
        ...

    def create_refund(self, account: ProcessorAccount, new: NewRefund) -> GatewayRefund:
        """Give back some of a paid payment; the same `name` answers with the same refund.

        Raises `InvalidRequest` where the processor refuses it: nothing was given back.
        """
        ...

    def upload_evidence(
        self, account: ProcessorAccount, *, name: str, media_type: str, content: bytes
    ) -> str:
        """Hand over a file for a dispute; answers the processor's id of it."""
        ...

    def answer_dispute(
        self, account: ProcessorAccount, dispute_id: str, evidence: Mapping[str, str], *, once: str
    ) -> GatewayDispute:
        """Send the evidence to the payer's bank: once, and for good. Keys are the processor's
        fields, values words or ids of `upload_evidence`. `once` is the idempotency key.

        Raises `InvalidRequest` where the dispute is closed already.
        """
        ...

    def accept_dispute(self, account: ProcessorAccount, dispute_id: str) -> GatewayDispute:
        """Give in: the dispute is lost. One that has ended answers with its true state."""
        ...

    def create_setup(self, account: ProcessorAccount, new: NewSetup) -> GatewaySetup:
        """Begin to store a method without a payment; the same `try_id` answers with the same."""
        ...

    def confirm_setup(
        self,
        account: ProcessorAccount,
        setup_id: str,
        *,
        confirmation_token: str,
        consent: Consent | None,
        return_url: str,
    ) -> GatewaySetup:
        """Keep the chosen method on the setup's customer. Raises `Declined`."""
        ...

    def get_setup(self, account: ProcessorAccount, setup_id: str) -> GatewaySetup:
        """The setup as the processor has it now."""
        ...

    def cancel_setup(self, account: ProcessorAccount, setup_id: str) -> GatewaySetup:
        """Cancel a setup that has kept nothing. One that has ended answers with its true state."""
        ...

    def get_method(self, account: ProcessorAccount, method_id: str) -> GatewayMethod:
        """A card or bank account that the processor keeps, as it is now."""
        ...

    def detach_method(self, account: ProcessorAccount, method_id: str) -> None:
        """Have the processor forget a stored method for good; one already forgotten is no error."""
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
