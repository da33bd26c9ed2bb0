"""Money into the trust account: the payer always sees where it goes."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.journeys import office
from tests.journeys.conftest import Visit
from tests.journeys.paying import CARD_WORKS, Payer, PayPage
from tests.journeys.screens import DESK_DARK, PHONE_LIGHT, Screen, walked_on


@walked_on(PHONE_LIGHT, DESK_DARK)
def test_S1_M3_a_payment_into_trust_says_so_on_every_page(
    screen: Screen,
    trust_link: str,
    payer: Payer,
    pay_page: Callable[[Screen], PayPage],
    staff: Visit,
) -> None:
    paying = pay_page(screen)
    page = paying.page
    paying.open(trust_link)
    expect(page.get_by_text("Held for you in the firm's trust account.")).to_be_visible()
    paying.type_words(payer, "2,000")
    paying.type_card(CARD_WORKS)
    review = paying.review()
    expect(review).to_contain_text("Your money will be held for you in the firm's trust account.")
    expect(review).to_contain_text("client trust account")
    reference = paying.submit()
    expect(page.locator("#payment-status")).to_contain_text("client trust account")

    office_page = staff(screen)
    office_page.goto(office.TRANSACTIONS)
    expect(office.payment_row(office_page, reference)).to_contain_text("IOLTA Trust")
    office.advance(office_page, "5 days")
    expect(office.payment_row(office_page, reference)).to_contain_text("Completed")
    page.reload()
    expect(page.locator("#payment-status")).to_contain_text(
        "The money is now held for you in the firm's trust account."
    )
    # The whole amount stands in trust; the fee is the operating account's (FEATURES M4).
    office.payment_row(office_page, reference).get_by_role("link").first.click()
    expect(office_page.locator("#payment-books")).to_contain_text("$2,000.00")
