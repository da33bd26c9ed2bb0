"""A firm with a trust and an operating account, payments into them, and what Stripe would show."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from payments.accounts.models import AccountKind, BankAccount
from payments.gateway.results import (
    BalanceEntry,
    Failure,
    GatewayPayment,
    IntentStatus,
    MethodKind,
)
from payments.links.models import AccountLink
from payments.transactions.attempts import Attempt, record_attempt
from payments.transactions.models import Payment
from payments.transactions.observing import Sight, observe
from payments.transactions.states import Status
from portal.clients.models import Contact, Matter
from portal.core import clock, config, db
from portal.core.config import Settings
from portal.core.db import Database
from portal.core.ids import public_id
from portal.core.tokens import new_token
from portal.firm.actions import set_up_firm
from tests.factories import clients
from tests.factories.fixtures import links  # noqa: F401  pytest finds fixtures by name
from tests.support.cast import FIRM, Cast
from tests.support.stages import stage

MANDATE = "I authorize Harlow & Reyes LLP to withdraw this amount once."


def add_accounts() -> dict[str, BankAccount]:
    """A trust and an operating account, both connected, each with its live link."""
    return stage("two accounts with links", _add_accounts)


def _add_accounts() -> dict[str, BankAccount]:
    accounts = {}
    with db.transaction() as session:
        for kind in AccountKind:
            accounts[kind.value] = BankAccount(
                public_id=public_id(),
                name=f"Harlow {kind}",
                public_label=f"Harlow & Reyes {kind} account",
                kind=kind,
                currency="USD",
                processor_account=None,
                checked_at=clock.now(),
                checked_problems=[],
            )
            session.add(accounts[kind.value])
        session.flush()
        for account in accounts.values():
            session.add(
                AccountLink(
                    token=new_token(),
                    bank_account_id=account.id,
                    made_at=clock.now(),
                )
            )
    return accounts


def _link_of(account: BankAccount) -> int | None:
    with db.read() as session:
        return session.scalar(
            select(AccountLink.id).where(AccountLink.bank_account_id == account.id)
        )


@dataclass
class Till:
    """Makes payments without a processor, and shows snapshots to `observe`."""

    accounts: dict[str, BankAccount]
    made: list[int] = field(default_factory=list)

    def attempt(
        self,
        *,
        kind: str = "operating",
        method: MethodKind = MethodKind.CARD,
        cents: int = 25_000,
        name: str = "Cleo Vance",
        **said: Any,
    ) -> int:
        """An attempt that the processor has heard of: a Pending payment."""
        account = self.accounts[kind]
        values = {
            "payer_email": f"{name.split()[0].lower()}@client.test",
            "paid_for": "The Vance lease",
            "payer_reference": "",
            "language": "en_US",
            "method_label": "Visa ending 4242" if method is MethodKind.CARD else "Bank ending 6789",
            **said,
        }
        payment_id, _new = record_attempt(
            Attempt(
                nonce=new_token(),
                bank_account_id=account.id,
                account_link_id=None if "document" in said else _link_of(account),
                amount_cents=cents,
                currency="USD",
                method=method,
                payer_name=name,
                mandate_text=MANDATE if method is MethodKind.BANK else None,
                ip_address="203.0.113.7",
                user_agent="Firefox",
                **values,
            )
        )
        with db.transaction() as session:
            session.execute(
                update(Payment).where(Payment.id == payment_id).values(intent_id=f"pi_{payment_id}")
            )
        self.made.append(payment_id)
        return payment_id

    def show(self, payment_id: int, snapshot: GatewayPayment, told_by: str = "webhook") -> Status:
        """Let one snapshot be observed."""
        with db.transaction() as session:
            return observe(session, payment_id, Sight(snapshot, told_by))

    def snapshot(self, payment_id: int, status: IntentStatus, **differs: Any) -> GatewayPayment:
        """What the processor would show of a payment in this status."""
        payment = self.payment(payment_id)
        values = {
            "amount_cents": payment.amount_cents,
            "currency": payment.currency,
            "livemode": False,
            "created_at": payment.made_at,
            **differs,
        }
        return GatewayPayment(intent_id=f"pi_{payment_id}", status=status, **values)

    def entry(self, payment_id: int, *, fee_cents: int, available: bool = True) -> BalanceEntry:
        """The processor's book entry of a payment."""
        payment = self.payment(payment_id)
        return BalanceEntry(
            entry_id=f"txn_{payment_id}",
            amount_cents=payment.amount_cents,
            fee_cents=fee_cents,
            currency=payment.currency,
            available=available,
            available_at=payment.made_at + timedelta(days=2),
        )

    def authorize(self, payment_id: int) -> Status:
        """The processor has accepted the payment."""
        return self.show(payment_id, self.snapshot(payment_id, IntentStatus.PROCESSING))

    def complete(self, payment_id: int, fee_cents: int | None = None) -> Status:
        """The money is available, with the fee that this kind of account usually bears."""
        if fee_cents is None:
            fee_cents = 0 if self.payment(payment_id).bank_account.kind == "trust" else 755
        entry = self.entry(payment_id, fee_cents=fee_cents)
        shown = self.snapshot(payment_id, IntentStatus.SUCCEEDED, balance_entry=entry)
        return self.show(payment_id, shown)

    def fail(self, payment_id: int, code: str = "insufficient_funds") -> Status:
        """The payer's bank has said no, or has taken the money back."""
        failure = Failure(code)
        shown = self.snapshot(payment_id, IntentStatus.NEEDS_METHOD, failure=failure)
        return self.show(payment_id, shown)

    def payment(self, payment_id: int) -> Payment:
        """The row as it is now."""
        with db.read() as session:
            return session.get_one(Payment, payment_id)

    def bring_to(self, status: Status, **said: Any) -> int:
        """A payment that has come to this status the usual way."""
        payment_id = self.attempt(**said)
        needs = {"action": "authenticate"}
        if said.get("method") is MethodKind.BANK:
            needs = {"action": "verify_deposits", "verify_url": "https://verify.test/1"}
        ways: dict[Status, Callable[[], object]] = {
            Status.PENDING: lambda: None,
            Status.ACTION_NEEDED: lambda: self.show(
                payment_id, self.snapshot(payment_id, IntentStatus.NEEDS_ACTION, **needs)
            ),
            Status.AUTHORIZED: lambda: self.authorize(payment_id),
            Status.COMPLETED: lambda: (self.authorize(payment_id), self.complete(payment_id)),
            Status.FAILED: lambda: self.fail(payment_id),
            Status.CANCELED: lambda: self.show(
                payment_id, self.snapshot(payment_id, IntentStatus.CANCELED)
            ),
            Status.RETURNED: lambda: (self.authorize(payment_id), self.fail(payment_id)),
        }
        ways[status]()
        assert self.payment(payment_id).status == status
        return payment_id


def _set_up() -> None:
    with db.transaction() as session:
        set_up_firm(session, FIRM)


@pytest.fixture
def books(database: Database, settings: Settings) -> Till:
    """The firm's accounts on a database alone: no application, so that threads can share it."""
    config.use(settings)
    stage("firm", _set_up)
    return Till(add_accounts())


@pytest.fixture
def till(cast: Cast) -> Till:
    """The firm's accounts in the running product, with its people."""
    return Till(add_accounts())


@pytest.fixture
def cleo(cast: Cast) -> Contact:
    """A client with an email."""
    return stage("Cleo", lambda: clients.contact("Cleo Vance", "cleo@client.test"))


@pytest.fixture
def lease(cleo: Contact) -> Matter:
    """A matter of hers."""
    return clients.matter(cleo, "Vance lease", number="00012")
