"""Very many clients, each with a bill, a stored card and a plan whose first day is the same."""

from datetime import date, timedelta

from payments.plans.models import Every
from payments.plans.proposing import Wanted, propose
from payments.plans.terms import Terms
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import Contact
from portal.core import db
from tests.factories import clients
from tests.factories.billing import Asked, Client, Line, Office, issued
from tests.factories.methods import Wallet
from tests.factories.plans import ANA, PlanDesk

EACH_CENTS = 5_000


def client_with_plan(desk: PlanDesk, number: int, starts_on: date) -> Contact:
    """One more client, who owes three instalments and has agreed to pay them."""
    contact = clients.contact(f"Client {number}", f"client{number}@client.test")
    matter = clients.matter(contact, "Lease", f"P-{number}")
    client = Client(contact.id, contact.public_id, contact.name, [matter.id])
    office = Office(desk.office.accounts, client, client)
    asked = Asked([Line(3 * EACH_CENTS)], issued_on=starts_on, due_on=starts_on + timedelta(30))
    issued(office, client, asked)
    method = Wallet(contact, desk.account).stored()
    terms = Terms(Every.MONTH, starts_on, count=3)
    wanted = Wanted(
        client_id=contact.id,
        bank_account_id=desk.account.id,
        method=method.public_id,
        terms=terms,
        asks=False,
        seen_cents=3 * EACH_CENTS,
    )
    with db.transaction() as session:
        propose(session, wanted, NOTHING_CLOSED, by=ANA)
    return contact
