"""The framed pages looked over: narrow, wide, light, dark, in three languages, and by keyboard."""

import itertools
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import AxeResults
from playwright.sync_api import Frame, Locator, Page, expect

from tests.journeys import embedding
from tests.journeys.conftest import Visit
from tests.journeys.embedding import Website, expect_heard, frame_of, snippet
from tests.journeys.looking import altered, look_over, run_axe
from tests.journeys.paying import CARD_DECLINED, CARD_WORKS, Payer, PayPage
from tests.journeys.screens import EVERY_SCREEN, PHONE_DARK, Screen
from tests.support.browser import Product

NARROWEST_LIGHT = Screen(280, 640, "light")
SCREENS = [NARROWEST_LIGHT, PHONE_DARK, Screen(900, 700, "light"), Screen(900, 700, "dark")]
TEXT = {"light": "rgb(27, 29, 33)", "dark": "rgb(236, 237, 239)"}
TABS_MAX = 60
OpenFrame = Callable[..., PayPage]

_next_screen = itertools.cycle(SCREENS)


def _bare(website: Website, part: str = "") -> str:
    """The address of a page with nothing but the frame, in the colours that the visitor prefers."""
    style = "<link rel='stylesheet' href='/bare.css'>"
    page = (
        f"<!doctype html><html lang='en'><title>Pay</title>{style}{part or website.snippet}</html>"
    )
    website.pages["/bare"] = page
    website.pages["/bare.css"] = ":root { color-scheme: light dark } body { margin: 0 }"
    return f"{website.origin}/bare"


def _look_over(frame: Frame, screens: list[Screen]) -> None:
    """Nothing for axe to find in the frame, and nothing to scroll sideways."""
    page = frame.page
    for screen in SCREENS if EVERY_SCREEN else screens:
        page.set_viewport_size({"width": screen.width, "height": screen.height})
        page.emulate_media(color_scheme=screen.scheme)
        # The website's paper shows through; axe sees the frame alone, and takes it for white.
        frame.evaluate("document.documentElement.style.background = 'Canvas'")
        expect(frame.locator("body")).to_have_css("color", TEXT[screen.scheme])
        wide = frame.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{wide} px too wide on {screen}: {frame.url}"
        found = AxeResults(run_axe(frame))
        assert found.violations_count == 0, f"{screen}, {frame.url}\n{found.generate_report()}"


def test_X5_the_framed_form_its_errors_review_decline_and_result(
    website: Website, payer: Payer, framed: OpenFrame
) -> None:
    paying = framed(_bare(website), PHONE_DARK)
    frame = frame_of(paying.page)
    _look_over(frame, SCREENS)
    paying.press_review()
    expect(frame.locator("#error-summary")).to_be_focused()
    _look_over(frame, [next(_next_screen)])
    frame.get_by_role("button", name="Pay by eCheck").click()
    expect(frame.get_by_role("link", name="Continue on secure page")).to_be_visible()
    _look_over(frame, [NARROWEST_LIGHT])
    frame.get_by_role("button", name="Pay by card instead").click()
    paying.type_words(payer, "51.00")
    paying.type_card(CARD_DECLINED)
    paying.review()
    _look_over(frame, [NARROWEST_LIGHT])
    paying.press_submit()
    expect(frame.locator("#error-summary")).to_be_focused()
    _look_over(frame, [PHONE_DARK])
    paying.type_card(CARD_WORKS)
    paying.review()
    paying.submit()
    _look_over(frame, SCREENS[:2])


@pytest.mark.parametrize("locale", ["fr-CA", "es-US"])
def test_X5_B3_the_framed_form_in_french_and_spanish(
    locale: str, operating_link: str, website: Website, visit: Visit
) -> None:
    page = visit(NARROWEST_LIGHT)
    page.goto(_bare(website, snippet(operating_link, f'data-locale="{locale}"')))
    frame = frame_of(page)
    expect(frame.locator("html")).to_have_attribute("lang", locale)
    expect(frame.locator("#card-element .sbx")).to_be_visible()
    _look_over(frame, [NARROWEST_LIGHT])
    frame.locator("#pay-by-bank").click()
    expect(frame.locator("#continue-bank")).to_be_visible()
    _look_over(frame, [PHONE_DARK])


