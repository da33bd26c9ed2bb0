"""A client pays a bill from the email, as it arrived in a real mail server (FEATURES P, L9, M9)."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys import bookkeeping, office
from tests.journeys.from_email import Hands, heading
from tests.journeys.looking import look_over
from tests.journeys.paying import CARD_ASKS, CARD_DECLINED, CARD_WORKS, PayPage, line
from tests.journeys.sent_to_clients import APPROVE, Firm, client_who_owes, send_bill

Open = Callable[..., PayPage]


def test_P3_P6_a_card_pays_from_the_email_in_three_clicks_and_four_fields(
    mailing: Firm, desk: Page, window: Open
) -> None:
    client = client_who_owes(mailing, 12_000)
    address = send_bill(desk, mailing, client)
    paying, hands = window(), Hands()
    hands.watch(paying.page)
    paying.open(address)
    expect(paying.page.get_by_label("Amount")).to_have_value("120.00")
    paying.type_card(CARD_WORKS)
    review = paying.review()
    expect(line(review, "Amount")).to_contain_text("$120.00")
    expect(line(review, "Your name")).to_contain_text(client.name)
    reference = paying.submit()
    assert len(hands.clicks) == 3, hands
    assert len(hands.typed) == 4, hands
    look_over(paying.page)
    again = window()
    again.page.goto(address)
    expect(heading(again.page)).to_have_text(f"Bill {client.bills[0].number} is being paid")
    look_over(again.page)
    bookkeeping.wait_until_completed(desk, reference)
    again.page.reload()
    expect(heading(again.page)).to_have_text(f"Bill {client.bills[0].number} is paid")
    expect(again.page.get_by_text(reference)).to_be_visible()
    look_over(again.page)
    subjects = [letter.subject for letter in mailing.post.wait_for(client.email, 3)]
    assert not any("Lease" in subject for subject in subjects)
    bookkeeping.expect_bills(desk, [(client.bills[0], "$0.00")])
    bookkeeping.check_books(mailing.product)


def test_P7_a_declined_card_then_another_pays(mailing: Firm, desk: Page, window: Open) -> None:
    client = client_who_owes(mailing, 9_900)
    paying = window()
    paying.open(send_bill(desk, mailing, client))
    paying.type_card(CARD_DECLINED)
    paying.review()
    paying.press_submit()
    problem = paying.page.locator("#error-summary")
    expect(problem).to_be_focused()
    expect(problem).to_contain_text("No money has been taken.")
    expect(paying.page.get_by_label("Amount")).to_have_value("99.00")
    expect(paying.page.get_by_label("ZIP code")).to_have_value("95814")
    paying.type_card(CARD_WORKS)
    paying.review()
    bookkeeping.wait_until_completed(desk, paying.submit())
    bookkeeping.expect_bills(desk, [(client.bills[0], "$0.00")])
    bookkeeping.check_books(mailing.product)


def test_P3_M9_a_question_of_the_bank_left_open_is_started_again(
    mailing: Firm, desk: Page, window: Open
) -> None:
    client = client_who_owes(mailing, 4_500)
    address = send_bill(desk, mailing, client)
    left = window()
    left.open(address)
    left.type_card(CARD_ASKS)
    left.review()
    left.press_submit()
    expect(left.page.get_by_role("dialog")).to_be_visible()
    left.page.context.close()
    paying = window()
    paying.page.goto(address)
    expect(paying.page.get_by_text("A payment of $45.00 is under way")).to_be_visible()
    look_over(paying.page)
    paying.page.get_by_role("button", name="Start again").click()
    expect(paying.page.get_by_label("Card number")).to_be_visible()
    paying.type_card(CARD_ASKS)
    paying.review()
    paying.press_submit()
    question = paying.page.get_by_role("dialog", name="Test bank: approve this payment?")
    question.get_by_role("button", name=re.compile("Approve")).click()
    paying.page.wait_for_url("**/payments/*")
    expect(paying.page.get_by_text("Authorized", exact=True)).to_be_visible()
    bookkeeping.check_books(mailing.product)


def test_P4_an_echeck_by_bank_sign_in_takes_six_clicks_and_two_fields(
    mailing: Firm, desk: Page, window: Open
) -> None:
    client = client_who_owes(mailing, 30_000)
    paying, hands = window(), Hands()
    hands.watch(paying.page)
    paying.open(send_bill(desk, mailing, client))
    paying.connect_bank(client.name, "works")
    at_the_bank = 5  # Continue, the bank, Agree and sign in, the account, Connect account
    paying.review()
    paying.page.get_by_label(APPROVE).check()
    reference = paying.submit()
    assert len(hands.clicks) - at_the_bank <= 6, hands
    assert len(hands.typed) <= 2, hands
    bookkeeping.wait_until_completed(desk, reference)
    bookkeeping.expect_bills(desk, [(client.bills[0], "$0.00")])
    bookkeeping.check_books(mailing.product)


def test_L9_M9_two_tabs_pay_a_bill_in_two_parts(mailing: Firm, desk: Page, window: Open) -> None:
    client = client_who_owes(mailing, 10_000)
    address = send_bill(desk, mailing, client)
    one, other = window(), window()
    for tab in (one, other):
        tab.open(address)
        tab.page.get_by_label("Amount").fill("60.00")
        tab.type_card(CARD_WORKS)
        expect(line(tab.review(), "Left to pay after this")).to_contain_text("$40.00")
    first = one.submit()
    other.press_submit()
    expect(other.page.locator("#error-summary")).to_contain_text("$40.00 is left to pay now.")
    expect(other.page.locator("#pay-about")).to_contain_text("A payment of $60.00 is under way")
    expect(other.page.get_by_label("Amount")).to_have_value("40.00")
    look_over(other.page)
    other.type_card(CARD_WORKS)
    other.review()
    second = other.submit()
    bookkeeping.wait_until_completed(desk, first)
    desk.goto(f"{office.TRANSACTIONS}?payer={second}")
    expect(office.payment_row(desk, second)).to_contain_text("Completed")
    bookkeeping.expect_bills(desk, [(client.bills[0], "$0.00")])
    bookkeeping.check_books(mailing.product)


def test_L9_the_whole_balance_is_paid_oldest_first(mailing: Firm, desk: Page, window: Open) -> None:
    client = client_who_owes(mailing, 10_000, 20_000)
    paying = window()
    paying.open(send_bill(desk, mailing, client, nth=1))
    look_over(paying.page)
    paying.page.get_by_label(re.compile("My whole balance")).check()
    expect(paying.page.get_by_label("Amount")).to_have_value("300.00")
    paying.page.get_by_label("Amount").fill("250.00")
    paying.type_card(CARD_WORKS)
    review = paying.review()
    expect(line(review, f"Bill {client.bills[0].number}")).to_contain_text("$100.00")
    expect(line(review, f"Bill {client.bills[1].number}")).to_contain_text("$150.00")
    look_over(paying.page)
    bookkeeping.wait_until_completed(desk, paying.submit())
    balances = [(client.bills[0], "$0.00"), (client.bills[1], "$50.00")]
    bookkeeping.expect_bills(desk, balances)
    bookkeeping.check_books(mailing.product)
