"""The real gateway over a sandbox, and what the tests ask of it."""

from typing import Any

from payments.gateway.contract.client import CheckedHttpClient
from payments.gateway.results import (
    GatewayDispute,
    GatewayPayment,
    GatewayRefund,
    NewRefund,
    ProcessorAccount,
)
from payments.gateway.stripe_gateway import StripeGateway
from payments.sandbox.keys import Keys
from payments.sandbox.service import SandboxService
from payments.sandbox.transport import Faults, SandboxHttpClient

KEYS = Keys("sk_sandbox_firm", "pk_sandbox_firm")
TRUST = "acct_trust"
OPERATING = ProcessorAccount()
IN_TRUST = ProcessorAccount(TRUST)


def gateway_over(service: SandboxService, faults: Faults | None = None) -> StripeGateway:
    """The product's own way to the processor, with both contract checkers on."""
    client = CheckedHttpClient(SandboxHttpClient(service, faults))
    return StripeGateway(KEYS.secret, KEYS.publishable, (), "/sandbox/stripe.js", client)


def back(
    gateway: StripeGateway,
    name: str,
    paid: Any,
    cents: int,
    account: ProcessorAccount = OPERATING,
) -> GatewayRefund:
    """Give some of a payment back."""
    return gateway.create_refund(account, NewRefund(name, paid.id, cents))


def the_dispute(found: GatewayPayment) -> GatewayDispute:
    """The one dispute of a payment."""
    (dispute,) = found.disputes
    return dispute


def balance(firm: Any) -> int:
    """All that the processor has booked for an account, in cents."""
    entries = firm.v1.balance_transactions.list({"limit": 100}).auto_paging_iter()
    return sum(entry.net for entry in entries)