def test_X5_a_link_that_takes_no_payment_says_in_the_frame_how_to_reach_the_firm(
    product: Product, website: Website, operating_link: str, visit: Visit
) -> None:
    change = "UPDATE account_link SET retired_at = {} WHERE token = '{}'"
    token = operating_link.rsplit("/", 1)[1]
    retired = change.format("'2026-01-01 00:00:00.000000'", token)
    with altered(product.var, retired, change.format("NULL", token)):
        page = visit(NARROWEST_LIGHT)
        page.add_init_script(embedding.HEAR)
        page.goto(_bare(website))
        frame = frame_of(page)
        expect(frame.get_by_role("heading", level=1)).to_contain_text("no longer in use")
        expect(page.locator("[data-portal-state=ready]")).to_have_count(1)
        _look_over(frame, SCREENS[:2])


def test_X5_the_website_shows_through_and_the_frame_is_as_light_or_dark_as_it_is(
    website: Website, visit: Visit
) -> None:
    """A frame of the other colour scheme would get an opaque sheet of its own behind it."""
    page = visit(PHONE_DARK)
    page.goto(_bare(website))
    frame = frame_of(page)
    expect(frame.locator("body")).to_have_css("color", TEXT["dark"])
    for element in ("body", "html"):
        expect(frame.locator(element)).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    page.emulate_media(color_scheme="light")  # the sun comes up
    expect(frame.locator("body")).to_have_css("color", TEXT["light"])
    # A website that is light for everybody.
    website.pages["/bare.css"] = ":root { color-scheme: light }"
    page.emulate_media(color_scheme="dark")
    page.goto(f"{website.origin}/bare")
    frame = frame_of(page)
    expect(frame.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator("[data-portal-pay] iframe")).to_have_css("color-scheme", "light")
    expect(frame.locator("body")).to_have_css("color", TEXT["light"])


def test_X5_the_sample_website_itself_looks_right(website: Website, framed: OpenFrame) -> None:
    page = framed(website.origin).page
    look_over(page)


def _tab_to(page: Page, target: Locator) -> None:
    """Tab on, out of the website into the frame, until the target has the focus."""
    for _stop in range(TABS_MAX):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement && document.hasFocus()"):
            assert target.evaluate("element => element.matches(':focus-visible')")
            return
    raise AssertionError(f"not reached by Tab: {target}")


def test_X5_a_card_is_paid_in_the_frame_by_keyboard_alone(
    website: Website, payer: Payer, framed: OpenFrame
) -> None:
    paying = framed(website.origin)
    page, frame = paying.page, frame_of(paying.page)
    page.get_by_role("link", name="Pay a bill").press("Enter")
    for label, words in {
        "Amount": "52.00",
        "Your name": payer.name,
        "Email": payer.email,
        "Who is this payment for?": payer.paid_for,
        "Card number": CARD_WORKS,
        "Expiry date": "1234",
        "Security code": "123",
        "ZIP code": "95814",
    }.items():
        _tab_to(page, frame.get_by_label(label))
        page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(frame.get_by_role("heading", name="Review your payment")).to_be_focused()
    _tab_to(page, frame.get_by_role("button", name="Submit payment"))
    page.keyboard.press("Enter")
    expect(frame.get_by_role("heading", level=1)).to_contain_text("Thank you")
    expect_heard(page, "ready details review submitted result succeeded")
    _tab_to(page, frame.get_by_role("link", name="Open your payment's page"))
    _tab_to(page, page.get_by_role("link", name="Pay online securely"))  # and out again
