"""What the tests of Record Payment and of the ledgers ask for again and again."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from payments.accounts.models import BankAccount
from payments.billing.models import Bill
from payments.ledger import actions as ledger
from payments.ledger.accounts import AccountKey
from payments.ledger.models import AccountKind
from payments.receipts import actions, recording
from payments.receipts.models import Receipt, ReceiptSource
from payments.receipts.recording import Recorded
from portal.clients.models import Matter
from portal.core import db
from tests.factories.billing import TODAY, Asked, Line, Office
from tests.support.cast import Person
from tests.support.days import firm_day
from tests.support.page import Page, words

ANA = "user:ana"
MANY = 60
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


def received(office: Office, cents: int, number: str = "", **said: Any) -> Receipt:
    """A cheque (with a number) or cash of Cleo's, recorded by the action."""
    with db.transaction() as session:
        recorded = Recorded(
            source=ReceiptSource.CHEQUE if number else ReceiptSource.CASH,
            client_id=office.cleo.id,
            matter_id=said.get("matter_id"),
            bank_account=said.get("account", office.accounts.operating),
            amount_cents=cents,
            received_on=said.get("on", firm_day() - timedelta(days=1)),
            number=number,
            note=said.get("note", ""),
        )
        apply = said.get("apply", False)
        return recording.record(session, recorded, apply=apply, expected=None, by=ANA)


def linked(office: Office, cents: int, reference: str, **said: Any) -> Receipt:
    """An online payment that is linked; its money stood as unlinked before, `again` or new."""
    account = said.get("account", office.accounts.operating)
    with db.transaction() as session:
        bank, unlinked = (
            AccountKey(kind, account.id, "USD") for kind in (AccountKind.BANK, AccountKind.UNLINKED)
        )
        if not said.get("again"):
            once = f"in:{reference}"
            arrived = ledger.Entry(once, "completed", bank, unlinked, cents, "test", "test")
            ledger.transfer(session, arrived)
        money = actions.MoneyIn(
            source=ReceiptSource.PAYMENT,
            cause=f"payment:{reference}",
            client_id=said.get("client", office.cleo).id,
            matter_id=said.get("matter_id"),
            account=account,
            amount_cents=cents,
            received_on=firm_day(),
            note=reference,
        )
        receipt, entries = actions.receive(
            session, money, apply=said.get("apply", False), expected=None, by=ANA
        )
        ledger.transfer_all(session, entries)
        return receipt


def unlink(receipt: Receipt) -> None:
    with db.transaction() as session:
        again = session.get_one(Receipt, receipt.id)
        ledger.transfer_all(
            session, actions.take_back(session, again, reason="Wrong client", by=ANA)
        )


def of_cleo(person: Person, office: Office, query: str = "") -> Page:
    return person.get(f"/staff/contacts/{office.cleo.public_id}/ledger{query}")


def of_matter(person: Person, matter_id: int) -> Page:
    with db.read() as session:
        public_id = session.get_one(Matter, matter_id).public_id
    return person.get(f"/staff/matters/{public_id}/ledger")


def rows(page: Page, section: str = "ledger-bills") -> list[list[str]]:
    """The cells of a section's rows, without their days."""
    for day in page.select(".ledger-day"):
        day.decompose()
    found = page.select(f"#{section} tbody tr")
    return [[words(cell.get_text(" ")) for cell in row.select("th, td")][1:] for row in found]


def trust_section(office: Office) -> str:
    return f"ledger-{office.accounts.trust.id}"


def figures(page: Page) -> dict[str, str]:
    """Held in trust, credit, owed and overdue, as they stand on top."""
    return {
        str(tag["id"]).removeprefix("figure-"): words(tag.select("dd")[0].get_text())
        for tag in page.select(".money-figure")
    }
