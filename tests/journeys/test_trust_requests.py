"""Billing → Trust requests and Settings → Billing in a real browser (FEATURES D2, P1)."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over

REQUESTS = "/staff/trust-requests"
SETTINGS = "/staff/settings/billing"


def write_for(page: Page, typed: str, client: str) -> None:
    """**New trust request** for a client found by typing; ends on the empty draft."""
    page.goto(REQUESTS)
    look_over(page)
    page.get_by_role("main").get_by_role("link", name="New trust request").first.click()
    look_over(page)
    page.locator("#client").press_sequentially(typed)
    page.get_by_role("option").first.click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text(f"Client: {client}")).to_be_visible()


def test_D2_a_request_is_drafted_approved_issued_changed_and_voided(staff: Visit) -> None:
    page = staff()
    write_for(page, "kobay", "Hana Kobayashi")
    page.locator("#save-draft").click()
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page)
    page.get_by_label("Amount").fill("1,500.00")
    page.get_by_label("Note").fill("For the appeal")
    page.locator("#save-draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Draft trust request")
    look_over(page)
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.locator("#trust-request")).to_contain_text("Awaiting approval")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#trust-request")).to_contain_text("approved, ready to issue")
    look_over(page)
    _issue(page)
    _change(page)
    _void(page)


def _issue(page: Page) -> None:
    page.get_by_role("link", name="Issue", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("asks Hana Kobayashi to pay $1,500.00 into IOLTA Trust")
    look_over(page)
    page.keyboard.press("Escape")
    expect(page.locator("#issue-request")).to_be_focused()
    page.get_by_role("link", name="Issue", exact=True).click()
    dialog.get_by_role("button", name="Issue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Trust request 2\d{3}$"))
    expect(page.locator("#request-payments")).to_contain_text("Nothing was paid on this request")
    look_over(page)


def _change(page: Page) -> None:
    page.get_by_role("link", name="Change", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount").fill("1,200.00")
    dialog.get_by_role("button", name="Save changes").click()
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page)
    page.get_by_label("Reason").fill("One expert less")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("#request-figures")).to_contain_text("$1,200.00")
    expect(page.locator("#request-history")).to_contain_text("Amount before: $1,500.00")


def _void(page: Page) -> None:
    page.get_by_role("link", name="Void", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Written by a test")
    look_over(page)
    dialog.get_by_role("button", name="Void").click()
    expect(page.locator("#request-facts")).to_contain_text("Written by a test")
    look_over(page)


def test_D2_a_draft_is_deleted_and_the_list_is_searched_and_filtered(staff: Visit) -> None:
    page = staff()
    write_for(page, "kobay", "Hana Kobayashi")
    page.get_by_label("Amount").fill("10.00")
    page.locator("#save-draft").click()
    page.get_by_role("link", name="Delete draft").click()
    look_over(page)
    page.get_by_role("dialog").get_by_role("button", name="Delete draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trust requests")
    page.get_by_label("Number, client or matter").press_sequentially("zzz")
    expect(page.locator("#trust-requests")).to_contain_text("No trust requests match")
    page.get_by_label("Due date").select_option(label="Overdue")
    expect(page).to_have_url(re.compile(r"due=overdue"))
    look_over(page)


def test_P1_an_administrator_turns_online_payments_off_and_on_again(staff: Visit) -> None:
    page = staff()
    page.goto(SETTINGS)
    look_over(page)
    page.get_by_label("Least part payment").fill("ten")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page)
    page.get_by_label("Least part payment").fill("1.00")
    page.get_by_label("Take payments online").uncheck()
    try:
        page.get_by_role("button", name="Save changes").click()
        expect(page.locator("#online-payments")).to_contain_text("Clients cannot pay online.")
        look_over(page)
        page.goto("/staff/online-payments/new-charge")
        expect(page.locator("#offline")).to_contain_text("Online payments are turned off")
        look_over(page)
    finally:
        page.goto(SETTINGS)
        page.get_by_label("Take payments online").check()
        page.get_by_role("button", name="Save changes").click()
        expect(page.locator("#online-payments")).not_to_contain_text("Clients cannot pay online.")
