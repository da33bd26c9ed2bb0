"""Paying by eCheck: a bank that pays, a bank that sends the payment back, and typed numbers."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys import letters, office
from tests.journeys.conftest import Visit
from tests.journeys.paying import Payer, PayPage, line, reference_on
from tests.journeys.screens import DESK_DARK, PHONE_LIGHT, Screen, on_desk_and_phone, walked_on
from tests.support.browser import Product

APPROVE = "I approve this withdrawal from my bank account"


def _review_echeck(paying: PayPage, link: str, payer: Payer, account: str) -> None:
    paying.open(link)
    paying.type_words(payer, "900")
    paying.connect_bank(payer.name, account)
    review = paying.review()
    expect(line(review, "Paying with")).to_contain_text("Harborlight Test Credit Union ••••")
    expect(review).to_contain_text("I authorize Harlow & Reyes LLP to withdraw $900.00 once")


def _approve_and_submit(paying: PayPage) -> str:
    paying.page.get_by_label(APPROVE).check()
    reference = paying.submit()
    expect(paying.page.get_by_text("Authorized", exact=True)).to_be_visible()
    return reference


def _wait_for_status(page: Page, heading: str) -> None:
    """The status page follows by itself; it is opened anew to begin with its quickest asking."""
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


@on_desk_and_phone
def test_P4_an_echeck_from_a_good_bank_completes(
    screen: Screen,
    product: Product,
    operating_link: str,
    payer: Payer,
    pay_page: Callable[[Screen], PayPage],
    staff: Visit,
) -> None:
    paying = pay_page(screen)
    page = paying.page
    _review_echeck(paying, operating_link, payer, "works")
    paying.press_submit()
    sentence = "Tick the box to approve the withdrawal from your bank account."
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#error-summary")).to_contain_text(sentence)
    assert page.title().startswith("Error:")
    expect(page.get_by_label(APPROVE)).to_have_accessible_description(f"Error: {sentence}")
    page.locator("#error-summary").get_by_role("link", name=sentence).click()
    expect(page.get_by_label(APPROVE)).to_be_focused()
    reference = _approve_and_submit(paying)

    office_page = staff(screen)
    office_page.goto(office.TRANSACTIONS)
    expect(office.payment_row(office_page, reference)).to_contain_text("Authorized")
    office.advance(office_page, "5 days")
    expect(office.payment_row(office_page, reference)).to_contain_text("Completed")
    _wait_for_status(page, "Your payment is complete")
    sent = letters.wait_for(lambda: letters.about(product.var, reference), 4)
    assert {letter.to for letter in sent} == {office.ADA, payer.email}


@walked_on(PHONE_LIGHT, DESK_DARK)
def test_M7_P4_an_echeck_from_a_closed_account_is_returned_in_words(
    screen: Screen,
    product: Product,
    operating_link: str,
    payer: Payer,
    pay_page: Callable[[Screen], PayPage],
    staff: Visit,
) -> None:
    paying = pay_page(screen)
    _review_echeck(paying, operating_link, payer, "account is closed")
    reference = _approve_and_submit(paying)
    office_page = staff(screen)
    office_page.goto(office.TRANSACTIONS)
    office.advance(office_page, "5 days")
    expect(office.payment_row(office_page, reference)).to_contain_text("Returned")
    _wait_for_status(paying.page, "Your bank returned this payment")
    expect(paying.page.locator("#payment-status")).to_contain_text(
        "Your bank says that this account is closed."
    )
    expect(paying.page.get_by_role("link", name="Pay another way")).to_be_visible()
    sent = letters.wait_for(lambda: letters.about(product.var, reference), 4)
    returned = [letter for letter in sent if "returned" in letter.subject.lower()]
    assert {letter.to for letter in returned} == {office.ADA, payer.email}
    assert all("account is closed" in letter.text for letter in returned)


def test_P4_typed_numbers_need_test_deposits_and_the_page_says_how(
    product: Product,
    operating_link: str,
    payer: Payer,
    pay_page: Callable[[Screen], PayPage],
) -> None:
    paying = pay_page(DESK_DARK)
    page = paying.page
    paying.open(operating_link)
    paying.type_words(payer, "60")
    page.get_by_role("button", name="Pay by eCheck").click()
    bank = page.get_by_role("region", name="Pay by eCheck")
    bank.get_by_label("Name on the account").fill(payer.name)
    bank.get_by_role("button", name="Enter account numbers instead").click()
    bank.get_by_label("Routing number").fill("110000000")
    bank.get_by_label("Account number").fill("000123456789")
    paying.review()
    page.get_by_label(APPROVE).check()
    reference = paying.submit()
    expect(page.get_by_text("Action needed", exact=True)).to_be_visible()
    (letter,) = letters.wait_for(lambda: letters.about(product.var, reference), 1)
    assert letter.to == payer.email

    status_page = page.url
    page.get_by_role("link", name="Continue").click()
    page.get_by_label("First amount in cents").fill("32")
    page.get_by_label("Second amount in cents").fill("45")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("There is nothing to confirm any more.")).to_be_visible()
    page.goto(status_page)
    expect(page.get_by_text("Authorized", exact=True)).to_be_visible()
    assert reference_on(page) == reference
