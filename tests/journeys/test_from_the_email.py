"""What clients do with a bill from the email on, where it does not go the straight way.

The straight ways, with the clicks and fields that they take, are in test_bill_payment.py.
"""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys import bookkeeping, office
from tests.journeys.clients import Client
from tests.journeys.figures import drawn
from tests.journeys.from_email import Hands, heading
from tests.journeys.looking import look_over
from tests.journeys.paying import CARD_ASKS, CARD_WORKS, PayPage, line, reference_on
from tests.journeys.screens import DESK_DARK, DESK_LIGHT, PHONE_DARK, PHONE_LIGHT
from tests.journeys.sent_to_clients import (
    APPROVE,
    Firm,
    client_who_owes,
    expect_books,
    pass_days,
    payments_of,
    send_bill,
)

Open = Callable[..., PayPage]


def test_P4_account_numbers_are_confirmed_from_the_second_email_and_pay_the_bill(
    mailing: Firm, desk: Page, window: Open
) -> None:
    client = client_who_owes(mailing, 6_000)
    address = send_bill(desk, mailing, client)
    paying = window(PHONE_DARK)
    page = paying.page
    paying.open(address)
    page.get_by_role("button", name="Pay by eCheck").click()
    bank = page.get_by_role("region", name="Pay by eCheck")
    bank.get_by_label("Name on the account").fill(client.name)
    bank.get_by_role("button", name="Enter account numbers instead").click()
    bank.get_by_label("Routing number").fill("110000000")
    bank.get_by_label("Account number").fill("000123456789")
    look_over(page, (PHONE_DARK,))
    paying.review()
    page.get_by_label(APPROVE).check()
    reference = paying.submit()
    expect(page.get_by_text("Action needed", exact=True)).to_be_visible()
    look_over(page, (PHONE_DARK,))

    told = mailing.letter(client.email, reference)
    page.goto(_status_page(told.text))
    page.get_by_role("link", name="Continue").click()
    page.get_by_label("First amount in cents").fill("32")
    page.get_by_label("Second amount in cents").fill("45")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("There is nothing to confirm any more.")).to_be_visible()
    pass_days(desk, reference, "Completed")
    page.goto(address)
    expect(heading(page)).to_have_text(f"Bill {client.bills[0].number} is paid")
    expect_books(desk, mailing, client, "$0.00")


def _status_page(text: str) -> str:
    found = re.search(r"http\S+/payments/[\w-]+", text)
    assert found is not None, text
    return found.group()


def test_M7_P4_an_echeck_that_the_bank_sends_back_leaves_the_bill_to_be_paid_another_way(
    mailing: Firm, desk: Page, window: Open
) -> None:
    client = client_who_owes(mailing, 30_000)
    paying = window(DESK_DARK)
    page = paying.page
    paying.open(send_bill(desk, mailing, client))
    paying.connect_bank(client.name, "account is closed")
    paying.review()
    paying.press_submit()
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page, (DESK_DARK,))
    page.get_by_label(APPROVE).check()
    reference = paying.submit()
    status_page = page.url
    bookkeeping.expect_bills(desk, [(client.bills[0], "$300.00")], drawn)
    expect(line(desk.locator("#bill-figures"), "Payment under way")).to_contain_text("$300.00")

    pass_days(desk, reference, "Returned")
    for to in (client.email, office.ADA):
        told = mailing.letter(to, reference)
        assert "returned" in told.subject.lower()
        assert "account is closed" in told.text
    expect_books(desk, mailing, client, "$300.00")
    page.goto(status_page)
    expect(heading(page)).to_have_text("Your bank returned this payment")
    look_over(page, (DESK_DARK,))
    page.get_by_role("link", name="Pay another way").click()
    expect(page.get_by_label("Amount")).to_have_value("300.00")
    paying.type_card(CARD_WORKS)
    paying.review()
    pass_days(desk, paying.submit(), "Completed")
    expect_books(desk, mailing, client, "$0.00")


