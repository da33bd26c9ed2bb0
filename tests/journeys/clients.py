"""A client of a test's own, with matters and bills, by the product's own actions on its database.

The product runs meanwhile: all writers queue on one file lock, so this is as safe as its own.
"""

import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from payments.billing import actions as billing
from payments.billing.actions import BillDetails, LineDetails
from payments.receipts.models import ReceiptSource
from payments.receipts.recording import Recorded, record
from portal.clients.models import Matter
from portal.clients.queries import contact
from portal.core import clock, db, demo_clock
from tests.factories import clients

BY = "user:tester"
OPERATING = "Harlow & Reyes Operating"
ISSUED_BEFORE = timedelta(days=60)


@dataclass(frozen=True)
class Owed:
    """A bill to seed: due so many days from now; cents of the client's first matter, second, …"""

    due_in_days: int
    cents: tuple[int, ...]


@dataclass(frozen=True)
class SeededBill:
    """An issued bill, as pages name it."""

    number: str
    public_id: str


@dataclass(frozen=True)
class SeededMatter:
    """A matter, as pages name it."""

    label: str
    public_id: str


@dataclass(frozen=True)
class Client:
    """A client whom no other test knows."""

    name: str
    email: str
    public_id: str
    matters: Sequence[SeededMatter]
    bills: Sequence[SeededBill]


# Five bills of two matters, $1,500.00 in all; both have a part in the fourth.
FIVE_BILLS = (
    Owed(-40, (30_000,)),
    Owed(-20, (0, 20_000)),
    Owed(-10, (10_000,)),
    Owed(+40, (25_000, 15_000)),
    Owed(+60, (0, 50_000)),
)


@contextmanager
def database_of(var: Path) -> Generator[None]:
    """The running product's database and clock, in use by this process too."""
    db.connect(f"sqlite:///{var / 'retainer.db'}")
    clock.use_offset_from(demo_clock.read_offset)
    try:
        yield
    finally:
        clock.use_offset_from(None)
        db.disconnect()


def client_with_bills(var: Path, owed: Sequence[Owed] = (), language: str | None = None) -> Client:
    """A client with two matters and these bills, issued in this order; `language` as `es_US`."""
    token = secrets.token_hex(4)
    name, email = f"Nora Q{token}", f"nora.{token}@demo.test"
    with database_of(var):
        contact = clients.contact(name, email, language=language)
        matters = [clients.matter(contact, f"{what} {token}") for what in ("Lease", "Patent")]
        with db.transaction() as session:
            bills = [_issued(session, matters, one) for one in owed]
    shown = [SeededMatter(f"{one.number} {one.name}", one.public_id) for one in matters]
    return Client(name, email, contact.public_id, shown, bills)


def pay_by_cheque(var: Path, client: Client, cents: int) -> None:
    """What somebody else may do while a page is open: record a cheque that pays bills."""
    with database_of(var), db.transaction() as session:
        payer = contact(session, client.public_id).id
        account, today = _operating(session), clock.now().date() - timedelta(days=1)
        cheque = Recorded(ReceiptSource.CHEQUE, payer, None, account, cents, today, "77")
        record(session, cheque, apply=True, expected=None, by=BY)


def _operating(session: Session) -> BankAccount:
    return session.scalars(select(BankAccount).where(BankAccount.name == OPERATING)).one()


def _issued(session: Session, matters: Sequence[Matter], owed: Owed) -> SeededBill:
    today = clock.now().date()
    lines = [
        LineDetails(matter.id, today - ISSUED_BEFORE, "Drafting", 1_000, cents)
        for matter, cents in zip(matters, owed.cents, strict=False)
        if cents
    ]
    due_on = today + timedelta(days=owed.due_in_days)
    details = BillDetails(matters[0].client_id, _operating(session).id, lines, due_on)
    bill = billing.draft_bill(session, details, by=BY)
    billing.issue(session, bill, on=today - ISSUED_BEFORE, by=BY)
    return SeededBill(str(bill.number), bill.public_id)
