"""What the tests of Record Payment and of the ledgers ask for again and again."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from payments.accounts.models import BankAccount
from payments.billing.models import Bill
from payments.receipts.models import Receipt
from portal.clients.models import Matter
from portal.core import db
from tests.factories.billing import TODAY, Asked, Line, Office
from tests.support.cast import Person
from tests.support.page import Page

NEW = "/staff/receipts/new"


def opened(person: Person, key: str) -> Page:
    return person.get(f"{NEW}?client={key}")


def cleo_of(office: Office) -> str:
    return f"contact:{office.cleo.public_id}"


def matter_key(matter_id: int) -> str:
    with db.read() as session:
        return f"matter:{session.get_one(Matter, matter_id).public_id}"


def previewed(page: Page, person: Person, **typed: Any) -> Page:
    """The form with these fields typed and the preview that belongs to them, without script."""
    return person.submit(page, "Show what it pays", **typed)


def record(person: Person, key: str, *, status: int = 200, **typed: Any) -> Page:
    """Type, look at the preview, press the button."""
    page = previewed(opened(person, key), person, **typed)
    return person.submit(page, "Record payment", status=status)


def state(bill: Bill) -> tuple[str, int]:
    with db.read() as session:
        now = session.get_one(Bill, bill.id)
    return now.status, now.applied_cents


def receipts() -> list[Receipt]:
    with db.read() as session:
        return list(session.scalars(select(Receipt).order_by(Receipt.id)))


def due_in(days: int, cents: int, matter: int = 0) -> Asked:
    return Asked([Line(cents, matter)], due_on=TODAY + timedelta(days=days))


def account_id(account: BankAccount) -> str:
    return account.public_id
