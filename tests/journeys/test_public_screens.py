"""Every screen that a stranger sees: nothing for axe to find, nothing to scroll sideways (X5)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import office
from tests.journeys.conftest import Visit
from tests.journeys.looking import altered, look_over
from tests.journeys.paying import CARD_ASKS, CARD_WORKS, Payer, PayPage
from tests.support.browser import Product

APPROVE = "I approve this withdrawal from my bank account"


def test_X5_the_pay_page_its_errors_and_its_card_review(
    operating_link: str, payer: Payer, pay_page: Callable[[], PayPage]
) -> None:
    paying = pay_page()
    page = paying.page
    paying.open(operating_link)
    look_over(page)
    page.get_by_text("Use a test number").click()
    look_over(page)
    paying.press_review()
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page)
    paying.type_words(payer, "18.00")
    paying.type_card(CARD_WORKS)
    paying.review()
    look_over(page)


def test_X5_the_bank_section_the_bank_sign_in_and_the_approval(
    operating_link: str, payer: Payer, pay_page: Callable[[], PayPage]
) -> None:
    paying = pay_page()
    page = paying.page
    paying.open(operating_link)
    page.get_by_role("button", name="Pay by eCheck").click()
    page.get_by_role("button", name="Enter account numbers instead").click()
    look_over(page)
    page.get_by_role("button", name="Select your bank instead").click()
    look_over(page)
    page.get_by_role("button", name="Select your bank").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    look_over(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Pay by card instead").click()
    paying.type_words(payer, "18.00")
    paying.connect_bank(payer.name, "works")
    paying.review()
    paying.press_submit()  # without the approval
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page)


def test_X5_the_bank_question_and_a_payment_that_still_needs_its_answer(
    operating_link: str, payer: Payer, pay_page: Callable[[], PayPage], staff: Visit
) -> None:
    paying = pay_page()
    page = paying.page
    paying.open(operating_link)
    paying.type_words(payer, "18.00")
    paying.type_card(CARD_ASKS)
    paying.review()
    paying.press_submit()
    expect(page.get_by_role("dialog")).to_be_visible()
    look_over(page)
    page.goto("about:blank")  # the payer walks away from the question
    office_page = staff()
    address = _status_page(office_page, payer.email)
    page.goto(address)
    expect(page.get_by_text("Action needed", exact=True)).to_be_visible()
    look_over(page)
    office_page.goto(office.TRANSACTIONS)
    office.advance(office_page, "1 hour")
    expect(page.get_by_role("heading", level=1)).to_have_text("This payment was canceled")
    look_over(page)


def _status_page(office_page: Page, payer: str, status: str = "") -> str:
    """The address of the newest such payment's status page."""
    office_page.goto(f"{office.TRANSACTIONS}?payer={payer}&status={status}")
    office_page.locator("#transactions-table tbody a").first.click()
    link = office_page.get_by_role("link", name="Open the payer's status page")
    address = link.get_attribute("href")
    assert address is not None
    return address


@pytest.mark.parametrize(
    ("payer_name", "status", "heading"),
    [
        ("Priya Raman", "completed", "Your payment is complete"),
        ("Owen Blake", "failed", "Your payment did not go through"),
        ("Walter Jensen", "returned", "Your bank returned this payment"),
    ],
)
def test_X5_P6_the_status_page_of_a_payment_that_has_ended(
    payer_name: str, status: str, heading: str, staff: Visit, visit: Visit
) -> None:
    address = _status_page(staff(), payer_name, status)
    page = visit()
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    look_over(page)


def test_X5_P6_the_status_page_of_a_payment_that_goes_its_way(
    operating_link: str, payer: Payer, pay_page: Callable[[], PayPage]
) -> None:
    paying = pay_page()
    paying.pay_by_card(operating_link, payer, "27.00")
    look_over(paying.page)


def test_X5_P6_a_payment_that_nobody_answered_yet_says_not_to_pay_again(
    product: Product, staff: Visit, visit: Visit
) -> None:
    address = _status_page(staff(), "Owen Blake", "failed")
    token = address.rsplit("/", 1)[1]
    change = "UPDATE payment SET status = '{}' WHERE status_token = '{}'"
    with altered(product.var, change.format("pending", token), change.format("failed", token)):
        page = visit()
        page.goto(address)
        expect(page.locator("main")).to_contain_text("Do not pay again.")
        look_over(page)


def test_X5_an_account_that_lost_its_connection_says_how_else_to_pay(
    product: Product, trust_link: str, visit: Visit
) -> None:
    change = "UPDATE bank_account SET checked_problems = '{}' WHERE name = 'IOLTA Trust'"
    with altered(product.var, change.format('["It is closed."]'), change.format("[]")):
        page = visit()
        answer = page.goto(trust_link)
        assert answer is not None
        assert answer.status == 503
        expect(page.get_by_role("link", name="Call (916) 555-0142")).to_be_visible()
        look_over(page)


def test_X5_addresses_that_lead_nowhere(visit: Visit) -> None:
    page = visit()
    for address in ("/pay/no-such-link", "/payments/no-such-payment", "/nowhere"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("contentinfo")).to_contain_text("(916) 555-0142")
        look_over(page)


def test_X5_the_mailbox_and_an_email(visit: Visit) -> None:
    page = visit()
    page.goto("/sandbox/mail")
    look_over(page)
    page.locator(".mailbox a").first.click()
    expect(page.get_by_role("heading", name="As plain text")).to_be_visible()
    look_over(page)
