"""The search of the staff bar in a real browser, by keyboard, on a desk and a phone."""

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.screens import DESK_DARK, DESK_LIGHT, PHONE_LIGHT


def test_X2_a_slash_goes_to_the_search_and_the_arrows_walk_through_what_it_finds(
    staff: Visit,
) -> None:
    page = staff()
    page.goto("/staff/matters")
    page.get_by_role("heading", level=1).wait_for()
    page.keyboard.press("/")
    box = page.get_by_role("searchbox", name="Search", exact=True)
    expect(box).to_be_focused()
    page.keyboard.type("duval")
    found = page.locator("#search-found")
    expect(found.get_by_role("heading", name="Matters")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("found")
    expect(box).to_be_focused()  # the answer took nothing from whoever types
    look_over(page, (DESK_LIGHT, DESK_DARK))  # a phone has no box in its bar
    page.keyboard.press("ArrowDown")
    expect(found.get_by_role("link").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(found).to_be_hidden()
    expect(box).to_be_focused()
    box.fill("marguerite")
    page.wait_for_selector("#search-found a.hit")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Marguerite Duval")


def test_X2_a_slash_that_belongs_to_a_text_stays_there(staff: Visit) -> None:
    page = staff()
    page.goto("/staff/contacts")
    page.locator("#q").press_sequentially("a/b")
    expect(page.locator("#q")).to_have_value("a/b")
    expect(page.locator("#q")).to_be_focused()


def test_X2_enter_leads_to_the_page_of_the_search_and_what_is_typed_there_stays_in_its_address(
    staff: Visit,
) -> None:
    page = staff()
    page.goto("/staff/contacts")
    page.keyboard.press("/")
    page.keyboard.type("duval")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/staff/search\?q=duval$"))
    look_over(page)
    page.locator("#search").fill("no such thing")
    expect(page.get_by_text("Nothing was found for “no such thing”.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=no(\+|%20)such(\+|%20)thing$"))
    look_over(page)


def test_X2_a_phone_has_an_icon_that_leads_to_the_search(staff: Visit) -> None:
    page = staff(PHONE_LIGHT)
    page.goto("/staff/contacts")
    page.get_by_role("link", name="Search", exact=True).click()
    expect(page.locator("#search")).to_be_focused()
    look_over(page)
    page.keyboard.type("marg")
    page.get_by_role("link", name="Marguerite Duval").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Marguerite Duval")
