"""Clicks and typed fields from the email to paid, counted by a browser that does it (BARS)."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass

from playwright.sync_api import Browser, Page, expect

from bench.screens.errands import sign_in
from bench.screens.findings import Finding, finding
from bench.screens.site import STRANGER, Site, cookies_of
from bench.screens.visits import Visit
from tests.journeys.clients import Client, Owed, client_with_bills
from tests.journeys.from_email import Hands
from tests.journeys.paying import CARD_WORKS, Pace, Payer, PayPage
from tests.journeys.sent_to_clients import APPROVE
from tests.journeys.test_client_money import open_portal, pay_and_store
from tests.journeys.test_stored_method import letters_to

SCREEN = "from the email to paid"
# Continue, the bank, Agree and sign in, Connect account: the bank's own pages. The one account of
# the mock bank is chosen already.
AT_THE_BANK = 4


@dataclass(frozen=True)
class Way:
    """A way to pay: what it takes, and the most that it may take."""

    name: str
    clicks: int
    clicks_max: int
    typed: int
    typed_max: int


@dataclass
class Desk:
    """Who sends the bills, and who pays them."""

    site: Site
    browser: Browser
    office: Page
    pace: Pace

    def client(self) -> Client:
        """Somebody who owes."""
        return client_with_bills(self.site.product.var, [Owed(10, (12_000,))])

    def emailed(self, client: Client) -> str:
        """**Send** on the bill; answers the address in the email as it arrived."""
        self.office.goto(f"/staff/bills/{client.bills[0].public_id}")
        self.office.get_by_role("link", name=re.compile("^Send")).first.click()
        self.office.get_by_role("dialog").get_by_role("button", name="Send bill").click()
        expect(self.office.get_by_text("is being emailed to")).to_be_visible()
        product = self.site.product
        for _try in range(600):
            if sent := letters_to(product, client, "A bill"):
                return sent[-1].text.split()[0]
            self.office.wait_for_timeout(100)
        raise TimeoutError("the bill was not emailed")

    def payer(self) -> tuple[PayPage, Hands]:
        """A window of somebody whose hands are watched."""
        context = self.browser.new_context(base_url=self.site.base_url)
        page, hands = context.new_page(), Hands()
        hands.watch(page)
        return PayPage(page, self.pace), hands


def _card(desk: Desk) -> Hands:
    paying, hands = desk.payer()
    paying.open(desk.emailed(desk.client()))
    paying.type_card(CARD_WORKS)
    paying.review()
    paying.submit()
    return hands


def _stored(desk: Desk) -> Hands:
    """From **Pay** on Home: whoever is signed in needs no email, and no other page knows them."""
    home = open_portal(desk.site.product, 12_000, 8_000)
    first, second = (f"#pay-{bill.public_id}" for bill in home.client.bills)
    paying, hands = desk.payer()
    paying.page.context.add_cookies(cookies_of(home.token))  # type: ignore[arg-type]
    paying.page.goto("/portal/")
    paying.page.locator(first).click()
    pay_and_store(paying)
    paying.page.goto("/portal/")
    hands.clicks.clear()
    hands.typed.clear()
    paying.page.locator(second).click()
    paying.review()
    paying.submit()
    return hands


def _echeck(desk: Desk) -> Hands:
    client = desk.client()
    paying, hands = desk.payer()
    paying.open(desk.emailed(client))
    paying.connect_bank(client.name, "works")
    paying.review()
    paying.page.get_by_label(APPROVE).check()
    paying.submit()
    del hands.clicks[-AT_THE_BANK:]
    return hands


def _account_link(desk: Desk) -> Hands:
    paying, hands = desk.payer()
    paying.pay_by_card(desk.site.operating_link, Payer(reference=""), "25")
    return hands


# BARS "Pages": clicks and typed fields from the email to paid.
WAYS: dict[str, tuple[Callable[[Desk], Hands], int, int]] = {
    "card": (_card, 3, 4),
    "stored card, signed in": (_stored, 3, 0),
    "eCheck, beside the bank's own pages": (_echeck, 6, 2),
    "account link, by card": (_account_link, 3, 8),
}


def count(browser: Browser, site: Site) -> list[Finding]:
    """Pay in each way."""
    expect.set_options(timeout=60_000)
    context = browser.new_context(base_url=site.base_url)
    desk = Desk(site, browser, context.new_page(), Pace())
    sign_in(desk.office)
    found: list[Finding] = []
    for name, (pay, clicks_max, typed_max) in WAYS.items():
        hands = pay(desk)
        way = Way(name, len(hands.clicks), clicks_max, len(hands.typed), typed_max)
        found.append(finding(Visit(SCREEN, name, STRANGER, ""), asdict(way)))
        print(f"  {name}: {hands.clicks} {sorted(hands.typed)}", flush=True)
    return found
