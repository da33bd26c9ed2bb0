"""Record Payment, credit and the ledgers in a browser: nothing for axe, nothing sideways (X5)."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over

NEW = "/staff/receipts/new"


def _choose(page: Page, typed: str, client: str) -> None:
    page.goto(NEW)
    look_over(page)
    page.locator("#client").press_sequentially(typed)
    page.get_by_role("option").filter(has_text=client).first.click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Check or cash received")).to_be_visible()


def test_X5_the_create_menu_leads_to_record_payment(staff: Visit) -> None:
    page = staff()
    page.goto("/staff/alerts")
    page.locator("summary", has_text="Create New").click()
    look_over(page)
    page.get_by_role("link", name="Record Payment").click()
    expect(page).to_have_url(re.compile(f"{NEW}$"))


def test_X5_S5_a_payment_is_previewed_as_it_is_typed_and_the_box_keeps_its_focus(
    staff: Visit,
) -> None:
    """FEATURES S3, S5, S7: the preview follows the amount, the box and the account."""
    page = staff()
    _choose(page, "kobay", "Hana Kobayashi")
    page.locator("#amount").press_sequentially("5")
    expect(page.locator(".preview-sum")).to_contain_text("$5.00")
    box = page.get_by_label("Apply payment to invoices")
    expect(box).to_be_checked()
    box.focus()
    page.keyboard.press("Space")
    expect(page.locator(".preview-sum")).to_have_text("All of it, $5.00, stays as credit.")
    expect(box).to_be_focused()
    expect(box).not_to_be_checked()
    look_over(page)
    page.locator("#account").select_option(label="IOLTA Trust (trust)")
    expect(page.get_by_text("Trust money pays no bill by itself.")).to_be_visible()
    expect(box).to_have_count(0)
    look_over(page)
    page.get_by_role("button", name="Record payment").click()
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page)


def test_X5_S8_credit_the_ledger_and_a_reversal(staff: Visit) -> None:
    page = staff()
    _choose(page, "kobay", "Hana Kobayashi")
    page.locator("#number").fill("9001")
    page.locator("#amount").fill("12.00")
    page.get_by_label("Apply payment to invoices").uncheck()
    expect(page.locator(".preview-sum")).to_have_text("All of it, $12.00, stays as credit.")
    page.get_by_role("button", name="Record payment").click()
    expect(page.get_by_text("Check 9001 recorded: $12.00.")).to_be_visible()
    look_over(page)
    page.locator("#record-payment").click()
    page.get_by_role("link", name="Apply credit").first.click()
    look_over(page)
    page.go_back()
    page.go_back()
    page.get_by_role("link", name="Reverse Check 9001").click()
    look_over(page)
    page.get_by_label("Reason").fill("Entered by mistake")
    page.get_by_role("button", name="Reverse").click()
    expect(page.get_by_text("Check 9001 was reversed.")).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    expect(page.locator("#money")).to_contain_text("Held in trust")
    look_over(page)
