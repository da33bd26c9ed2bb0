"""Clicks and typed fields from the email to paid, counted by a browser that does it (BARS)."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from bench.screens.errands import sign_in
from bench.screens.findings import Finding, finding
from bench.screens.site import STRANGER, Site, cookies_of
from bench.screens.visits import Visit
from portal.clients.models import Matter
from portal.clients.queries import contact
from portal.core import db
from tests.factories import portals
from tests.journeys import office
from tests.journeys.clients import Client, Owed, client_with_bills, database_of
from tests.journeys.from_email import Hands
from tests.journeys.paying import CARD_WORKS, Pace, Payer, PayPage
from tests.journeys.sent_to_clients import APPROVE
from tests.journeys.test_stored_method import BOX, letters_to

SCREEN = "from the email to paid"
# Continue, the bank, Agree and sign in, the account, Connect account: the bank's own pages.
AT_THE_BANK = 5


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

    def client(self, bills: int = 1) -> Client:
        """Somebody who owes."""
        return client_with_bills(self.site.product.var, [Owed(10, (12_000,))] * bills)

    def emailed(self, client: Client, nth: int = 0) -> str:
        """**Send** on a bill; answers the address in the email as it arrived."""
        self.office.goto(f"/staff/bills/{client.bills[nth].public_id}")
        self.office.get_by_role("link", name=re.compile("^Send")).first.click()
        self.office.get_by_role("dialog").get_by_role("button", name="Send bill").click()
        expect(self.office.get_by_text("is being emailed to")).to_be_visible()
        product = self.site.product
        for _try in range(600):
            if len(sent := letters_to(product, client, "A bill")) > nth:
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
    client = desk.client(bills=2)
    first, _hands = desk.payer()
    first.open(desk.emailed(client))
    first.type_card(CARD_WORKS)
    first.review().get_by_label(BOX).check()
    first.submit()
    paying, hands = desk.payer()
    with database_of(desk.site.product.var):
        with db.read() as session:
            nora = contact(session, client.public_id)
            matter = session.scalars(select(Matter).where(Matter.client_id == nora.id)).first()
        assert matter is not None
        portals.opened(matter, portals.firm_person(office.ADA))
        portals.joined(nora)
        token = portals.signed_in(nora)
    paying.page.context.add_cookies(cookies_of(token))  # type: ignore[arg-type]
    paying.page.goto(desk.emailed(client, 1))
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
