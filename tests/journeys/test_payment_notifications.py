"""Who is emailed about payments is chosen, and exactly those people are (FEATURES N2–N6)."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from tests.journeys import letters, office
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.paying import Payer, PayPage
from tests.support.browser import Product

SETTINGS = "/staff/settings/payment-notifications"
BEN, ANA = "ben@demo.test", "ana@demo.test"
GROUP = "Money in, for a journey"
SETTLED_SECONDS = 2


@contextmanager
def _administrators_again(page: Page) -> Generator[None]:
    """Other journeys expect what the demo chose: **Administrator**."""
    try:
        yield
    finally:
        page.goto(SETTINGS)
        page.get_by_label("Administrator").check()
        _save(page)


def _save(page: Page) -> None:
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("The changes were saved.")).to_be_visible()


def _choose(page: Page, label: str, would: str) -> None:
    page.goto(SETTINGS)
    page.get_by_label(label, exact=False).first.check()
    expect(page.locator("#would")).to_contain_text(would)
    expect(page.get_by_label(label, exact=False).first).to_be_focused()
    look_over(page)
    _save(page)


def _new_group(page: Page) -> None:
    """**New user group** with Ana and Ben, found as their names are typed."""
    page.goto(SETTINGS)
    page.get_by_role("link", name="New user group").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Payment Notifications")
    page.get_by_label("Name", exact=True).fill(GROUP)
    for typed, name in (("reyes", "Ana Reyes"), ("billing cl", "Ben Okafor")):
        page.get_by_label("Add somebody").press_sequentially(typed)
        page.get_by_role("button", name=f"Add {name}").click()
        expect(page.locator("#members")).to_contain_text(name)
        expect(page.get_by_label("Add somebody")).to_be_focused()
    look_over(page)
    page.get_by_role("button", name="Save group").click()
    expect(page.get_by_label("A user group")).to_be_checked()
    expect(page.locator("#would")).to_contain_text(
        "2 people will be emailed: Ana Reyes, Ben Okafor"
    )
    _save(page)


def test_N3_N4_for_each_of_the_five_choices_a_payment_emails_exactly_its_people(
    product: Product, operating_link: str, visit: Visit, pay_page: Callable[..., PayPage]
) -> None:
    ada = visit()
    office.sign_in(ada)
    paid: dict[str, set[str]] = {}

    def pay(*people: str) -> None:
        payer = Payer()
        paid[pay_page().pay_by_card(operating_link, payer, "25.00")] = {payer.email, *people}

    with _administrators_again(ada):
        _choose(ada, "No one", "Nobody would be emailed")
        pay()
        _choose(ada, "Billing", "1 person will be emailed: Ben Okafor")
        pay(BEN)
        _choose(ada, "Accounts", "1 person will be emailed: Ana Reyes")
        pay(ANA)
        _choose(ada, "Administrator", "1 person will be emailed: Ada Harlow")
        pay(office.ADA)
        _new_group(ada)
        pay(ANA, BEN)
        for reference, people in paid.items():
            _expect_told(product, reference, people)
        time.sleep(SETTLED_SECONDS)  # an email too many would have come by now
        for reference, people in paid.items():
            _expect_told(product, reference, people)
        _archive_and_be_warned(ada)


def _expect_told(product: Product, reference: str, people: set[str]) -> None:
    sent = letters.wait_for(lambda: letters.about(product.var, reference), len(people))
    assert {letter.to for letter in sent} == people


def _archive_and_be_warned(page: Page) -> None:
    """FEATURES N5: nobody is emailed by an archived group, and the page says so."""
    page.goto("/staff/settings/groups")
    page.get_by_role("link", name=GROUP).click()
    page.get_by_role("button", name="Archive group").click()
    expect(page.get_by_text("The group was archived.")).to_be_visible()
    page.goto(SETTINGS)
    expect(page.locator("#told")).to_contain_text("Nobody is emailed now")
    expect(page.locator("#told")).to_contain_text("has been archived since")
    expect(page.locator("input[name=target]:checked")).to_have_count(0)
    look_over(page)