def test_P3_L9_L10_two_parts_with_a_bank_that_asks_and_the_receipt_at_the_end(
    mailing: Firm, desk: Page, window: Open
) -> None:
    client = client_who_owes(mailing, 10_000)
    address = send_bill(desk, mailing, client)
    paying, hands = window(PHONE_LIGHT), Hands()
    page = paying.page
    hands.watch(page)
    paying.open(address)
    page.get_by_label("Amount").fill("100.01")
    paying.type_card(CARD_WORKS)
    paying.press_review()
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page, (PHONE_LIGHT,))
    page.get_by_label("Amount").fill("60.00")
    expect(line(paying.review(), "Left to pay after this")).to_contain_text("$40.00")
    look_over(page, (PHONE_LIGHT,))
    first = paying.submit()
    assert (len(hands.clicks), len(hands.typed)) == (4, 5), hands  # one review more, and the amount

    second = _pay_the_rest_on_the_second_try(paying, desk, client, address)
    pass_days(desk, second, "Completed")
    _expect_receipt_and_pdf(page, address, client, (first, second))
    expect_books(desk, mailing, client, "$0.00")


def _pay_the_rest_on_the_second_try(
    paying: PayPage, desk: Page, client: Client, address: str
) -> str:
    """The bank asks, the payer refuses, tries again and approves; answers the reference."""
    page = paying.page
    page.get_by_role("link", name="Pay the rest").click()
    expect(page.get_by_label("Amount")).to_have_value("40.00")
    paying.type_card(CARD_ASKS)
    paying.review()
    paying.press_submit()
    question = page.get_by_role("dialog", name="Test bank: approve this payment?")
    question.get_by_role("button", name="Refuse").click()
    expect(page.get_by_text("No money has been taken").first).to_be_visible()
    look_over(page, (PHONE_LIGHT,))
    bookkeeping.expect_bills(desk, [(client.bills[0], "$100.00")], drawn)
    expect(line(desk.locator("#bill-figures"), "Payment under way")).to_contain_text("$60.00")
    paying.open(address)
    paying.type_card(CARD_ASKS)
    paying.review()
    paying.press_submit()
    question.get_by_role("button", name="Approve").click()
    page.wait_for_url("**/payments/*")
    return reference_on(page)


def _expect_receipt_and_pdf(
    page: Page, address: str, client: Client, paid: tuple[str, str]
) -> None:
    """A paid bill's address shows both payments, and hands over the bill (FEATURES L10, D7)."""
    page.goto(address)
    number = client.bills[0].number
    expect(heading(page)).to_have_text(f"Bill {number} is paid")
    for words in (*paid, "$60.00", "$40.00"):
        expect(page.locator("main")).to_contain_text(words)
    look_over(page, (PHONE_LIGHT,))
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as PDF").click()
    assert saved.value.suggested_filename == f"Bill-{number}.pdf"
    assert saved.value.path().read_bytes().startswith(b"%PDF-")
    page.get_by_role("link", name="Read it here").click()
    expect(heading(page)).to_have_text(f"Bill {number}")


def test_M9_of_two_tabs_the_second_is_told_and_nothing_is_paid_twice(
    mailing: Firm, desk: Page, window: Open
) -> None:
    client = client_who_owes(mailing, 8_000)
    address = send_bill(desk, mailing, client)
    one, other = window(DESK_LIGHT), window(PHONE_DARK)
    for tab in (one, other):
        tab.open(address)
        tab.type_card(CARD_WORKS)
        tab.review()
    reference = one.submit()
    other.press_submit()
    expect(heading(other.page)).to_have_text(f"Bill {client.bills[0].number} is being paid")
    expect(other.page.get_by_text("Please do not pay again.")).to_be_visible()
    look_over(other.page, (PHONE_DARK,))
    assert payments_of(desk, client) == 1
    pass_days(desk, reference, "Completed")
    other.page.reload()
    expect(heading(other.page)).to_have_text(f"Bill {client.bills[0].number} is paid")
    expect_books(desk, mailing, client, "$0.00")
