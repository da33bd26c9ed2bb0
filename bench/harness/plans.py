"""Clients with a bill, a stored card and a payment plan, made by the product at its sandbox."""

from datetime import date
from typing import TYPE_CHECKING

from bench.harness.bills import add_debtor
from bench.harness.firm import BenchFirm

if TYPE_CHECKING:
    from payments.accounts.models import BankAccount
    from payments.gateway.results import GatewayPayment

CENTS = 10_000
CARD = "4242424242424242"


def add_plan(firm: BenchFirm, starts_on: date) -> None:
    """One more client who owes a bill and pays it in two instalments, the first on this day."""
    from payments.plans.models import Every
    from payments.plans.proposing import Wanted, propose
    from payments.plans.terms import Terms
    from portal.clients.access import NOTHING_CLOSED
    from portal.core import db

    debtor = add_debtor(firm, 1)
    method = stored_card(firm, debtor.client_id)
    terms = Terms(Every.MONTH, starts_on, count=2)
    wanted = Wanted(debtor.client_id, firm.account_id, method, terms, asks=False, seen_cents=CENTS)
    with db.transaction() as session:
        propose(session, wanted, NOTHING_CLOSED, by="bench")


def stored_card(firm: BenchFirm, client_id: int) -> str:
    """A card that the client has stored with a payment at the sandbox; its public id."""
    from payments.accounts.models import BankAccount
    from payments.methods.actions import Consented, store
    from portal.core import db

    with db.read() as session:
        account = session.get_one(BankAccount, firm.account_id)
    name, paid = paid_once(account, client_id)
    assert paid.stored is not None
    said = Consented(
        client_id,
        account.id,
        f"payment:{name}",
        "Visa •••• 4242",
        "Yes",
        "203.0.113.9",
        "Bench",
        "Debtor",
        f"debtor{client_id}@bench.test",
        "en_US",
    )
    with db.transaction() as session:
        return store(session, paid.stored, said).public_id


def paid_once(account: "BankAccount", client_id: int) -> "tuple[str, GatewayPayment]":
    """A payment that stores its card at the sandbox; its name, and what the processor shows."""
    from payments.gateway.current import gateway
    from payments.gateway.results import MethodKind, NewPayment, ProcessorAccount
    from payments.methods.actions import customer_of
    from payments.sandbox.current import sandbox
    from payments.sandbox.tokens import enter_test_number
    from portal.core.ids import public_id

    at, name = ProcessorAccount(account.processor_account), public_id()
    customer = customer_of(client_id, account)
    new = NewPayment(name, 100, "USD", (MethodKind.CARD,), "", customer_id=customer)
    intent = gateway().create_payment(at, new).intent_id
    with sandbox().service.writing(account.processor_account) as desk:
        token = enter_test_number(desk, MethodKind.CARD, CARD, "Debtor")
    paid = gateway().confirm_payment(
        at,
        intent,
        payment_id=name,
        confirmation_token=token,
        consent=None,
        return_url="http://localhost/",
        store=True,
    )
    return name, paid
