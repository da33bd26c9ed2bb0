"""What a bookkeeper does with a payment, and the places where its figures can be read."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Locator, Page, expect

from tests.journeys import office
from tests.journeys.clients import Client, SeededBill
from tests.journeys.paying import line
from tests.support.browser import Product
from tests.support.source import ROOT

NOTHING = "$0.00"
Place = Literal["contacts", "matters"]


@dataclass(frozen=True)
class Standing:
    """The money of a client or a matter, and what is owed on each bill, as pages write it."""

    owed: str = NOTHING
    credit: str = NOTHING
    held: str = NOTHING
    balances: Sequence[tuple[SeededBill, str]] = ()


def check_books(product: Product) -> None:
    """`flask check-books` has nothing to say about the product's books."""
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


def expect_standing(page: Page, place: Place, public_id: str, standing: Standing) -> None:
    """Overview, **Bills** and **Ledger** of a contact or matter say the same."""
    page.goto(f"/staff/{place}/{public_id}")
    money = page.locator("#money")
    expect(line(money, "Owed")).to_contain_text(standing.owed)
    expect(line(money, "Credit")).to_contain_text(standing.credit)
    expect(line(money, "Held in trust")).to_contain_text(standing.held)
    tabs = page.get_by_role("navigation", name="Contact" if place == "contacts" else "Matter")
    tabs.get_by_role("link", name="Ledger").click()
    for figure in ("owed", "credit", "held"):
        expect(page.locator(f"#figure-{figure} dd")).to_have_text(getattr(standing, figure))
    _expect_newest_balances(page, standing)
    tabs.get_by_role("link", name="Bills").click()
    if standing.balances:
        expect(page.locator("#client-bills .figure-large")).to_have_text(standing.owed)
    for bill, balance in standing.balances:
        row = page.locator("#bills-table tbody tr").filter(has=page.locator(_of(bill)))
        expect(row.locator("[data-label=Balance]")).to_have_text(balance)


def _expect_newest_balances(page: Page, standing: Standing) -> None:
    """The running balances of the ledger's newest entries are what stands now."""
    bills = page.locator("#ledger-bills-table")
    if bills.count():
        expect(column(bills, "Owed").first).to_have_text(standing.owed)
        expect(column(bills, "Credit").first).to_have_text(standing.credit)
    trust = page.locator("table[id^=ledger-]:not(#ledger-bills-table)")
    assert trust.count() <= 1
    if trust.count():
        expect(column(trust, "In trust").first).to_have_text(standing.held)


def _of(bill: SeededBill) -> str:
    return f"#bill-{bill.public_id}"


def expect_bills(page: Page, balances: Sequence[tuple[SeededBill, str]]) -> None:
    """Each bill's own page has this balance, and its ledger account the same."""
    for bill, balance in balances:
        page.goto(f"/staff/bills/{bill.public_id}")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Bill {bill.number}")
        expect(line(page.locator("#bill-figures"), "Balance")).to_contain_text(balance)
        if balance == NOTHING:
            expect(page.locator("#bill .badge").first).to_have_text("Paid")
        expect(page.locator("#bill-payments")).to_be_visible()  # it comes once the page stands


def expect_client(
    page: Page, client: Client, standing: Standing, matters: Sequence[Standing]
) -> None:
    """The same figures on the pages of the client, of the first matters and of each bill."""
    expect_standing(page, "contacts", client.public_id, standing)
    for matter, own in zip(client.matters, matters, strict=False):
        expect_standing(page, "matters", matter.public_id, own)
    expect_bills(page, standing.balances)


def expect_linked(page: Page, reference: str, label: str, left: str) -> None:
    """Transactions and the payment's page name whose it is, and what is left of it."""
    page.goto(f"{office.TRANSACTIONS}?payer={reference}")
    row = office.payment_row(page, reference)
    for words in label.split(", "):
        expect(row.locator("[data-label='Linked to']")).to_contain_text(words)
    row.locator("[data-label=Payer] a").click()
    expect(page.locator("#linked-to")).to_have_text(label)
    expect(page.locator("#payment-left")).to_contain_text(left)
