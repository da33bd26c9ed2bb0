"""Trust money is kept safe: a fee that Stripe took from it is put back, and an account that would
let it happen takes no payments (FEATURES M4)."""

import re
from collections.abc import Callable, Generator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys import bookkeeping, office
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.paying import Payer, PayPage
from tests.journeys.screens import (
    DESK_DARK,
    PHONE_LIGHT,
    Screen,
    on_dark_desk_and_light_phone,
    walked_on,
)
from tests.support.browser import Product

TRUST = "acct_sandboxtrust"
ACCOUNTS = "/staff/settings/bank-accounts"
REASON = "The bar approved this account until its successor is open."


def _set_up(page: Page, fees: str, debits: str = "no") -> None:
    page.goto("/staff/sandbox")
    page.locator(f"#fees-{TRUST}").select_option(fees)
    page.locator(f"#debits-{TRUST}").select_option(debits)
    page.locator(f"#set-{TRUST}").click()
    expect(page.get_by_text("The account is set up so.")).to_be_visible()


def _check(page: Page) -> Locator:
    page.goto(ACCOUNTS)
    card = page.get_by_role("region", name="IOLTA Trust")
    card.get_by_role("button", name="Check now").click()
    expect(card.locator("[role=alert], [role=status]")).to_be_visible()
    return card


@pytest.fixture
def safe_again(staff: Visit) -> Generator[None]:
    """Other journeys pay into this account."""
    yield
    page = staff()
    _set_up(page, "firm")
    expect(_check(page).get_by_text("Connected")).to_be_visible()


@walked_on(PHONE_LIGHT, DESK_DARK)
def test_M4_a_fee_taken_from_trust_is_alarmed_and_put_back(
    screen: Screen,
    product: Product,
    trust_link: str,
    payer: Payer,
    pay_page: Callable[[Screen], PayPage],
    staff: Visit,
    safe_again: None,
) -> None:
    page = staff(screen)
    _set_up(page, "hidden")
    reference = pay_page(screen).pay_by_card(trust_link, payer, "1,000")
    bookkeeping.wait_until_completed(page, reference)
    bookkeeping.check_books(product)

    page.goto("/staff/alerts")
    alert = page.get_by_role("row", name=re.compile(f"Stripe took a fee .* payment {reference}"))
    expect(alert).to_contain_text("into IOLTA Trust")
    look_over(page)
    alert.get_by_role("link", name="Open the task").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Put $29.30 into IOLTA Trust")
    look_over(page)
    page.get_by_role("button", name="Record as done").click()
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page)
    day = page.get_by_label("Day the bank moved it")
    day.fill(day.get_attribute("max") or "")
    page.get_by_label("Bank's reference").fill("FT 4711")
    page.get_by_role("button", name="Record as done").click()
    expect(page.get_by_text("The task is done, and it is in the books.")).to_be_visible()
    expect(page.locator("#task-books")).to_contain_text("Put into trust by the firm")
    look_over(page)
    page.goto("/staff/alerts")
    expect(page.get_by_text(reference)).to_have_count(0)
    bookkeeping.check_books(product)


@on_dark_desk_and_light_phone
def test_M4_L3_an_unsafe_trust_account_has_no_link_until_somebody_answers_for_it(
    screen: Screen, staff: Visit, safe_again: None
) -> None:
    page = staff(screen)
    _set_up(page, "trust")
    card = _check(page)
    expect(card).to_contain_text("Takes no payments: trust money is not safe there yet")
    look_over(page)
    page.goto(office.NEW_CHARGE)
    link = office.account_card(page, "IOLTA Trust")
    expect(link).to_contain_text("Stripe would take its fees out of trust money.")
    expect(link.get_by_label("Payment link")).to_have_count(0)

    page.goto(ACCOUNTS)
    card.get_by_role("link", name="Override with a reason").click()
    look_over(page)
    page.get_by_label("Why may this account take trust money?").fill(REASON)
    page.get_by_role("button", name="Override").click()
    expect(page.get_by_text("The override is recorded.")).to_be_visible()
    expect(card).to_contain_text(REASON)
    look_over(page)
    page.goto(office.NEW_CHARGE)
    expect(link.get_by_label("Payment link")).to_be_visible()

    _set_up(page, "trust", debits="yes")
    expect(_check(page)).to_contain_text("Takes no payments")
    page.goto("/staff/alerts")
    expect(page.get_by_text("so the override has ended")).to_be_visible()
