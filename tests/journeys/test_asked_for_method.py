"""The firm asks for a method, and the client stores one on the emailed page (FEATURES P8)."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.journeys.clients import Client, client_with_bills
from tests.journeys.conftest import Visit
from tests.journeys.letters import wait_for
from tests.journeys.looking import look_over
from tests.journeys.paying import CARD_ASKS, CARD_DECLINED, Pace
from tests.journeys.test_stored_method import letters_to
from tests.support.browser import Product


def ask(office: Page, client: Client) -> None:
    """From the client's tab to the link in the email."""
    office.goto(f"/staff/contacts/{client.public_id}/payment-methods")
    office.get_by_role("link", name="Ask to store a method").click()
    expect(office.get_by_role("heading", level=1)).to_have_text("Ask to store a method")
    look_over(office)
    office.get_by_label("Message").fill("For the coming months.")
    office.get_by_role("button", name="Send the link").click()
    expect(office.get_by_text("The link is being emailed to")).to_be_visible()


def type_card(page: Page, number: str) -> None:
    """A card in the processor's fields, and the ZIP code."""
    page.get_by_label("Card number").fill("")
    page.get_by_label("Card number").press_sequentially(number)
    page.get_by_label("Expiry date").fill("12 / 34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("ZIP code").fill("95814")


def review(page: Page, pace: Pace) -> Locator:
    """**Review**; answers the sheet, whose heading has the focus."""
    pace.wait()
    page.get_by_role("button", name="Review", exact=True).click()
    expect(page.get_by_role("heading", name="Review what is stored")).to_be_focused()
    return page.locator("#pay-review")


def test_P8_a_client_is_asked_and_stores_a_card_that_its_bank_asks_about(
    staff: Visit, visit: Visit, pace: Pace, product: Product
) -> None:
    client = client_with_bills(product.var)
    office = staff()
    ask(office, client)
    (letter,) = wait_for(lambda: letters_to(product, client, "Harlow & Reyes asks you to store"), 1)
    assert "For the coming months." in letter.text

    page = visit()
    pace.watch(page)
    page.goto(letter.text.split()[0])
    expect(page.get_by_label("Card number")).to_be_visible()
    expect(page.get_by_text("No money is taken now.").first).to_be_visible()
    look_over(page)
    type_card(page, CARD_DECLINED)
    review(page, pace)
    page.get_by_role("button", name="Store this method").click()
    expect(page.get_by_role("alert").filter(has_text="Nothing was stored.")).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_value(client.name)

    type_card(page, CARD_ASKS)
    sheet = review(page, pace)
    expect(sheet).to_contain_text("future bills, trust requests and payment plans")
    look_over(page)
    page.get_by_role("button", name="Store this method").click()
    bank = page.get_by_role("dialog")
    expect(bank).to_contain_text("let the firm store this card?")
    bank.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your payment method is stored")
    look_over(page)
    wait_for(lambda: letters_to(product, client, "Your payment method is stored"), 1)

    office.reload()
    expect(office.get_by_role("rowheader").first).to_have_text(re.compile("Visa ••••.3155"))
    expect(office.locator("tr[id^=request-]")).to_contain_text(re.compile("Stored.*3155", re.S))
    look_over(office)
    office.get_by_role("link", name="Consent").click()
    expect(office.get_by_role("heading", level=1)).to_have_text("Consent to store a card")
    look_over(office)


def test_P4_P8_a_bank_account_by_its_numbers_waits_for_test_deposits_and_another_link_is_withdrawn(
    staff: Visit, visit: Visit, pace: Pace, product: Product
) -> None:
    client = client_with_bills(product.var)
    office = staff()
    ask(office, client)
    (letter,) = wait_for(lambda: letters_to(product, client, "Harlow & Reyes asks you to store"), 1)
    page = visit()
    pace.watch(page)
    link = letter.text.split()[0]
    page.goto(link)
    expect(page.get_by_label("Card number")).to_be_visible()
    page.get_by_role("button", name="Store a bank account").click()
    bank = page.get_by_role("region", name="Store a bank account")
    bank.get_by_label("Name on the account").fill("Nora Quist")
    bank.get_by_role("button", name=re.compile("numbers")).click()
    bank.get_by_label("Routing number").fill("110000000")
    bank.get_by_label("Account number", exact=True).fill("000123456789")
    if bank.get_by_label(re.compile("again|Confirm")).count():
        bank.get_by_label(re.compile("again|Confirm")).fill("000123456789")
    review(page, pace)
    page.get_by_label("I approve these withdrawals from my bank account").check()
    page.get_by_role("button", name="Store this method").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Please confirm your bank account")
    look_over(page)
    page.get_by_role("link", name="Continue").click()
    page.get_by_label("Or the code on your statement").fill("SM11AA")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("You can close this page.")).to_be_visible()
    wait_for(lambda: letters_to(product, client, "Your payment method is stored"), 1)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your payment method is stored")

    ask(office, client)
    office.get_by_role("button", name="Withdraw").click()
    expect(office.get_by_text("Its link stores nothing any more.")).to_be_visible()
    found = wait_for(lambda: letters_to(product, client, "Harlow & Reyes asks you to store"), 2)
    page.goto(found[-1].text.split()[0])
    expect(page.get_by_role("heading", level=1)).to_have_text("This link is no longer in use")
    look_over(page)
