"""Ada changes something and finds it in the activity log (FEATURES X9)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import office
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.screens import Screen, on_desk_and_phone

LOG = "/staff/settings/activity-log"


def _add_contact(page: Page, name: str) -> None:
    page.goto("/staff/contacts/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save contact").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


@on_desk_and_phone
def test_X9_what_was_changed_is_found_by_typing_whom_it_was_done_to(
    screen: Screen, staff: Visit
) -> None:
    page = staff(screen)
    name = f"Petra Lindholm {screen}"
    _add_contact(page, name)
    page.goto(LOG)
    page.get_by_label("Thing", exact=True).press_sequentially(name)
    rows = page.locator("#log-table tbody tr")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile("thing=Petra"))
    expect(rows.first).to_contain_text("Contact added")
    expect(rows.first).to_contain_text("Ada Harlow")
    page.get_by_role("link", name=f"All about it Contact {name}").click()
    expect(page.get_by_text("Only what was done to:")).to_contain_text(name)
    page.get_by_role("link", name=f"Contact {name}", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


@pytest.mark.parametrize("search", ["", "?who=Nobody", "?from=2001-02-30&action=bill.issued"])
def test_X5_X9_the_log_full_filtered_and_empty(search: str, staff: Visit) -> None:
    page = staff()
    page.goto(LOG + search)
    expect(page.get_by_role("heading", level=1)).to_have_text("Activity log")
    look_over(page)


def test_X5_X9_a_line_with_its_details_open(staff: Visit) -> None:
    page = staff()
    page.goto(f"{LOG}?action=bill.issued")
    page.locator(".log-details summary").first.click()
    expect(page.locator(".log-details dl").first).to_be_visible()
    look_over(page)


def test_X9_going_back_shows_the_log_as_it_was_filtered(staff: Visit) -> None:
    page = staff()
    page.goto(LOG)
    page.get_by_label("What").select_option("Signed in")
    expect(page).to_have_url(re.compile("action=user.signed_in"))
    page.goto(office.TRANSACTIONS)
    page.go_back()
    expect(page.get_by_label("What")).to_have_value("user.signed_in")
    expect(page.locator("#log-table tbody th").first).to_have_text("Signed in")
