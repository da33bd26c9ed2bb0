"""A client who owes, has stored a method, and pays by a plan: straight through the actions."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from payments.accounts.actions import check_connection
from payments.accounts.demo import make_demo_accounts
from payments.accounts.models import BankAccount
from payments.billing.changing import change_bill
from payments.billing.models import Bill
from payments.gateway.results import MethodKind
from payments.methods.models import StoredMethod
from payments.methods.standing import today
from payments.plans import autocharge, queries
from payments.plans.actions import Accepted, accept
from payments.plans.calendar import due_moment, mark_of
from payments.plans.changing import Change, change
from payments.plans.days import upcoming
from payments.plans.models import Autocharge, BillCharge, DueState, Every, Moment, PaymentPlan
from payments.plans.proposing import Wanted, propose
from payments.plans.terms import Terms
from payments.transactions.models import Payment
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import Contact
from portal.core import clock, db, demo_clock
from portal.firm.brand import brand
from tests.factories import clients
from tests.factories.billing import Asked, Client, Line, Office, details, issued
from tests.factories.methods import Wallet
from tests.factories.payments import BANK_WORKS, CARD_WORKS, books_problems

ANA = "user:ana"
CARD_DECLINES_ONCE_STORED = "4000000000000341"


@dataclass
class PlanDesk:
    """Cleo, her bills, her stored methods and her plans."""

    app: Flask
    account: BankAccount
    trust: BankAccount
    client: Contact
    office: Office
    cleo: Client

    @property
    def wallet(self) -> Wallet:
        """What Cleo stores for the operating account."""
        return Wallet(self.client, self.account)

    def bill(self, cents: int = 30_000, due: int = 30) -> Bill:
        """One more unpaid bill, due so many days after it was issued."""
        day = self.today()
        asked = Asked([Line(cents)], issued_on=day, due_on=day + timedelta(days=due))
        return issued(self.office, self.cleo, asked)

    def card(self, number: str = CARD_WORKS) -> StoredMethod:
        """A card that Cleo has stored."""
        return self.wallet.stored(number)

    def bank(self, number: str = BANK_WORKS) -> StoredMethod:
        """A bank account that Cleo has stored."""
        return self.wallet.stored(number, MethodKind.BANK)

    def today(self) -> date:
        """The day where the firm is."""
        with db.read() as session:
            return today(session)

    def owed(self) -> int:
        """Cents that Cleo owes and no payment is under way for."""
        with db.read() as session:
            return queries.owed_cents(session, self.client.id, self.account.id, NOTHING_CLOSED)

    def wanted(self, method: StoredMethod | None, **said: Any) -> Wanted:
        """Three equal instalments from today on, each month; anything else as said."""
        terms: dict[str, Any] = {"every": Every.MONTH, "starts_on": self.today(), "count": 3}
        for name in ("every", "starts_on", "count", "each_cents"):
            if name in said:
                terms[name] = said.pop(name)
        if terms.get("each_cents") is not None:
            terms["count"] = None
        values: dict[str, Any] = {
            "client_id": self.client.id,
            "bank_account_id": self.account.id,
            "method": method.public_id if method else "",
            "terms": Terms(**terms),
            "asks": False,
            "seen_cents": self.owed(),
        }
        return Wanted(**(values | said))

    def propose(self, method: StoredMethod | None, **said: Any) -> PaymentPlan:
        """Press **Agree plan**."""
        wanted = self.wanted(method, **said)
        with db.transaction() as session:
            return propose(session, wanted, NOTHING_CLOSED, by=ANA)

    def give_method(self, plan: PaymentPlan, method: StoredMethod) -> None:
        """Change the plan's method, and nothing else."""
        wanted = Change(self.now(plan).version, method.public_id, "", None, 0)
        with db.transaction() as session:
            change(session, plan.id, wanted, NOTHING_CLOSED, by=ANA)

    def turn_on(
        self, method: StoredMethod, moment: Moment = Moment.DUE, days: int = 0
    ) -> Autocharge:
        """Press **Turn on autocharge**."""
        wanted = autocharge.Wanted(self.client.id, self.account.id, method.public_id, moment, days)
        with db.transaction() as session:
            return autocharge.turn_on(session, wanted, by=ANA)

    def change(self, bill: Bill, cents: int, due: int = 30) -> None:
        """Change an unpaid bill: so much, due so many days from today."""
        on = bill.issued_on or self.today()
        asked = Asked([Line(cents)], issued_on=on, due_on=self.today() + timedelta(days=due))
        wanted = details(self.office, self.cleo, asked)
        with db.transaction() as session:
            change_bill(session, session.get_one(Bill, bill.id), wanted, reason="More", by=ANA)

    def accept(self, plan: PaymentPlan, **said: Any) -> PaymentPlan:
        """Press **Accept this plan**, having read it as it is now."""
        now = self.now(plan)
        values: dict[str, Any] = {
            "version": now.version,
            "seen": mark_of(upcoming(now, self.today())),
            "text": "As read",
            "ip_address": "203.0.113.9",
            "user_agent": "Firefox",
        }
        with db.transaction() as session:
            return accept(session, plan.id, Accepted(**(values | said)))

    def now(self, plan: PaymentPlan) -> PaymentPlan:
        """The plan as it is now."""
        with db.read() as session:
            return queries.by_id(session, plan.id)

    def states(self, plan: PaymentPlan) -> list[str]:
        """The states of its instalments."""
        return [str(one.state) for one in self.now(plan).instalments]

    def payments(self) -> list[Payment]:
        """Every payment made by a plan, in order."""
        with db.read() as session:
            made = select(Payment).where(Payment.origin == "plan").order_by(Payment.id)
            return list(session.scalars(made))

    def paid_cents(self) -> int:
        """What all bills have got."""
        with db.read() as session:
            return session.scalar(select(func.coalesce(func.sum(Bill.applied_cents), 0))) or 0

    def books(self) -> list[str]:
        """What is wrong with the books: nothing."""
        return books_problems(self.app)


