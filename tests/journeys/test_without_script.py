"""Without JavaScript: the pay page says what to do, and the staff pages do their work."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys import bookkeeping, office
from tests.journeys.bookkeeping import column
from tests.journeys.clients import Client, Owed, client_with_bills
from tests.journeys.conftest import Visit
from tests.journeys.paying import Payer, PayPage, line
from tests.journeys.screens import DESK_DARK, DESK_LIGHT, PHONE_LIGHT, Screen, on_desk_and_phone
from tests.support.browser import Product


@on_desk_and_phone
def test_X1_the_pay_page_says_how_to_pay_otherwise(
    screen: Screen, operating_link: str, visit: Visit
) -> None:
    page = visit(screen, java_script_enabled=False)
    page.goto(operating_link)
    told = page.locator(".banner", has_text="This page needs JavaScript")
    expect(told).to_be_visible()
    expect(told.get_by_role("link", name="(916) 555-0142")).to_have_attribute(
        "href", re.compile("^tel:")
    )
    expect(told).to_contain_text("You can also send a check to Harlow & Reyes LLP, 1127 Eleventh")
    page.get_by_label("Amount").fill("12")
    page.get_by_label("Your name").fill("Sol Stranger")
    page.get_by_role("button", name="Review payment").click()
    expect(page.locator("#error-summary")).to_contain_text("Enter your email address")
    expect(page.get_by_label("Your name")).to_have_value("Sol Stranger")


def test_X1_a_status_page_looks_again_by_itself_without_script(
    operating_link: str, payer: Payer, pay_page: Callable[[], PayPage], visit: Visit
) -> None:
    paying = pay_page()
    reference = paying.pay_by_card(operating_link, payer, "19.00")
    page = visit(DESK_DARK, java_script_enabled=False)
    page.goto(paying.page.url)
    expect(page.locator("#payment-status")).to_contain_text(reference)
    expect(page.get_by_role("button", name="Print this page")).to_have_count(0)
    assert (
        page.locator("noscript meta[http-equiv=refresh]").count() == 1
        or page.locator("meta[http-equiv=refresh]").count() == 1
    )


def _sign_in(page: Page) -> None:
    office.sign_in(page)
    page.goto(office.TRANSACTIONS)


@on_desk_and_phone
def test_X1_the_staff_pages_work_without_script(screen: Screen, visit: Visit) -> None:
    page = visit(screen, java_script_enabled=False)
    _sign_in(page)
    page.get_by_label("Payer or reference").fill("Walter")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile("payer=Walter"))
    expect(page.locator("#transactions-table tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Returned", exact=True).click()
    expect(page.locator("#transactions-table tbody tr")).to_have_count(1)
    expect(page.get_by_label("Payer or reference")).to_have_value("Walter")
    page.get_by_role("link", name="Walter Jensen").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Payment")
    expect(page.locator("main")).to_contain_text("this account is closed")

    page.goto(office.NEW_CHARGE)
    trust = office.account_card(page, "IOLTA Trust")
    trust.get_by_role("link", name="Generate QR Code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("QR code")
    page.go_back()
    trust.get_by_role("link", name="Change limits").click()
    page.get_by_label("The least").fill("nothing")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("#error-summary")).to_be_visible()
    page.get_by_label("The least").fill("1.00")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("The limits were saved.")).to_be_visible()

    page.goto("/staff/alerts")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alerts")
    page.goto("/staff/emails")
    expect(page.get_by_role("heading", level=1)).to_have_text("Emails")
    expect(page.locator("main table tbody tr").first).to_be_visible()
    page.goto("/sandbox/mail")
    page.locator(".mailbox a").first.click()
    expect(page.get_by_role("heading", name="As plain text")).to_be_visible()


def test_X1_the_clock_is_advanced_and_a_session_ended_without_script(visit: Visit) -> None:
    page = visit(DESK_LIGHT, java_script_enabled=False)
    _sign_in(page)
    office.advance(page, "5 minutes")
    page.locator("summary", has_text="Ada Harlow").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(office.TRANSACTIONS)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def _find(page: Page, client: Client) -> None:
    """**Search** for a client, and choose one of those found."""
    page.get_by_role("textbox", name="Client or matter").fill(client.name)
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.get_by_label(re.compile(f"^{client.name}")).check()


def test_X1_S2_a_payment_is_linked_without_script(
    product: Product,
    operating_link: str,
    payer: Payer,
    pay_page: Callable[[], PayPage],
    staff: Visit,
    visit: Visit,
) -> None:
    client = client_with_bills(product.var, [Owed(+40, (4_000,)), Owed(+50, (9_000,))])
    reference = pay_page().pay_by_card(operating_link, payer, "55")
    bookkeeping.wait_until_completed(staff(), reference)
    page = visit(PHONE_LIGHT, java_script_enabled=False)
    _sign_in(page)
    page.goto(f"{office.TRANSACTIONS}?payer={reference}")
    office.payment_row(page, reference).get_by_role("link", name="Link").click()
    page.get_by_role("radio", name="Another client or matter").check()
    _find(page, client)
    page.get_by_role("button", name="Preview").click()
    new_balances = column(page.locator("#preview-bills"), "New balance")
    expect(new_balances).to_have_text(["$0.00", "$75.00"])
    page.get_by_role("button", name="Link payment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Payment {reference}")
    expect(page.get_by_text(f"Linked to {client.name}. $55.00 paid bills.")).to_be_visible()
    expect(page.locator("#linked-to")).to_have_text(client.name)
    bookkeeping.check_books(product)


def test_X1_M2_a_cheque_is_recorded_and_reversed_without_script(
    product: Product, visit: Visit
) -> None:
    client = client_with_bills(product.var, [Owed(+40, (4_000,))])
    number = client.bills[0].number
    page = visit(DESK_LIGHT, java_script_enabled=False)
    _sign_in(page)
    page.locator("summary", has_text="Create New").click()
    page.get_by_role("link", name="Record Payment").click()
    _find(page, client)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Check number").fill(number)
    page.get_by_label("Amount").fill("40.00")
    page.get_by_role("button", name="Show what it pays").click()
    expect(column(page.locator("#plan-table"), "New balance")).to_have_text(["$0.00"])
    expect(page.get_by_label("Check number")).to_have_value(number)
    page.get_by_role("button", name="Record payment").click()
    expect(page.get_by_text(f"Check {number} recorded: $40.00.")).to_be_visible()
    expect(page.locator("#figure-owed dd")).to_have_text("$0.00")
    page.get_by_role("link", name=f"Reverse Check {number} received").click()
    page.get_by_label("Reason").fill("Recorded twice.")
    page.get_by_role("button", name="Reverse").click()
    expect(page.locator("#figure-owed dd")).to_have_text("$40.00")
    page.goto(f"/staff/bills/{client.bills[0].public_id}")
    expect(line(page.locator("#bill-figures"), "Balance")).to_contain_text("$40.00")
    bookkeeping.check_books(product)
