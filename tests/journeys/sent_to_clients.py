"""A firm whose emails go to a real mail server, and what staff send to its clients there."""

import re
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from payments.accounts.models import BankAccount
from payments.billing import trust_actions
from payments.billing.trust_details import Terms, TrustDetails
from portal.clients.queries import contact
from portal.core import clock, db
from tests.journeys import bookkeeping, letters, office
from tests.journeys.clients import BY, Client, Owed, client_with_bills, database_of
from tests.journeys.from_email import PAY_ADDRESS, PostOffice
from tests.journeys.letters import Letter
from tests.journeys.paying import Pace
from tests.support.browser import Product, free_port, start_product

TRUST = "IOLTA Trust"
APPROVE = "I approve this withdrawal from my bank account"


@dataclass(frozen=True)
class Firm:
    """A running product, the mail server that it writes to, and its own limit on tries."""

    product: Product
    post: PostOffice
    pace: Pace = field(default_factory=Pace)

    def letter(self, to: str, holds: str) -> Letter:
        """The newest email to somebody that holds these words, once it has arrived."""
        deadline = time.monotonic() + letters.SECONDS_MAX
        while time.monotonic() < deadline:
            for one in reversed(self.post.to(to)):
                if holds in f"{one.subject} {one.text}":
                    return one
            time.sleep(0.2)
        raise AssertionError([(one.to, one.subject) for one in self.post.letters])


@contextmanager
def firm_with_mail(var: Path, start: Callable[..., Product] = start_product) -> Generator[Firm]:
    """The product on its own data, and a mail server for as long as it runs."""
    post, port = PostOffice(), free_port()
    controller = Controller(post, "127.0.0.1", port, server_hostname="localhost")
    controller.start()
    try:
        product = start(
            var,
            MAIL_SERVER="127.0.0.1",
            MAIL_PORT=str(port),
            MAIL_USE_TLS="false",
            MAIL_DEFAULT_SENDER="office@harlow-reyes.example",
        )
        yield Firm(product, post)
        product.stop()
    finally:
        controller.stop()


@contextmanager
def desk_of(
    firm: Firm, browser: Browser, sign_in: Callable[[Page], None] = office.sign_in
) -> Generator[Page]:
    """An administrator's window, signed in."""
    context = browser.new_context(base_url=firm.product.base_url)
    page = context.new_page()
    sign_in(page)
    yield page
    context.close()


def client_who_owes(firm: Firm, *cents: int) -> Client:
    """A client of one test's own with a bill for each sum, the first one due first."""
    owed = [Owed(20 + place, (one,)) for place, one in enumerate(cents)]
    return client_with_bills(firm.product.var, owed)


def send(desk: Page, firm: Firm, client: Client, path: str) -> str:
    """**Send** on a bill's or trust request's page; the address in the email as it arrived."""
    before = len(firm.post.to(client.email))
    desk.goto(path)
    desk.get_by_role("link", name=re.compile("^Send")).first.click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile("^Send (bill|trust request)$")).click()
    expect(desk.get_by_text("is being emailed to")).to_be_visible()
    (letter,) = letters.wait_for(lambda: firm.post.to(client.email)[before:], 1)
    found = PAY_ADDRESS.search(letter.text)
    assert found is not None, letter
    return found.group()


def send_bill(desk: Page, firm: Firm, client: Client, nth: int = 0) -> str:
    """**Send** on the client's nth bill."""
    return send(desk, firm, client, f"/staff/bills/{client.bills[nth].public_id}")


def copy_link(desk: Page, client: Client) -> str:
    """**Copy link to pay client balance** in the list of unpaid bills (FEATURES L8)."""
    (bill,) = client.bills
    desk.goto(f"/staff/bills?status=awaiting_payment&q={bill.number}")
    row = desk.locator("#bills-table tbody tr").filter(has=desk.locator(f"#bill-{bill.public_id}"))
    row.locator("summary").click()
    row.get_by_role("link", name="Copy link to pay client balance").click()
    dialog = desk.get_by_role("dialog")
    expect(dialog.get_by_role("radio", name=TRUST)).to_have_count(0)
    dialog.get_by_role("button", name="Copy link to send").click()
    expect(desk.locator("#client-link")).to_have_value(PAY_ADDRESS)
    return desk.locator("#client-link").input_value()


def trust_request(firm: Firm, client: Client, cents: int) -> str:
    """Ask a client for money in trust, at client level; its page for staff."""
    with database_of(firm.product.var), db.transaction() as session:
        today = clock.now().date() - timedelta(days=1)
        account = session.scalars(select(BankAccount).where(BankAccount.name == TRUST)).one()
        asked_of = contact(session, client.public_id)
        terms = Terms(cents, today + timedelta(days=30))
        wanted = TrustDetails(asked_of.id, None, account.id, terms)
        asked = trust_actions.draft_trust_request(session, wanted, by=BY)
        trust_actions.issue(session, asked, on=today, shown=1, by=BY)
        return f"/staff/trust-requests/{asked.public_id}"


def pass_days(desk: Page, reference: str, status: str) -> Locator:
    """**Advance 5 days**; answers the row of the payment, which has this status then."""
    desk.goto(f"{office.TRANSACTIONS}?payer={reference}")
    office.advance(desk, "5 days")
    row = office.payment_row(desk, reference)
    expect(row).to_contain_text(status)
    return row


def payments_of(desk: Page, client: Client) -> int:
    """How many payments **Transactions** finds for a client's email."""
    desk.goto(f"{office.TRANSACTIONS}?payer={client.email}")
    return desk.locator("#transactions-table tbody tr").filter(has_text=client.email).count()


def expect_books(desk: Page, firm: Firm, client: Client, balance: str) -> None:
    """The bill stands at this balance, and `flask check-books` has nothing to say."""
    bookkeeping.expect_bills(desk, [(client.bills[0], balance)])
    bookkeeping.check_books(firm.product)