def open_plan_desk(app: Flask) -> PlanDesk:
    """Bank accounts that are connected, and Cleo with one matter. The firm exists already; it is
    past the hour at which charges are made there, so that the tests go one way at any hour."""
    _past_nine()
    with db.transaction() as session:
        accounts = make_demo_accounts(session)
    for account in (accounts.operating, accounts.trust):
        check_connection(account.id)
    contact = clients.contact("Cleo Vance", "cleo@client.test")
    matter = clients.matter(contact, "Vance lease")
    cleo = Client(contact.id, contact.public_id, contact.name, [matter.id])
    office = Office(accounts, cleo, cleo)
    return PlanDesk(app, accounts.operating, accounts.trust, contact, office, cleo)


def _past_nine() -> None:
    with db.transaction() as session:
        early = due_moment(today(session), brand(session).timezone) - clock.now()
        if early > timedelta(0):
            demo_clock.advance(session, early + timedelta(minutes=1))


SETTLED = {DueState.PAID, DueState.FAILED, DueState.SKIPPED, DueState.CANCELED}


def charged_by_itself(bill: Bill) -> Bill:
    """A bill that autocharge has taken on, with a card that its client has stored."""
    with db.read() as session:
        client = session.get_one(Contact, bill.client_id)
        account = session.get_one(BankAccount, bill.bank_account_id)
    card = Wallet(client, account).stored()
    with db.transaction() as session:
        wanted = autocharge.Wanted(client.id, account.id, card.public_id, Moment.ISSUE)
        standing = autocharge.turn_on(session, wanted, by=ANA)
        day = today(session)
        session.add(BillCharge(autocharge_id=standing.id, bill_id=bill.id, try_on=day))
    return bill
