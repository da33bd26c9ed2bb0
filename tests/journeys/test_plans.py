"""A plan of three instalments, the second declined and recovered, by **Advance**; then the client
deletes the method, and the plan says so (FEATURES P9)."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.clients import Client, Owed, client_with_bills
from tests.journeys.conftest import Visit
from tests.journeys.letters import Letter, wait_for
from tests.journeys.looking import look_over
from tests.journeys.office import advance
from tests.journeys.paying import CARD_WORKS, PayPage
from tests.journeys.test_stored_method import BOX, letters_to
from tests.support.browser import Product

CARD_DECLINES_ONCE_STORED = "4000000000000341"
PLANS = "/staff/online-payments/payment-plans"
ASKED = "Please look at your payment plan"


def store(
    office: Page, paying: PayPage, client: Client, nth: int, number: str, product: Product
) -> str:
    """Pay the nth bill from its email, the card stored; answers the address to delete it by."""
    office.goto(f"/staff/bills/{client.bills[nth].public_id}")
    office.get_by_role("link", name=re.compile("^Send")).first.click()
    office.get_by_role("dialog").get_by_role("button", name="Send bill").click()
    expect(office.get_by_text("is being emailed to")).to_be_visible()
    paying.open(last(product, client, "A bill", nth + 1).text.split()[0])
    paying.type_card(number)
    paying.review().get_by_label(BOX).check()
    paying.submit()
    return last(product, client, "Your payment method is stored", nth + 1).text.split()[0]


def last(product: Product, client: Client, subject: str, count: int) -> Letter:
    """The newest of so many letters under this subject."""
    return wait_for(lambda: letters_to(product, client, subject), count)[-1]


def accept(page: Page, product: Product, client: Client, count: int) -> None:
    """The client opens the newest of so many emails, reads, and accepts."""
    page.goto(last(product, client, ASKED, count).text.split()[0])
    expect(page.get_by_role("heading", level=1)).to_have_text("Your payment plan")
    look_over(page)
    page.get_by_role("button", name="Accept this plan").click()
    expect(page.get_by_text("You accepted this plan on")).to_be_visible()


def change_method(office: Page, plan_url: str, label: str) -> None:
    """**Change plan**: another card."""
    office.goto(plan_url)
    office.get_by_role("link", name="Change plan").first.click()
    look_over(office)
    office.get_by_label(re.compile(label)).check()
    office.get_by_role("button", name="Save changes").click()
    expect(office.get_by_text("The plan was changed.")).to_be_visible()


def until(office: Page, plan_url: str, number: int, words: str) -> None:
    """**Advance** day by day until an instalment says so."""
    for _day in range(12):
        office.goto(plan_url)
        row = office.locator(f"#instalment-{number}")
        try:
            expect(row).to_contain_text(re.compile(words), timeout=4_000)
        except AssertionError:
            advance(office, "1 day")
            continue
        return
    expect(office.locator(f"#instalment-{number}")).to_contain_text(re.compile(words))


def agreed(office: Page, client: Client) -> str:
    """**New payment plan** of three weeks, its schedule looked at; answers its address."""
    office.goto(f"/staff/contacts/{client.public_id}/payment-plans")
    look_over(office)
    office.get_by_role("main").get_by_role("link", name="New payment plan").click()
    office.get_by_label(re.compile("4242")).check()
    office.get_by_label("How often").select_option("week")
    for number in (4, 3):
        office.get_by_label("Number of instalments").fill(str(number))
        expect(office.locator("#schedule tbody tr")).to_have_count(number)
    look_over(office)
    office.get_by_role("button", name="Agree plan").click()
    expect(office.get_by_text("The client was asked to accept the plan.")).to_be_visible()
    look_over(office)
    return office.url


def test_P9_a_plan_whose_second_instalment_is_declined_and_recovered(
    staff: Visit, visit: Visit, pay_page: Callable[[], PayPage], product: Product
) -> None:
    client = client_with_bills(
        product.var, [Owed(1, (1_000,)), Owed(2, (1_000,)), Owed(40, (9_000,))]
    )
    office, page = staff(), visit()
    delete_url = store(office, pay_page(), client, 0, CARD_WORKS, product)
    store(office, pay_page(), client, 1, CARD_DECLINES_ONCE_STORED, product)

    plan_url = agreed(office, client)
    accept(page, product, client, 1)
    look_over(page)
    until(office, plan_url, 1, "Paid")
    change_method(office, plan_url, "0341")
    accept(page, product, client, 2)
    until(office, plan_url, 2, "Not paid, tried again")
    look_over(office)
    change_method(office, plan_url, "4242")
    accept(page, product, client, 3)
    until(office, plan_url, 2, "Payment under way|Paid")

    page.goto(delete_url)
    page.get_by_role("button", name="Delete this payment method").click()
    office.goto(plan_url)
    expect(office.locator("#method-gone")).to_contain_text("was deleted")
    look_over(office)
    until(office, plan_url, 2, "Paid")
    until(office, plan_url, 3, "Not paid")
    office.goto(PLANS)
    expect(office.get_by_role("row", name=re.compile(client.name))).to_contain_text("not paid")
    look_over(office)
