"""A firm with a till, two clients with matters, and bills to pay: what linking needs, no pages."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from payments.billing import actions as billing
from payments.billing.models import Bill, BillShare
from payments.ledger.models import AccountKind, LedgerAccount, LedgerBalance
from payments.receipts import actions as receipts
from payments.receipts import queries, recording
from payments.receipts.models import Receipt, ReceiptSource
from payments.transactions import linking
from payments.transactions.checks import all_problems
from payments.transactions.linking import Target
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import Contact, Matter
from portal.core import db
from tests.factories.billing import TODAY, Client, make_client
from tests.payments.transactions.conftest import Till

ANA = "user:ana"


@dataclass
class Practice:
    """Cleo has two matters, Sol one. Everything goes through the product's own actions."""

    till: Till
    cleo: Client
    sol: Client

    def bill(self, client: Client, *lines: tuple[int, int], due: int = 30) -> Bill:
        """An issued bill: (nth matter, cents) for each line, due so many days after today."""
        with db.transaction() as session:
            details = billing.BillDetails(
                client_id=client.id,
                bank_account_id=self.till.accounts["operating"].id,
                lines=[
                    billing.LineDetails(client.matters[nth], TODAY, "Drafting", 1_000, cents)
                    for nth, cents in lines
                ],
                due_on=TODAY + timedelta(days=due),
            )
            bill = billing.draft_bill(session, details, by=ANA)
            return billing.issue(session, bill, on=TODAY, by=ANA)

    def target(self, client: Client, nth: int | None = None) -> Target:
        """A client, or the nth matter of that client."""
        with db.read() as session:
            matter = session.get_one(Matter, client.matters[nth]) if nth is not None else None
            return Target(session.get_one(Contact, client.id), matter)

    def link(self, payment_id: int, to: Target, *, apply: bool = True) -> Receipt:
        """Link a payment as it was previewed."""
        payment = self.till.payment(payment_id)
        with db.read() as session:
            shown = linking.preview(session, payment, to, apply=apply)
        with db.transaction() as session:
            expected = shown.fingerprint if shown else None
            name = payment.public_id
            ticked = apply and shown is not None
            return linking.link(session, name, to, apply=ticked, expected=expected, by=ANA)

    def change(self, payment_id: int, to: Target | None, *, apply: bool = True) -> Receipt | None:
        """Move or take back a link as it was previewed."""
        payment = self.till.payment(payment_id)
        with db.read() as session:
            shown = linking.preview(session, payment, to, apply=apply) if to else None
            linked = session.get(Receipt, payment.receipt_id or 0)
        with db.transaction() as session:
            return linking.change_link(
                session,
                payment.public_id,
                to,
                standing=linked.public_id if linked else "",
                apply=apply and shown is not None,
                reason="Wrong client",
                expected=shown.fingerprint if shown else None,
                by=ANA,
            )

    def cheque(
        self, client: Client, cents: int, *, nth: int | None = None, number: str = "100",
        kind: str = "operating", apply: bool = True,
    ) -> Receipt:  # fmt: skip
        """Record a cheque of today."""
        with db.transaction() as session:
            recorded = recording.Recorded(
                source=ReceiptSource.CHEQUE,
                client_id=client.id,
                matter_id=client.matters[nth] if nth is not None else None,
                bank_account=self.till.accounts[kind],
                amount_cents=cents,
                received_on=TODAY - timedelta(days=1),
                number=number,
            )
            return recording.record(session, recorded, apply=apply, expected=None, by=ANA)

    def apply_credit(self, client: Client, cents: int, *, nth: int | None = None) -> int:
        """Apply credit of the operating account; answers the cents that paid bills."""
        with db.transaction() as session:
            return receipts.apply_credit(
                session,
                client_id=client.id,
                matter_id=client.matters[nth] if nth is not None else None,
                bank_account_id=self.till.accounts["operating"].id,
                amount_cents=cents,
                expected=None,
                by=ANA,
            ).applied_cents


def open_practice(till: Till) -> Practice:
    """The clients of a firm that has its accounts."""
    with db.transaction() as session:
        return Practice(till, make_client(session, "Cleo Vance", 2), make_client(session, "Sol"))


def owed(bill: Bill) -> int:
    """What is still owed on a bill, in cents."""
    with db.read() as session:
        return session.get_one(Bill, bill.id).balance.cents


def shares(bill: Bill) -> list[int]:
    """What is applied to each matter's share of a bill, in order."""
    with db.read() as session:
        rows = session.scalars(
            select(BillShare).where(BillShare.bill_id == bill.id).order_by(BillShare.position)
        )
        return [share.applied_cents for share in rows]


def held(kind: AccountKind, client: Client) -> dict[int | None, int]:
    """What the books hold of a client on accounts of one kind, by matter (none: client level)."""
    with db.read() as session:
        rows = session.execute(
            select(LedgerAccount.matter_id, LedgerBalance.posted_cents)
            .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
            .where(LedgerAccount.kind == kind, LedgerAccount.client_id == client.id)
        )
        return {matter_id: cents for matter_id, cents in rows if cents}


def problems() -> list[str]:
    """What check-books would say."""
    with db.read() as session:
        return all_problems(session)


def paid(receipt: Receipt) -> list[tuple[int | None, int]]:
    """Which bills a receipt pays now: number and cents."""
    with db.read() as session:
        return [
            (bill.number, cents)
            for bill, cents in queries.paid_bills(session, receipt.id, NOTHING_CLOSED)
        ]


def void(bill: Bill) -> None:
    """Withdraw a bill."""
    with db.transaction() as session:
        billing.void(session, session.get_one(Bill, bill.id), reason="Withdrawn", by=ANA)
