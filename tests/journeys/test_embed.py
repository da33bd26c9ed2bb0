"""A stranger pays on the firm's own website, where no other site has cookies (FEATURES E1, E3)."""

import re
from collections.abc import Callable

from playwright.sync_api import Frame, Page, expect

from tests.journeys import bookkeeping, embedding
from tests.journeys.conftest import Visit
from tests.journeys.embedding import Website, expect_heard
from tests.journeys.paying import (
    CARD_ASKS,
    CARD_DECLINED,
    CARD_WORKS,
    STATUS_PAGE,
    Payer,
    PayPage,
    line,
    reference_on,
)
from tests.journeys.screens import Screen, on_dark_desk_and_light_phone
from tests.support.browser import Product

KEEP_COOKIE = "document.cookie = 'probe=1; SameSite=None; Secure', document.cookie"
KEEP_STORAGE = """() => {
  try { localStorage.probe = "kept"; } catch ({ name }) { return name; }
  return localStorage.probe;
}"""
APPROVE = "I approve this withdrawal from my bank account"

OpenFrame = Callable[..., PayPage]


def _review(paying: PayPage, payer: Payer, amount: str, number: str = CARD_WORKS) -> None:
    paying.type_words(payer, amount)
    paying.type_card(number)
    paying.review()


def _expect_as_high_as_its_page(page: Page, frame: Frame) -> None:
    """Nothing scrolls inside the frame, and nothing of the website is left empty below it."""
    page.wait_for_timeout(300)  # a height is told as the page is laid out, and set a message later
    content = frame.evaluate("document.body.getBoundingClientRect().height")
    box = page.locator("[data-portal-pay] iframe").bounding_box()
    assert box is not None
    assert abs(box["height"] - content) <= 1
    inside = frame.evaluate(
        "[document.documentElement.scrollWidth - innerWidth,"
        " document.documentElement.scrollHeight - innerHeight]"
    )
    assert max(inside) <= 0, inside


def test_E1_the_frame_has_no_cookies_and_no_storage_and_the_same_page_alone_has_both(
    website: Website, operating_link: str, framed: OpenFrame, visit: Visit
) -> None:
    """That third-party cookies are blocked here is what the other tests of this file stand on."""
    paying = framed(website.origin)
    assert paying.sheet.evaluate(KEEP_COOKIE) == ""
    assert paying.sheet.evaluate(KEEP_STORAGE) == "SecurityError"
    assert paying.page.context.cookies() == []
    alone = visit()
    alone.goto(operating_link)
    assert alone.evaluate(KEEP_COOKIE) == "probe=1"
    assert alone.evaluate(KEEP_STORAGE) == "kept"


@on_dark_desk_and_light_phone
def test_E1_E3_a_card_is_paid_inside_the_frame(
    screen: Screen,
    product: Product,
    website: Website,
    payer: Payer,
    framed: OpenFrame,
    staff: Visit,
) -> None:
    paying = framed(website.origin, screen)
    page, frame = paying.page, paying.sheet
    assert isinstance(frame, Frame)
    _expect_as_high_as_its_page(page, frame)
    _review(paying, payer, "250.00")
    _expect_as_high_as_its_page(page, frame)
    reference = paying.submit()

    assert page.url == f"{website.origin}/"
    expect(frame.get_by_role("heading", level=1)).to_contain_text("Thank you")
    _expect_as_high_as_its_page(page, frame)
    told = expect_heard(page, "ready details review submitted result succeeded")
    assert told[-1] == {"reference": reference, "status": "authorized"}
    assert payer.email not in str(told)
    assert payer.name not in str(told)
    expect(page.locator("#thanks")).to_contain_text(reference)
    assert page.context.cookies() == []

    # The frame is left open, and says by itself that the money has arrived.
    bookkeeping.wait_until_completed(staff(), reference)
    expect(frame.get_by_role("heading", level=1)).to_have_text("Your payment is complete")
    told = expect_heard(page, "ready details review submitted result succeeded succeeded")
    assert told[-1] == {"reference": reference, "status": "completed"}
    with page.expect_popup() as opened:
        frame.get_by_role("link", name="Open your payment's page").click()
    expect(opened.value.get_by_role("heading", name="Receipt")).to_be_visible()
    assert reference_on(opened.value) == reference
    bookkeeping.check_books(product)


def test_E3_P7_a_decline_in_the_frame_keeps_everything_and_another_card_works(
    website: Website, payer: Payer, framed: OpenFrame
) -> None:
    paying = framed(website.origin)
    page, frame = paying.page, paying.sheet
    _review(paying, payer, "41.00", CARD_DECLINED)
    paying.press_submit()
    expect(frame.locator("#error-summary")).to_be_focused()
    expect(frame.locator("#error-summary")).to_contain_text("No money has been taken.")
    expect(frame.get_by_label("Amount")).to_have_value("41.00")
    told = expect_heard(page, "ready details review submitted details failed")
    assert told[-1]["status"] == "failed"
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", told[-1]["reference"])
    paying.type_card(CARD_WORKS)
    paying.review()
    paying.submit()
    expect(frame.get_by_role("heading", level=1)).to_contain_text("Thank you")
    assert page.url == f"{website.origin}/"


