"""Clients with matters, and bills on them, straight through the actions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy.orm import Session

from payments.accounts.demo import DemoAccounts, make_demo_accounts
from payments.billing.actions import BillDetails, LineDetails, draft_bill, issue
from payments.billing.models import Bill
from portal.clients.actions import add_contact, add_matter
from portal.clients.details import ContactDetails, MatterDetails
from portal.core import db
from tests.support.stages import stage

TODAY = date(2026, 5, 4)
BEN = "user:ben"


@dataclass(frozen=True)
class Client:
    """A client of the firm, and the ids of their matters."""

    id: int
    public_id: str
    name: str
    matters: list[int]


@dataclass(frozen=True)
class Office:
    """What bills need: bank accounts, and two clients of whom Cleo has two matters."""

    accounts: DemoAccounts
    cleo: Client
    sol: Client


@dataclass(frozen=True)
class Line:
    """One line in short: so many dollars on the client's nth matter."""

    cents: int
    matter: int = 0
    thousandths: int = 1_000


@dataclass(frozen=True)
class Asked:
    """A bill in short: what it says where a test does not care."""

    lines: Sequence[Line] = field(default_factory=lambda: [Line(10_000)])
    issued_on: date = TODAY
    due_on: date = TODAY + timedelta(days=30)


def make_client(session: Session, name: str, matters: int = 1) -> Client:
    """A person with so many open matters."""
    contact = add_contact(session, ContactDetails(name), by=BEN)
    made = [
        add_matter(
            session,
            MatterDetails(
                number=f"{contact.id:05d}-{position}",
                name=f"{name}, matter {position + 1}",
                client_id=contact.id,
                opened_on=TODAY - timedelta(days=100),
            ),
            by=BEN,
        )
        for position in range(matters)
    ]
    return Client(contact.id, contact.public_id, name, [matter.id for matter in made])


def make_office() -> Office:
    """Bank accounts and clients, in a firm that exists already."""
    return stage("office", _make_office)


def _make_office() -> Office:
    with db.transaction() as session:
        return Office(
            make_demo_accounts(session),
            make_client(session, "Cleo Vance", matters=2),
            make_client(session, "Sol Nobody"),
        )


def details(office: Office, client: Client, asked: Asked | None = None) -> BillDetails:
    """What a bill of this client says; 100.00 on the first matter where nothing is asked."""
    asked = asked or Asked()
    return BillDetails(
        client_id=client.id,
        bank_account_id=office.accounts.operating.id,
        lines=[
            LineDetails(
                matter_id=client.matters[line.matter],
                worked_on=asked.issued_on,
                description="Drafting",
                quantity_thousandths=line.thousandths,
                rate_cents=line.cents,
            )
            for line in asked.lines
        ],
        due_on=asked.due_on,
    )


def drafted(office: Office, client: Client, asked: Asked | None = None) -> Bill:
    """A saved draft."""
    with db.transaction() as session:
        return draft_bill(session, details(office, client, asked), by=BEN)


def issued(office: Office, client: Client, asked: Asked | None = None) -> Bill:
    """An issued bill."""
    asked = asked or Asked()
    with db.transaction() as session:
        bill = draft_bill(session, details(office, client, asked), by=BEN)
        return issue(session, bill, on=asked.issued_on, by=BEN)
