"""Contacts and matters in a real browser: searching as typed, the combobox, rows of a form."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import office
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.screens import PHONE_LIGHT, Screen, on_desk_and_phone

CONTACTS = "/staff/contacts"
MATTERS = "/staff/matters"


def option(page: Page, words: str) -> str:
    """The label of the option that the keyboard stands on."""
    active = page.locator("#client").get_attribute("aria-activedescendant")
    assert active is not None
    found = page.locator(f"#{active}")
    expect(found).to_have_attribute("aria-selected", "true")
    expect(found).to_contain_text(words)
    return found.get_attribute("data-label") or ""


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        (CONTACTS, "Contacts"),
        (f"{CONTACTS}?q=nobody-is-called-this", "Contacts"),
        (MATTERS, "Matters"),
        (f"{MATTERS}?status=closed", "Matters"),
        (f"{CONTACTS}/new", "New contact"),
        (f"{MATTERS}/new", "New matter"),
    ],
)
def test_X5_the_lists_and_the_empty_forms(address: str, heading: str, staff: Visit) -> None:
    page = staff()
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    look_over(page)


def test_X5_one_contact_one_matter_and_their_forms(staff: Visit) -> None:
    page = staff()
    page.goto(f"{CONTACTS}?q=marguerite")
    page.locator("#contacts-table tbody a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Marguerite Duval")
    look_over(page)
    page.get_by_role("link", name="Edit contact").click()
    page.get_by_role("button", name="Add another email").click()
    expect(page.locator("#email-2")).to_be_focused()
    page.locator("#email-2").fill("nobody")
    page.get_by_role("button", name="Save contact").click()
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page)
    page.goto(f"{MATTERS}?q=00003")
    page.locator("#matters-table tbody th a").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Duval divorce")
    look_over(page)
    page.get_by_role("link", name="Edit matter").click()
    look_over(page)


def test_X2_contacts_are_found_as_they_are_typed_and_the_address_follows(staff: Visit) -> None:
    page = staff()
    page.goto(CONTACTS)
    page.locator("#q").press_sequentially("herr")
    expect(page.locator("#contacts-table tbody tr")).to_have_count(1)
    expect(page.locator("#q")).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?q=herr$"))
    expect(page.locator("#status")).to_have_text("1 contact")
    page.get_by_role("link", name="Companies").click()
    expect(page.get_by_text("No contact is called that")).to_be_visible()
    page.locator("#q").fill("sunrise")
    expect(page.locator("#contacts-table tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?q=sunrise&kind=company$"))


@on_desk_and_phone
def test_X5_a_client_is_chosen_by_the_keyboard_alone(screen: Screen, staff: Visit) -> None:
    page = staff(screen)
    page.goto(f"{MATTERS}/new")
    client, listbox = page.get_by_role("combobox", name="Client"), page.locator("#client-list")
    client.focus()
    page.keyboard.type("mar")
    expect(listbox).to_be_visible()
    expect(client).to_have_attribute("aria-expanded", "true")
    expect(page.locator("[data-combobox-status]").first).to_have_text(re.compile(r"\d+ found"))
    for key, words in (
        ("ArrowDown", "Margaret"),
        ("ArrowDown", "Marguerite"),
        ("End", "Cleo Marsh"),
        ("ArrowDown", "Margaret"),
        ("ArrowUp", "Cleo Marsh"),
        ("Home", "Margaret"),
    ):
        page.keyboard.press(key)
        option(page, words)
    look_over(page, (screen,))
    page.keyboard.press("Escape")
    expect(listbox).to_be_hidden()
    expect(client).to_have_value("mar")
    page.keyboard.press("ArrowDown")
    expect(listbox).to_be_visible()
    page.keyboard.press("End")
    chosen = option(page, "Cleo Marsh")
    page.keyboard.press("Enter")
    expect(listbox).to_be_hidden()
    expect(client).to_have_value(chosen)
    expect(page.locator("#client-value")).to_have_value(re.compile("^contact:"))
    expect(page.locator(".combobox-chosen").first).to_contain_text("cleo@demo.test")
    page.keyboard.press("Backspace")
    expect(page.locator("#client-value")).to_have_value("")


def test_a_change_of_the_choice_is_told_once_and_typing_is_not(staff: Visit) -> None:
    page = staff()
    page.goto(f"{MATTERS}/new")
    page.evaluate(
        "window.told = []; document.addEventListener('change', (event) => "
        "window.told.push(event.target.name + '=' + event.target.value.split(':')[0]))"
    )
    page.locator("#client").press_sequentially("cleo")
    page.locator(".combobox-option").first.click()
    expect(page.locator("#client")).to_be_focused()
    page.locator("#client").press_sequentially("x")
    page.locator("#name").focus()
    assert page.evaluate("window.told") == ["client=contact", "client="]


def test_the_options_are_as_large_as_a_finger_on_a_phone(staff: Visit) -> None:
    page = staff(PHONE_LIGHT)
    page.goto(f"{MATTERS}/new")
    page.locator("#client").press_sequentially("mar")
    expect(page.locator(".combobox-option").first).to_be_visible()
    for found in page.locator(".combobox-option").all():
        box = found.bounding_box()
        assert box is not None
        assert box["height"] >= 44


def test_X1_a_matter_is_opened_without_script(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    office.sign_in(page)
    page.goto(f"{MATTERS}/new")
    page.locator("#client").fill("kobay")
    page.get_by_role("button", name="Search").first.click()
    page.get_by_label("Hana Kobayashi").check()
    page.get_by_label("Matter", exact=True).fill("Opened without script")
    page.get_by_role("button", name="Add a contact").click()
    page.locator("#related-0").fill("Ken Kobayashi")
    page.get_by_label("What they are in it").fill("Spouse")
    expect(page.get_by_label("Matter", exact=True)).to_have_value("Opened without script")
    page.get_by_role("button", name="Save matter").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Opened without script")
    expect(page.locator("#matter-people")).to_contain_text("Ken Kobayashi")
