"""A bill through the client portal in two browsers: sent, opened, changed, paid for from there, and
taken back (FEATURES C4, C12, D3, D4, D6, D7)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import Contact
from portal.clients.queries import contact as contact_of
from portal.clients.queries import contact_by_id, matter
from portal.core import db
from portal.web.client_sessions import COOKIE
from tests.factories import portals
from tests.journeys.clients import Client, Owed, client_with_bills, database_of
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.screens import PHONE_LIGHT, Screen
from tests.support.browser import Product

ADA = "ada@demo.test"
PORTAL, EMAIL = "Send to client portal", "Send via email"


@dataclass(frozen=True)
class Case:
    """A client who has joined the portal of her first matter, and her two bills: of that matter,
    and of both."""

    contact: Contact
    client: Client

    @property
    def bill(self) -> str:
        """Where staff find the bill of the one matter."""
        return f"/staff/bills/{self.client.bills[0].public_id}"

    @property
    def name(self) -> str:
        """What lists call it."""
        return f"Bill {self.client.bills[0].number}"

    @property
    def matter(self) -> str:
        """The public id of the matter that has a portal."""
        return self.client.matters[0].public_id


@pytest.fixture
def case(product: Product) -> Case:
    client = client_with_bills(product.var, [Owed(20, (30_000,)), Owed(20, (10_000, 20_000))])
    with database_of(product.var):
        with db.read() as session:
            lease = matter(session, client.matters[0].public_id, NOTHING_CLOSED)
            contact = contact_by_id(session, contact_of(session, client.public_id).id)
        portals.opened(lease, portals.firm_person(ADA))
        portals.joined(contact)
    return Case(contact, client)


Phone = Callable[..., Page]


@pytest.fixture
def phone(visit: Visit, product: Product, case: Case) -> Phone:
    """A window in which the client of the case is signed in."""

    def opened(screen: Screen = PHONE_LIGHT) -> Page:
        page = visit(screen)
        with database_of(product.var):
            token = portals.signed_in(case.contact)
        page.context.add_cookies(
            [{"name": COOKIE, "value": token, "domain": "localhost", "path": "/", "secure": True}]
        )
        return page

    return opened


def send_through_portal(desk: Page, case: Case, message: str) -> None:
    """**Send** on the bill's page, the portal's toggle alone, **Send bill**."""
    desk.goto(case.bill)
    desk.get_by_role("link", name=re.compile("^Send")).first.click()
    dialog = desk.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{case.client.name} will see it, always as it is now.")
    dialog.get_by_label(PORTAL).check()
    dialog.get_by_label(EMAIL).uncheck()
    dialog.get_by_label("Message").fill(message)
    expect(dialog.locator("#email-preview")).to_contain_text("a notice from the client portal")
    look_over(desk)
    dialog.get_by_role("button", name="Send bill").click()
    expect(desk.get_by_text(f"{case.name} is shared in the client portal.")).to_be_visible()


def change_amount(desk: Page, case: Case, rate: str) -> None:
    """**Change bill**: another rate."""
    desk.goto(f"{case.bill}/change")
    desk.locator("#rate-0").fill(rate)
    desk.get_by_label("Why is the bill changed?").fill("One call more")
    desk.get_by_role("button", name="Save changes").click()
    expect(desk.get_by_text("was changed.").first).to_be_visible()


def stop_sharing(desk: Page, case: Case) -> None:
    """**Shared resources**, the arrow beside **View**, **Stop sharing**."""
    desk.goto(f"/staff/matters/{case.matter}/portal/shared-resources")
    row = desk.locator("#shared-table tbody tr", has_text=case.name)
    expect(row).to_contain_text(f"{case.client.name} opened it")
    expect(row.get_by_role("link", name="View")).to_be_visible()
    look_over(desk)
    row.locator("summary").click()
    row.get_by_role("link", name="Stop sharing").click()
    expect(desk.get_by_role("dialog")).to_contain_text("Links in emails keep working.")
    desk.get_by_role("dialog").get_by_role("button", name="Stop sharing").click()
    expect(desk.get_by_text(f"“{case.name}” is no longer shared.")).to_be_visible()


def test_D6_a_bill_is_shared_opened_changed_seen_changed_and_stopped(
    staff: Visit, phone: Phone, case: Case
) -> None:
    desk, client = staff(), phone()
    send_through_portal(desk, case, "Thank you for your patience.")

    client.goto(f"/portal/matters/{case.matter}/documents")
    look_over(client, (PHONE_LIGHT,))
    client.get_by_role("link", name=f"Open {case.name}").click()
    expect(client.get_by_role("heading", name=case.name, level=1)).to_be_visible()
    expect(client.locator(".client-document-due")).to_contain_text("$300.00")
    expect(client.get_by_text("Thank you for your patience.")).to_be_visible()
    look_over(client)
    with client.expect_download() as coming:
        client.get_by_role("link", name="Download").click()
    assert coming.value.path().read_bytes().startswith(b"%PDF")

    change_amount(desk, case, "450.00")
    client.evaluate(
        "htmx.ajax('GET', document.querySelector('#client-document')"
        ".getAttribute('hx-get'), {target: '#client-document', swap: 'outerHTML'})"
    )
    expect(client.locator(".client-document-due")).to_contain_text("$450.00")
    expect(client.get_by_text("This has changed. You see it as it is now.")).to_be_visible()
    client.get_by_role("button", name="Pay", exact=True).click()
    expect(client).to_have_url(re.compile(r"/bills/[\w-]{20,}"))
    expect(client.get_by_text("$450.00").first).to_be_visible()

    stop_sharing(desk, case)
    client.goto(f"/portal/bills/{case.client.bills[0].public_id}")
    expect(client.get_by_text("stopped sharing it")).to_be_visible()


def test_D4_a_bill_of_two_matters_says_why_it_goes_by_email(staff: Visit, case: Case) -> None:
    desk = staff()
    desk.goto(f"/staff/bills/{case.client.bills[1].public_id}")
    desk.get_by_role("link", name=re.compile("^Send")).first.click()
    dialog = desk.get_by_role("dialog")
    expect(dialog.get_by_label(PORTAL)).to_be_disabled()
    expect(dialog).to_contain_text("Never for a bill with several matters")
    look_over(desk)
