"""What a bookkeeper does with a payment, and the places where its figures can be read."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from playwright.sync_api import Locator, Page, expect

from payments.transactions import checks
from portal.core import db
from tests.journeys import office
from tests.journeys.clients import Client, SeededBill, database_of
from tests.journeys.figures import Sheet, says, sent, until
from tests.support.browser import Product
from tests.support.page import words
from tests.support.source import ROOT

NOTHING = "$0.00"
Place = Literal["contacts", "matters"]
Come = Callable[[Page, str], Sheet]
"""How one comes to a page: `sent` by the server, or `drawn` in the window."""


@dataclass(frozen=True)
class Standing:
    """The money of a client or a matter, and what is owed on each bill, as pages write it."""

    owed: str = NOTHING
    credit: str = NOTHING
    held: str = NOTHING
    balances: Sequence[tuple[SeededBill, str]] = ()


def check_books(product: Product) -> None:
    """What `flask check-books` asks has no answer: the product's books are true.

    Asked from here: a process for the command costs more than most journeys. It is run once, by
    `run_check_books`.
    """
    with database_of(product.var), db.read() as session:
        assert checks.all_problems(session) == []


def run_check_books(product: Product) -> None:
    """`flask check-books`, as an operator types it, has nothing to say about these books."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi:app", "check-books"]
    environ = {**os.environ, "RETAINER_VAR": str(product.var)}
    done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def wait_until_completed(page: Page, reference: str) -> Locator:
    """**Advance** until the payment is **Completed** in Transactions; answers its row."""
    page.goto(f"{office.TRANSACTIONS}?payer={reference}")
    expect(office.payment_row(page, reference)).to_contain_text("Authorized")
    office.advance(page, "5 days")
    row = office.payment_row(page, reference)
    expect(row).to_contain_text("Completed")
    return row


def open_link_dialog(page: Page, reference: str) -> Locator:
    """**Link** beside a completed payment in Transactions; answers the dialog."""
    row = wait_until_completed(page, reference)
    expect(row).to_contain_text("Unlinked")
    row.get_by_role("link", name=f"Link {reference}").click()
    dialog = page.get_by_role("dialog", name="Link payment")
    expect(dialog).to_be_visible()
    return dialog


def choose(part: Locator, label: str, typed: str = "") -> None:
    """Find a client or matter by typing, in the field **Client or matter**."""
    other = part.get_by_role("radio", name=re.compile("client or matter$"))
    if other.count():  # beside suggestions
        other.check()
    part.get_by_role("combobox", name="Client or matter").fill(typed or label)
    words = part.get_by_role("option").filter(has_text=re.compile(f"^{re.escape(label)}"))
    words.first.click()


def column(table: Locator, label: str) -> Locator:
    """The cells of one column, from the top."""
    return table.locator(f"tbody [data-label='{label}']")


def link(page: Page, dialog: Locator, button: str = "Link payment") -> None:
    """Press the button that posts, and wait until the page says whose the payment is."""
    dialog.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#status")).to_contain_text("Linked to")


def expect_standing(
    page: Page, place: Place, public_id: str, standing: Standing, come: Come = sent
) -> None:
    """Overview, **Ledger** and **Bills** of a contact or matter say the same."""
    address = f"/staff/{place}/{public_id}"

    def holds() -> None:
        overview = come(page, address)
        for line, figure in (("Owed", "owed"), ("Credit", "credit"), ("Held in trust", "held")):
            assert says(overview.line("#money", line), getattr(standing, figure)), address
        _expect_ledger(come(page, f"{address}/ledger"), standing)
        bills = come(page, f"{address}/bills")
        if standing.balances:
            assert bills.text("#client-bills .figure-large") == standing.owed
        for bill, balance in standing.balances:
            row = f"#bills-table tbody tr:has(#bill-{bill.public_id}) [data-label=Balance]"
            assert bills.text(row) == balance

    until(holds)


def _expect_ledger(ledger: Sheet, standing: Standing) -> None:
    """The ledger's figures, and the running balances of its newest entries, are what stands now."""
    for figure in ("owed", "credit", "held"):
        assert ledger.text(f"#figure-{figure} dd") == getattr(standing, figure)
    bills = "#ledger-bills-table"
    if ledger.parts(bills):
        assert ledger.column(bills, "Owed")[0] == standing.owed
        assert ledger.column(bills, "Credit")[0] == standing.credit
    trust = f"table[id^=ledger-]:not({bills})"
    assert len(ledger.parts(trust)) <= 1
    if ledger.parts(trust):
        assert ledger.column(trust, "In trust")[0] == standing.held


def expect_bills(page: Page, balances: Sequence[tuple[SeededBill, str]], come: Come = sent) -> None:
    """Each bill's own page has this balance, and says **Paid** where nothing is left."""

    def holds(bill: SeededBill, balance: str) -> None:
        sheet = come(page, f"/staff/bills/{bill.public_id}")
        assert sheet.text("h1") == f"Bill {bill.number}"
        assert says(sheet.line("#bill-figures", "Balance"), balance)
        if balance == NOTHING:
            assert words(sheet.parts("#bill .badge")[0].get_text(" ")) == "Paid"

    for bill, balance in balances:
        until(partial(holds, bill, balance))


def expect_client(
    page: Page,
    client: Client,
    standing: Standing,
    matters: Sequence[Standing],
    come: Come = sent,
) -> None:
    """The same figures on the pages of the client, of the first matters and of each bill."""
    expect_standing(page, "contacts", client.public_id, standing, come)
    for matter, own in zip(client.matters, matters, strict=False):
        expect_standing(page, "matters", matter.public_id, own, come)
    expect_bills(page, standing.balances, come)


def expect_linked(page: Page, reference: str, label: str, left: str) -> None:
    """Transactions and the payment's page name whose it is, and what is left of it."""
    page.goto(f"{office.TRANSACTIONS}?payer={reference}")
    row = office.payment_row(page, reference)
    for part in label.split(", "):
        expect(row.locator("[data-label='Linked to']")).to_contain_text(part)
    row.locator("[data-label=Payer] a").click()
    expect(page.locator("#linked-to")).to_have_text(label)
    expect(page.locator("#payment-left")).to_contain_text(left)
