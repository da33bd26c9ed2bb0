"""One payment at the sandbox, with a client who owes a bill and a stranger with trust money."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from payments.accounts.models import AccountKind as BankAccountKind
from payments.billing import actions as billing
from payments.billing.models import Bill
from payments.receipts import recording
from payments.receipts.models import ReceiptSource
from payments.sandbox.accounts import Terms, choose_terms
from payments.sandbox.current import sandbox
from payments.sandbox.making import TRUST_ACCOUNT_ID
from payments.transactions.models import Payment
from payments.transactions.resolving import look
from payments.transactions.states import Status
from portal.core import db
from tests.factories.billing import TODAY, Client, make_client
from tests.factories.payments import BANK_WORKS, CARD_WORKS, Links, Payer
from tests.factories.unattended import pass_time
from tests.payments.transactions.against_the_processor import STRANGERS_CENTS, account_of
from tests.payments.transactions.practice import ANA

PAID_CENTS, BILLED_CENTS = 10_000, 6_000


@dataclass(frozen=True)
class Kind:
    """Which payment: into which account, by what, and whether trust wrongly bears the fees."""

    account: str
    method: str
    fees_on_trust: bool = False

    def __str__(self) -> str:
        return f"{self.account} {self.method}" + " with fees" * self.fees_on_trust


@dataclass(frozen=True)
class Life:
    """A payment, its client with a bill, and a stranger whose trust money nobody may touch."""

    payment_id: int
    client: Client
    bill: Bill
    sol: Client

    def payment(self) -> Payment:
        """The row as it is now."""
        with db.read() as session:
            return session.get_one(Payment, self.payment_id)

    def look(self) -> None:
        """Read the payment at the processor, as every webhook does."""
        look(self.payment_id, "webhook")


def begin(app: Flask, links: Links, kind: Kind, number: str = "") -> Life:
    """The payment as it stands when the processor has taken it. An eCheck has been paid by the
    bank by then, though it is not available yet."""
    trust = kind.account == "trust"
    if kind.fees_on_trust:
        with sandbox().service.writing(TRUST_ACCOUNT_ID) as desk:
            choose_terms(desk, Terms("account", fees_from_account=True))
    account = TRUST_ACCOUNT_ID if trust else None
    number = number or (CARD_WORKS if kind.method == "card" else BANK_WORKS)
    Payer(app, account).pay_unread(
        links.trust if trust else links.operating,
        method=kind.method,
        number=number,
        amount=f"{PAID_CENTS / 100:.2f}",
    )
    with db.transaction() as session:
        client, sol = make_client(session, "Cleo Vance"), make_client(session, "Sol Stranger")
        payment_id = session.scalars(select(func.max(Payment.id))).one()
    life = Life(payment_id, client, _bill(client), sol)
    _sols_money(sol)
    if kind.method == "bank":
        pass_time(timedelta(days=3, hours=1))
        life.look()
    assert life.payment().status == Status.AUTHORIZED
    return life


def _bill(client: Client) -> Bill:
    line = billing.LineDetails(client.matters[0], TODAY, "Drafting", 1_000, BILLED_CENTS)
    details = billing.BillDetails(
        client_id=client.id,
        bank_account_id=account_of(BankAccountKind.OPERATING).id,
        lines=[line],
        due_on=TODAY + timedelta(days=30),
    )
    with db.transaction() as session:
        return billing.issue(
            session, billing.draft_bill(session, details, by=ANA), on=TODAY, by=ANA
        )


def _sols_money(sol: Client) -> None:
    with db.transaction() as session:
        cheque = recording.Recorded(
            source=ReceiptSource.CHEQUE,
            client_id=sol.id,
            matter_id=None,
            bank_account=account_of(BankAccountKind.TRUST),
            amount_cents=STRANGERS_CENTS,
            received_on=TODAY,
            number=f"S-{sol.id}",
        )
        recording.record(session, cheque, apply=False, expected=None, by=ANA)