def test_E3_a_card_whose_bank_asks_is_approved_inside_the_frame(
    website: Website, payer: Payer, framed: OpenFrame
) -> None:
    paying = framed(website.origin)
    _review(paying, payer, "42.00", CARD_ASKS)
    paying.press_submit()
    question = paying.sheet.get_by_role("dialog")
    expect(question).to_be_in_viewport()
    question.get_by_role("button", name="Approve").click()
    paying.sheet.wait_for_url(STATUS_PAGE)
    reference = reference_on(paying.sheet)
    told = expect_heard(paying.page, "ready details review submitted result succeeded")
    assert told[-1]["reference"] == reference
    assert paying.page.url == f"{website.origin}/"


def test_E3_a_bank_account_is_paid_from_on_a_page_of_its_own(
    website: Website, operating_link: str, payer: Payer, framed: OpenFrame
) -> None:
    paying = framed(website.origin)
    page, frame = paying.page, paying.sheet
    paying.type_words(payer, "63.00")
    frame.get_by_role("button", name="Pay by eCheck").click()
    bank = frame.get_by_role("region", name="Pay by eCheck")
    expect(bank.get_by_role("button", name="Select your bank")).to_have_count(0)
    expect(frame.get_by_role("button", name="Review payment")).to_be_hidden()
    frame.get_by_role("button", name="Pay by card instead").click()
    expect(frame.get_by_role("button", name="Review payment")).to_be_visible()
    frame.get_by_role("button", name="Pay by eCheck").click()
    bank.get_by_role("link", name="Continue on secure page").click()

    page.wait_for_url(f"{operating_link}*")
    alone = PayPage(page, paying._pace)
    expect(page.get_by_label("Amount")).to_have_value("63.00")
    expect(page.get_by_label("Email")).to_have_value(payer.email)
    assert payer.email not in page.url, "once it is read, what was typed is in no address"
    alone.sign_in_at_the_bank(payer.name, "works")
    review = alone.review()
    expect(line(review, "Reference")).to_contain_text(payer.reference)
    page.get_by_label(APPROVE).check()
    alone.submit()
    assert re.search(r"/payments/[^/?]+$", page.url), "the same result page as ever"


def test_E3_a_firm_may_have_the_card_on_a_page_of_its_own_too_and_keeps_the_language(
    product: Product, operating_link: str, payer: Payer, visit: Visit
) -> None:
    with (
        embedding.website(operating_link, 'data-locale="es-US"') as site,
        embedding.listed(product.var, operating_link, site.origin, card_on_top=1),
    ):
        page = visit()
        page.goto(site.origin)
        frame = embedding.frame_of(page)
        expect(frame.locator("html")).to_have_attribute("lang", "es-US")
        frame.locator("#amount").fill("64.00")
        frame.locator("#name").fill(payer.name)
        expect(frame.locator("#review-button")).to_be_hidden()
        expect(frame.locator("#card-element")).to_have_count(0)
        frame.locator("#name").press("Enter")
        page.wait_for_url(f"{operating_link}*")
    expect(page.locator("html")).to_have_attribute("lang", "es-US")
    expect(page.locator("#name")).to_have_value(payer.name)
    expect(page.locator("#pay-card")).to_be_visible()


def test_E3_a_forged_way_to_pay_behind_the_address_hides_no_field_and_is_taken_out(
    operating_link: str, visit: Visit
) -> None:
    """What a website's frame hands on stands behind the #, where anybody can write."""
    page = visit()
    for forged in ("message", "by-bank", "constructor", '"><b>'):
        page.goto("about:blank")
        page.goto(f"{operating_link}#method={forged}&name=Dana&amount=5.00")
        expect(page.locator("#name")).to_have_value("Dana")
        expect(page.locator("#pay-card")).to_be_visible()
        expect(page.locator("#review-button")).to_be_visible()
        assert "#" not in page.url


def test_E1_back_and_change_lead_from_the_review_to_the_form_and_not_off_the_website(
    website: Website, payer: Payer, framed: OpenFrame
) -> None:
    paying = framed(website.origin)
    page, frame = paying.page, paying.sheet
    _review(paying, payer, "43.00")
    page.evaluate("history.back()")
    expect(frame.get_by_label("Amount")).to_be_focused()
    paying.review()
    page.evaluate("location.hash = 'visit'")  # a step of the website's own
    frame.get_by_role("button", name="Change Your name").click()
    expect(frame.get_by_label("Your name")).to_be_focused()
    assert page.url.endswith("#visit")
    paying.review()
    paying.submit()
    expect_heard(
        page, "ready details review details review details review submitted result succeeded"
    )


def test_E1_the_amount_is_told_where_the_firm_wants_it_told(
    product: Product, operating_link: str, payer: Payer, framed: OpenFrame
) -> None:
    with (
        embedding.website(operating_link, 'data-amount="44.50" data-reference="1042"') as site,
        embedding.listed(product.var, operating_link, site.origin, tells_amount=1),
    ):
        paying = framed(site.origin)
        expect(paying.sheet.get_by_label("Amount")).to_have_value("44.50")
        expect(paying.sheet.get_by_label("Reference")).to_have_value("1042")
        _review(paying, payer, "45.25")  # a hint only: whoever pays may change it
        reference = paying.submit()
        told = expect_heard(paying.page, "ready details review submitted result succeeded")
    assert told[-1] == {
        "reference": reference,
        "status": "authorized",
        "amount": "45.25",
        "currency": "USD",
    }
