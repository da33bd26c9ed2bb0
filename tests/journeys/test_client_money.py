"""A client's money from their home: a card is stored, then pays in three clicks and no field; the
whole balance; a receipt; what is held in trust (C16, D7, P8)."""

import re
import time
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from payments.accounts.models import BankAccount
from payments.billing import queries as billing
from payments.billing.shared import BILL, title_of
from payments.receipts.models import ReceiptSource
from payments.receipts.recording import Recorded, record
from portal.clients.access import NOTHING_CLOSED
from portal.clients.queries import contact, matter
from portal.core import clock, db
from portal.documents import sharing
from portal.web.client_sessions import COOKIE
from tests.factories import portals
from tests.journeys import office
from tests.journeys.clients import BY, Client, Owed, client_with_bills, database_of
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.paying import CARD_WORKS, Pace, PayPage
from tests.journeys.screens import DESK_LIGHT, PHONE_DARK, Screen
from tests.journeys.test_weight import LAYOUT_SHIFT_MAX, WATCH_SHIFTS, Scale
from tests.support.browser import Product

HOME = "/portal/"
CLIENT_BYTES_MAX, CLIENT_REQUESTS_MAX = 60_000, 6
TRUST = "IOLTA Trust"
ADA = "ada@demo.test"


@dataclass(frozen=True)
class Home:
    """A client with shared bills, and a token of a browser in which they are signed in."""

    client: Client
    token: str

    def open(self, visit: Visit, screen: Screen = DESK_LIGHT) -> Page:
        """A window in which the client is signed in."""
        page = visit(screen)
        page.context.add_cookies(
            [
                {
                    "name": COOKIE,
                    "value": self.token,
                    "domain": "localhost",
                    "path": "/",
                    "secure": True,
                }
            ]
        )
        return page


def open_portal(product: Product, *cents: int, held_cents: int = 0) -> Home:
    """A client of this test's own, whose bills of these cents are shared with them."""
    client = client_with_bills(product.var, [Owed(9 + n, (one,)) for n, one in enumerate(cents)])
    with database_of(product.var):
        ada = portals.firm_person(ADA)
        with db.read() as session:
            own = contact(session, client.public_id)
            first = matter(session, client.matters[0].public_id, NOTHING_CLOSED)
        portals.opened(first, ada)
        portals.joined(own)
        with db.transaction() as session:
            for one in client.bills:
                bill = billing.bill(session, one.public_id, NOTHING_CLOSED)
                shared = {"kind": BILL, "subject_id": bill.public_id, "name": title_of(bill)}
                sharing.start_other(session, first, by=ada, **shared)
            if held_cents:
                account = session.scalars(select(BankAccount).filter_by(name=TRUST)).one()
                today = clock.now().date() - timedelta(days=1)  # when it is past everywhere
                told = (own.id, first.id, account, held_cents, today, "501")
                record(
                    session,
                    Recorded(ReceiptSource.CHEQUE, *told),
                    apply=False,
                    expected=None,
                    by=BY,
                )
        return Home(client, portals.signed_in(own))


def count_clicks(page: Page) -> None:
    """Count what is pressed and typed from here on, on every page of this window."""
    page.context.add_init_script(
        """addEventListener("click", (event) => { if (event.isTrusted && event.detail)
             sessionStorage.clicks = Number(sessionStorage.clicks ?? 0) + 1; }, true);
           addEventListener("keydown", () => { sessionStorage.typed = "yes"; }, true);"""
    )


def pay_and_store(paying: PayPage) -> None:
    """Pay by a card, and let the firm keep it."""
    paying.type_card(CARD_WORKS)
    review = paying.review()
    review.get_by_label("Store it for next time").check()
    paying.submit()


def open_receipt(page: Page) -> None:
    """**Payments** → **Receipt**, once the processor has told that the money has arrived."""
    receipt = page.get_by_role("link", name=re.compile("^Receipt"))
    deadline = time.monotonic() + 60
    page.goto("/portal/payments")
    while not receipt.count() and time.monotonic() < deadline:
        page.wait_for_timeout(500)
        page.reload()
    look_over(page)
    receipt.first.click()


@pytest.mark.slow
def test_C16_P8_paid_from_home_in_three_clicks_and_no_field(
    visit: Visit, staff: Visit, product: Product, pace: Pace
) -> None:
    home = open_portal(product, 12_000, 8_000, 5_000, held_cents=250_000)
    page = home.open(visit)
    page.goto(HOME)
    expect(page.locator("#due-now")).to_have_text("$250.00")
    expect(page.locator("#held-now")).to_have_text("$2,500.00")
    look_over(page)

    bills = [one.public_id for one in home.client.bills]
    page.locator(f"#pay-{bills[0]}").click()
    pay_and_store(PayPage(page, pace))
    page.goto(HOME)
    count_clicks(page)
    page.reload()
    page.locator(f"#pay-{bills[1]}").click()
    expect(page.get_by_label(re.compile("Visa"))).to_be_checked()
    look_over(page)
    page.get_by_role("button", name="Review payment").click()
    expect(page.locator("#submit-form")).to_contain_text("Visa")
    page.get_by_role("button", name="Submit payment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Thank you. Your payment is submitted"
    )
    assert page.evaluate("[sessionStorage.clicks, sessionStorage.typed]") == ["3", None]

    desk = staff()
    desk.goto(office.TRANSACTIONS)
    office.advance(desk, "5 days")
    open_receipt(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Receipt")
    page.goto("/portal/trust")
    expect(page.locator("#held-total")).to_have_text("$2,500.00")
    expect(page.locator("#trust")).to_contain_text("Check 501 received")
    look_over(page)


def test_C16_the_whole_balance_from_home(visit: Visit, product: Product) -> None:
    home = open_portal(product, 12_000, 8_000)
    page = home.open(visit)
    page.goto(HOME)
    page.get_by_role("button", name="Pay the whole balance: $200.00").click()
    expect(page.get_by_label(re.compile("^My whole balance"))).to_be_checked()
    expect(page.get_by_label("Amount", exact=True)).to_have_value("200.00")


@pytest.mark.parametrize("screen", [DESK_LIGHT, PHONE_DARK], ids=str)
def test_C16_home_is_light_and_stands_still(screen: Screen, visit: Visit, product: Product) -> None:
    home = open_portal(product, 12_000, 8_000, 5_000, 4_000)
    page = home.open(visit, screen)
    page.add_init_script(WATCH_SHIFTS)
    scale = Scale(page)
    page.goto(HOME)
    expect(page.locator("#due-now")).to_be_visible()
    page.wait_for_load_state("networkidle")
    weight = scale.weight()
    assert sum(weight.values()) <= CLIENT_BYTES_MAX, weight
    assert len(weight) <= CLIENT_REQUESTS_MAX, weight
    assert page.evaluate("window.shifted") <= LAYOUT_SHIFT_MAX, page.evaluate("window.moved")
    page.goto("/portal/bills")
    look_over(page)
    page.get_by_role("link", name="Paid", exact=True).click()
    expect(page.get_by_text("Nothing is paid yet")).to_be_visible()
    look_over(page)
