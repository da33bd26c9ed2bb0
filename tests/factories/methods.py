"""Payment methods stored as a client stores them: with a payment, at the sandbox, with consent."""

from dataclasses import dataclass, field
from typing import Any

from payments.accounts.models import BankAccount
from payments.gateway.current import gateway
from payments.gateway.results import (
    Consent,
    GatewayPayment,
    MethodKind,
    NewPayment,
    ProcessorAccount,
)
from payments.methods.actions import Consented, customer_of, store
from payments.methods.consent import store_text
from payments.methods.models import StoredMethod
from payments.sandbox.current import sandbox
from payments.sandbox.tokens import enter_test_number
from portal.clients.models import Contact
from portal.core import db
from portal.core.ids import public_id
from tests.factories.payments import BANK_WORKS, CARD_WORKS

ADDRESS = "dana@payer.test"
AGENT = Consent("203.0.113.9", "Firefox")


@dataclass
class Wallet:
    """Somebody who pays for a client into one bank account, and lets the firm keep the method."""

    client: Contact
    account: BankAccount
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def at_processor(self) -> ProcessorAccount:
        """Where the money goes."""
        return ProcessorAccount(self.account.processor_account)

    def pay(
        self,
        number: str = CARD_WORKS,
        kind: MethodKind = MethodKind.CARD,
        *,
        keep: bool = True,
        customer: str | None = None,
    ) -> GatewayPayment:
        """A payment of $125.00 as the processor shows it; nothing is noted here yet."""
        if customer is None:
            customer = customer_of(self.client.id, self.account) if keep else ""
        payment_id = public_id()
        new = NewPayment(payment_id, 12_500, "USD", (kind,), "", customer_id=customer)
        made = gateway().create_payment(self.at_processor, new)
        with sandbox().service.writing(self.account.processor_account) as desk:
            token = enter_test_number(desk, kind, number, "Dana Whitfield")
        return gateway().confirm_payment(
            self.at_processor,
            made.intent_id,
            payment_id=payment_id,
            confirmation_token=token,
            consent=AGENT if kind is MethodKind.BANK else None,
            return_url="http://localhost:8000/",
            store=keep,
        )

    def consented(self, payment: GatewayPayment) -> Consented:
        """What the payer read and ticked."""
        assert payment.method is not None
        name = payment.method.bank_name or payment.method.brand.title()
        label = f"{name} •••• {payment.method.last4}"
        values: dict[str, Any] = {
            "client_id": self.client.id,
            "bank_account_id": self.account.id,
            "cause": f"payment:{payment.intent_id}",
            "label": label,
            "text": store_text("Harlow & Reyes", self.account.kind, payment.method.kind, label),
            "ip_address": AGENT.ip_address,
            "user_agent": AGENT.user_agent,
            "name": "Dana Whitfield",
            "address": ADDRESS,
            "language": "en_US",
        }
        return Consented(**(values | self.said))

    def keep(self, payment: GatewayPayment) -> StoredMethod:
        """Note what the processor keeps, as the transaction does that observes the payment."""
        assert payment.stored is not None
        with db.transaction() as session:
            return store(session, payment.stored, self.consented(payment))

    def stored(self, number: str = CARD_WORKS, kind: MethodKind = MethodKind.CARD) -> StoredMethod:
        """A method that is stored, with its payment."""
        return self.keep(self.pay(number, kind))

    def stored_bank_account(self) -> StoredMethod:
        """A bank account that is stored."""
        return self.stored(BANK_WORKS, MethodKind.BANK)


def as_now(method: StoredMethod) -> StoredMethod:
    """The row as it is now."""
    with db.read() as session:
        return session.get_one(StoredMethod, method.id)


def path_of(method: StoredMethod) -> str:
    """Where whoever stored it deletes it."""
    return f"/payment-methods/{method.delete_token}"
