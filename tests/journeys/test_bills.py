"""Billing → Bills in a real browser: from the first line of a bill to its issue and its end."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over

BILLS = "/staff/bills"


def write_for(page: Page, typed: str, client: str) -> None:
    """**New bill** for a client found by typing; ends on the empty draft."""
    page.goto(BILLS)
    page.get_by_role("link", name="New bill").click()
    look_over(page)
    page.locator("#client").press_sequentially(typed)
    page.get_by_role("option").first.click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text(f"Client: {client}")).to_be_visible()


def fill_line(page: Page, place: int, what: str, quantity: str, rate: str) -> None:
    """Type one line of a draft."""
    page.locator(f"#quantity-{place}").fill(quantity)
    page.locator(f"#rate-{place}").fill(rate)
    page.locator(f"#description-{place}").fill(what)
    page.locator(f"#description-{place}").press("Tab")


def test_D1_a_bill_is_written_line_by_line_issued_and_voided(staff: Visit) -> None:
    page = staff()
    write_for(page, "kobay", "Hana Kobayashi")
    fill_line(page, 0, "Call with the court", "0.5", "280.00")
    expect(page.locator("#amount-0")).to_have_text("$140.00")
    expect(page.locator("#bill-total")).to_have_text("$140.00")
    page.get_by_role("button", name="Add line").click()
    expect(page.locator("#matter-1")).to_be_focused()
    fill_line(page, 1, "Filing fee", "1", "60.00")
    expect(page.locator("#bill-total")).to_have_text("$200.00")
    page.get_by_role("button", name="Add line").click()
    expect(page.locator("#matter-2")).to_be_focused()
    page.get_by_role("button", name="Remove line 3").click()
    expect(page.locator("#add-line")).to_be_focused()
    expect(page.locator("#description-0")).to_have_value("Call with the court")
    look_over(page)
    page.locator("#save-draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Draft bill")
    _issue(page)
    _void(page)


def _issue(page: Page) -> None:
    page.get_by_role("link", name="Issue", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Hana Kobayashi owes $200.00")
    look_over(page)
    page.keyboard.press("Escape")
    expect(page.locator("#issue-bill")).to_be_focused()
    page.get_by_role("link", name="Issue", exact=True).click()
    dialog.get_by_role("button", name="Issue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Bill 1\d\d\d$"))
    expect(page.locator("#bill-figures")).to_contain_text(re.compile(r"Balance\s+\$200\.00"))
    look_over(page)


def _void(page: Page) -> None:
    page.get_by_role("link", name="Void", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Void").click()
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page)
    page.get_by_label("Reason").fill("Written by a test")
    page.get_by_role("button", name="Void").click()
    expect(page.locator("#bill-facts")).to_contain_text("Written by a test")
    expect(page.locator("#bill-books tbody tr")).to_have_count(2)
    look_over(page)


def test_D1_two_matters_discount_tax_a_second_person_a_change_and_an_end(
    staff: Visit, visit: Visit
) -> None:
    ben = visit()
    sign_in_as(ben, "ben@demo.test")
    write_for(ben, "duval", "Marguerite Duval")
    fill_line(ben, 0, "Letter to the mediator", "2", "300.00")
    ben.get_by_role("button", name="Add line").click()
    expect(ben.locator("#matter-1")).to_be_focused()
    fill_line(ben, 1, "Listing agreement", "1", "400.00")
    matters = ben.locator("#matter-1 option")
    ben.locator("#matter-1").select_option(matters.last.get_attribute("value"))
    ben.locator("#discount").fill("10")
    ben.locator("#tax_label-0").fill("Sales tax")
    ben.locator("#tax_percent-0").fill("9.2")
    ben.locator("#tax_percent-0").press("Tab")
    expect(ben.locator("#bill-discount")).to_have_text("-$100.00")
    expect(ben.locator("#bill-total")).to_have_text("$982.80")
    look_over(ben)
    ben.locator("#save-draft").click()
    ben.get_by_role("button", name="Submit for approval").click()
    expect(ben.locator("#bill-figures")).to_contain_text("Sales tax 9.2%")
    where = ben.url
    page = staff()
    page.goto(where)
    page.get_by_role("link", name="Send back").click()
    page.get_by_label("What should be changed?").fill("Name the day of the call")
    page.get_by_role("dialog").get_by_role("button", name="Send back").click()
    ben.goto(where)
    expect(ben.locator("#sent-back")).to_contain_text("Name the day of the call")
    look_over(ben)
    ben.get_by_role("button", name="Submit for approval").click()
    _approve_change_and_void(page, where)


def _approve_change_and_void(page: Page, where: str) -> None:
    page.goto(where)
    page.get_by_role("link", name="Approve and issue").click()
    page.get_by_role("dialog").get_by_role("button", name="Approve and issue").click()
    expect(page.locator("#bill-facts")).to_contain_text("Approved by")
    expect(page.locator("#bill-shares tbody tr")).to_have_count(2)
    look_over(page)
    page.get_by_role("link", name="Change bill").click()
    page.locator("#quantity-0").fill("1")
    page.get_by_label("Why is the bill changed?").fill("One call was not to be billed")
    look_over(page)
    page.locator("#save-draft").click()
    expect(page.locator("#bill-versions tbody tr")).to_have_count(1)
    look_over(page)
    page.get_by_role("link", name="Version 1").click()
    expect(page.locator("#version-figures")).to_contain_text("$982.80")
    look_over(page)
    page.get_by_role("link", name="Back to the bill").click()
    page.get_by_role("link", name="Void", exact=True).click()
    page.get_by_label("Reason").fill("Written by a test")
    page.get_by_role("dialog").get_by_role("button", name="Void").click()
    expect(page.locator("#bill-facts")).to_contain_text("Written by a test")


def sign_in_as(page: Page, email: str) -> None:
    """Sign in as somebody of the demo."""
    page.goto(BILLS)
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill("retainer-demo-only")
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_draft_is_deleted_and_the_list_is_sorted_and_filtered(staff: Visit) -> None:
    page = staff()
    write_for(page, "blake", "Owen Blake")
    fill_line(page, 0, "Never sent", "1", "10.00")
    page.locator("#save-draft").click()
    page.get_by_role("link", name="Delete draft").click()
    look_over(page)
    page.get_by_role("dialog").get_by_role("button", name="Delete draft").click()
    expect(page).to_have_url(re.compile(r"/staff/bills$"))
    page.set_viewport_size({"width": 320, "height": 640})
    page.locator(".bill-sorts").get_by_role("link", name="Due").click()
    expect(page.locator("[aria-sort=ascending]")).to_contain_text("Due")
    look_over(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.locator("#bills-table thead").get_by_role("link", name="Bill").click()
    expect(page.locator("[aria-sort=ascending]")).to_contain_text("Bill")
    page.get_by_label("Overdue only").check()
    expect(page).to_have_url(re.compile(r"overdue=yes"))
    expect(page.locator("#tab-awaiting_payment")).to_have_attribute("aria-current", "page")
    expect(page.locator("#bills-table tbody tr").first).to_contain_text("Overdue")


def test_enter_in_a_line_saves_the_draft_and_removes_nothing(staff: Visit) -> None:
    page = staff()
    write_for(page, "blake", "Owen Blake")
    fill_line(page, 0, "Lease, second look", "1", "200.00")
    page.locator("#rate-0").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Draft bill")
    expect(page.locator("#bill-lines tbody tr")).to_have_count(1)


def test_what_is_wrong_takes_the_focus_and_everything_typed_is_kept(staff: Visit) -> None:
    page = staff()
    write_for(page, "blake", "Owen Blake")
    fill_line(page, 0, "Lease, second look", "1e9", "-5")
    expect(page.locator("#amount-0")).to_have_text("–")
    page.locator("#save-draft").click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#quantity-0")).to_have_value("1e9")
    look_over(page)
    page.get_by_role("link", name="Enter a quantity like 1.5.").click()
    expect(page.locator("#quantity-0")).to_be_focused()


def test_the_list_follows_as_somebody_types_and_the_address_holds_it(staff: Visit) -> None:
    page = staff()
    page.goto(BILLS)
    page.locator("#q").press_sequentially("marsh")
    expect(page.locator("#bills-table tbody tr")).to_have_count(5)
    expect(page).to_have_url(re.compile(r"q=marsh$"))
    page.get_by_role("link", name="Unpaid").click()
    expect(page).to_have_url(re.compile(r"status=awaiting_payment.*q=marsh"))
    expect(page.locator("#tab-awaiting_payment")).to_be_focused()
    page.reload()
    expect(page.locator("#q")).to_have_value("marsh")
    expect(page.locator("#tab-awaiting_payment")).to_have_attribute("aria-current", "page")
    page.locator("#q").fill("1048")
    expect(page.locator("#bills-count")).to_contain_text("1 bill")


@pytest.mark.parametrize(
    "search", ["", "?status=draft", "?status=void", "?q=nobody-at-all", "?status=paid&q=1025"]
)
def test_X5_the_list_of_bills(search: str, staff: Visit) -> None:
    page = staff()
    page.goto(BILLS + search)
    expect(page.get_by_role("heading", level=1)).to_have_text("Bills")
    look_over(page)


@pytest.mark.parametrize("number", ["1027", "1028", "1045"])
def test_X5_one_bill_and_its_clients_tab(number: str, staff: Visit) -> None:
    page = staff()
    page.goto(f"{BILLS}?q={number}")
    page.get_by_role("link", name=number, exact=True).click()
    expect(page.locator("#bill-books")).to_be_visible()
    expect(page.get_by_role("heading", name="Payments on this bill")).to_be_visible()
    look_over(page)
    page.locator(".page-head a").last.click()
    expect(page.locator("#bills-table")).to_be_visible()
    look_over(page)
