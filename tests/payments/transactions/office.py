"""Bills for the clients of a test, and links as the actions make them."""

from datetime import date, timedelta
from typing import Any

from payments.billing.actions import BillDetails, LineDetails, draft_bill, issue
from payments.billing.models import Bill
from payments.transactions import checks, linking
from payments.transactions.linking import Target
from portal.clients.models import Contact, Matter
from portal.core import db
from tests.payments.transactions.conftest import Till
from tests.support.cast import Person
from tests.support.page import Page

LIST = "/staff/online-payments/transactions"
BY = "user:tester"
ISSUED = date(2026, 5, 4)


def bill(till: Till, *lines: tuple[Matter, int], due_days: int = 30) -> Bill:
    """An issued bill with a line of so many cents for each matter; all of one client."""
    with db.transaction() as session:
        draft = draft_bill(
            session,
            BillDetails(
                client_id=lines[0][0].client_id,
                bank_account_id=till.accounts["operating"].id,
                lines=[
                    LineDetails(matter.id, ISSUED, "Work", 1_000, cents) for matter, cents in lines
                ],
                due_on=ISSUED + timedelta(days=due_days),
            ),
            by=BY,
        )
        return issue(session, draft, on=ISSUED, by=BY)


def link_to(
    till: Till,
    payment_id: int,
    client: Contact,
    matter: Matter | None = None,
    *,
    apply: bool = False,
) -> None:
    """Link a payment by the action, unticked unless said."""
    public_id = till.payment(payment_id).public_id
    with db.transaction() as session:
        to = Target(client, matter)
        linking.link(session, public_id, to, apply=apply, expected=None, by=BY)


def in_place(person: Person, address: str, sent: dict[str, str] | None = None) -> Page:
    """What htmx gets: a fragment, which may be a native dialog (its Close sends no form)."""
    headers = {"HX-Request": "true", "HX-Target": "task"}
    method = "GET" if sent is None else "POST"
    answer = person.http.open(
        address, method=method, data=sent, headers=headers, base_url=person.base_url
    )
    return Page(answer, address)


def address(till: Till, payment_id: int, way: str = "link") -> str:
    return f"{LIST}/{till.payment(payment_id).public_id}/{way}"


def chosen(named: Contact | Matter) -> str:
    kind = "contact" if isinstance(named, Contact) else "matter"
    return f"{kind}:{named.public_id}"


def previewed(
    person: Person, till: Till, payment_id: int, named: Contact | Matter | str, **more: Any
) -> Page:
    """The dialog's page once somebody was chosen and **Preview** was pressed."""
    to = named if isinstance(named, str) else chosen(named)
    way = "link/change" if till.payment(payment_id).receipt_id else "link"
    page = person.get(address(till, payment_id, way))
    return person.submit(page, "Preview", to=to, **more)


def linked_to(till: Till, payment_id: int) -> bool:
    return till.payment(payment_id).receipt_id is not None


def books_hold() -> None:
    with db.read() as session:
        assert checks.all_problems(session) == []
