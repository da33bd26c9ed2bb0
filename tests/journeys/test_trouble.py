"""What goes wrong on the way to a payment, and what the payer still has in hand afterwards."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.paying import (
    CARD_ASKS,
    CARD_DECLINED,
    CARD_WITHOUT_MONEY,
    CARD_WORKS,
    Payer,
    PayPage,
)
from tests.journeys.screens import DESK_DARK, DESK_LIGHT, PHONE_DARK, PHONE_LIGHT, Screen, walked_on


def _expect_problem(page: Page, sentence: str) -> None:
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text(sentence)
    assert page.title().startswith("Error:")


def _expect_kept(page: Page, payer: Payer, amount: str, number: str) -> None:
    for label, value in {
        "Amount": amount,
        "Your name": payer.name,
        "Email": payer.email,
        "Who is this payment for?": payer.paid_for,
        "Reference": payer.reference,
        "ZIP code": "95814",
        "Card number": " ".join(number[at : at + 4] for at in range(0, 16, 4)),
        "Expiry date": "12 / 34",
        "Security code": "123",
    }.items():
        expect(page.get_by_label(label)).to_have_value(value)


@walked_on(PHONE_DARK, DESK_LIGHT)
def test_P7_a_declined_card_keeps_everything_and_another_card_pays(
    screen: Screen, operating_link: str, payer: Payer, pay_page: Callable[[Screen], PayPage]
) -> None:
    paying = pay_page(screen)
    page = paying.page
    paying.open(operating_link)
    paying.type_words(payer, "120.00")
    paying.type_card(CARD_DECLINED)
    paying.review()
    paying.press_submit()
    _expect_problem(page, "Your card was declined.")
    expect(page.locator("#error-summary")).to_contain_text("No money has been taken.")
    _expect_kept(page, payer, "120.00", CARD_DECLINED)
    expect(page.get_by_role("button", name="Pay by eCheck")).to_be_visible()

    paying.type_card(CARD_WITHOUT_MONEY)
    paying.review()
    paying.press_submit()
    _expect_problem(page, "there are not enough funds on it")

    paying.type_card(CARD_WORKS)
    paying.review()
    assert not page.title().startswith("Error:")
    paying.submit()
    expect(page.get_by_text("Authorized", exact=True)).to_be_visible()


@walked_on(DESK_DARK, PHONE_LIGHT)
def test_P3_a_card_that_asks_its_bank_is_refused_and_then_approved(
    screen: Screen, operating_link: str, payer: Payer, pay_page: Callable[[Screen], PayPage]
) -> None:
    paying = pay_page(screen)
    page = paying.page
    paying.open(operating_link)
    paying.type_words(payer, "45.00")
    paying.type_card(CARD_ASKS)
    for answer in ("Refuse", "Approve"):
        paying.review()
        paying.press_submit()
        question = page.get_by_role("dialog", name="Test bank: approve this payment?")
        expect(question).to_contain_text("$45.00")
        question.get_by_role("button", name=answer).click()
        if answer == "Refuse":
            _expect_problem(page, "Your bank could not confirm that it was you.")
            _expect_kept(page, payer, "45.00", CARD_ASKS)
    page.wait_for_url("**/payments/*")
    expect(page.get_by_text("Authorized", exact=True)).to_be_visible()


@walked_on(DESK_LIGHT, PHONE_DARK)
def test_L4_a_bad_amount_is_told_above_and_beside_and_nothing_is_lost(
    screen: Screen, operating_link: str, payer: Payer, pay_page: Callable[[Screen], PayPage]
) -> None:
    paying = pay_page(screen)
    page = paying.page
    paying.open(operating_link)
    paying.type_words(payer, "1e3")
    paying.type_card(CARD_WORKS)
    paying.press_review()
    sentence = "Enter the amount in numbers, such as 1,250.00."
    _expect_problem(page, sentence)
    amount = page.get_by_label("Amount")
    expect(amount).to_have_attribute("aria-invalid", "true")
    expect(amount).to_have_accessible_description(f"Error: {sentence}")
    _expect_kept(page, payer, "1e3", CARD_WORKS)
    page.locator("#error-summary").get_by_role("link", name=sentence).click()
    expect(amount).to_be_focused()
    amount.fill("0.99")
    paying.press_review()
    _expect_problem(page, "The smallest amount you can pay here is $1.00.")
    page.get_by_label("Amount").fill("12.00")
    paying.review()
    assert not page.title().startswith("Error:")


def test_P7_missing_card_details_are_told_at_their_fields_and_the_summary_comes_first(
    operating_link: str, payer: Payer, pay_page: Callable[[], PayPage]
) -> None:
    paying = pay_page()
    page = paying.page
    paying.open(operating_link)
    paying.press_review()
    _expect_problem(page, "Enter the amount to pay.")
    expect(page.get_by_text("Enter the card number. It has 16 digits.")).to_be_visible()
    paying.type_words(payer, "10")
    page.get_by_label("ZIP code").fill("95814")
    paying.press_review()
    expect(page.get_by_label("Card number")).to_be_focused()
    expect(page.locator("#pay-message")).to_have_text("Enter the card number. It has 16 digits.")
    expect(page.locator("#error-summary")).to_have_count(0)


def test_M9_pressing_submit_twice_pays_once(
    operating_link: str,
    payer: Payer,
    pay_page: Callable[[], PayPage],
    payments_found: Callable[[str], int],
) -> None:
    paying = pay_page()
    page = paying.page
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    paying.open(operating_link)
    paying.type_words(payer, "33.00")
    paying.type_card(CARD_WORKS)
    paying.review()
    page.get_by_role("button", name="Submit payment").dblclick()
    page.wait_for_url("**/payments/*")
    assert len([url for url in sent if url.endswith("/submit")]) == 1
    assert payments_found(payer.email) == 1


@walked_on(PHONE_LIGHT, DESK_DARK)
def test_P3_the_back_button_leads_from_the_review_to_the_form_and_never_to_a_second_payment(
    screen: Screen, operating_link: str, payer: Payer, pay_page: Callable[[Screen], PayPage]
) -> None:
    paying = pay_page(screen)
    page = paying.page
    paying.open(operating_link)
    paying.type_words(payer, "21.00")
    paying.type_card(CARD_WORKS)
    review = paying.review()
    page.go_back()
    expect(page.get_by_label("Amount")).to_be_focused()
    expect(review.get_by_role("button")).to_have_count(0)
    _expect_kept(page, payer, "21.00", CARD_WORKS)
    paying.review()
    page.get_by_role("button", name="Change Email").click()
    expect(page.get_by_label("Email")).to_be_focused()
    paying.review()
    paying.submit()
    page.go_back()
    # The page that was paid on is drawn anew: no review of it is left to be sent again.
    expect(page.get_by_role("button", name="Review payment")).to_be_visible()
    expect(page.get_by_role("button", name="Review payment")).to_be_enabled()
    expect(page.get_by_role("button", name="Submit payment")).to_have_count(0)


def test_P7_no_processor_script_means_a_sentence_and_a_page_that_still_says_whom_to_call(
    operating_link: str, pay_page: Callable[[], PayPage]
) -> None:
    paying = pay_page()
    page = paying.page
    page.route("**/sandbox/stripe.js", lambda route: route.abort())
    page.goto(operating_link)
    expect(page.locator("#pay-message")).to_contain_text(
        "The card and bank fields cannot be loaded. Check your connection, or call us."
    )
    expect(
        page.get_by_role("contentinfo").get_by_role("link", name="(916) 555-0142")
    ).to_be_visible()


def test_P7_a_connection_that_breaks_at_submit_tells_the_payer_not_to_pay_again(
    operating_link: str, payer: Payer, pay_page: Callable[[], PayPage]
) -> None:
    paying = pay_page()
    page = paying.page
    paying.open(operating_link)
    paying.type_words(payer, "12.00")
    paying.type_card(CARD_WORKS)
    paying.review()
    page.route("**/submit", lambda route: route.abort())
    paying.press_submit()
    expect(page.locator("#submit-message")).to_contain_text("Do not pay again yet")
    page.unroute("**/submit")
    paying.submit()  # the same review: paid once, however often it is sent
    expect(page.get_by_text("Authorized", exact=True)).to_be_visible()
