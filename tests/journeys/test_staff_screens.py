"""Every screen of the firm's people: nothing for axe to find, nothing to scroll sideways (X5)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import office
from tests.journeys.conftest import Visit
from tests.journeys.looking import altered, look_over
from tests.journeys.screens import PHONE_LIGHT
from tests.support.browser import Product


def test_X5_signing_in_and_being_refused(visit: Visit) -> None:
    page = visit()
    page.goto("/staff/")
    look_over(page)
    page.get_by_label("Email address").fill(office.ADA)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page)


@pytest.mark.parametrize("search", ["", "?status=returned", "?payer=Nobody", "?from=2001-02-30"])
def test_X5_X3_transactions_full_filtered_and_empty(search: str, staff: Visit) -> None:
    page = staff()
    page.goto(office.TRANSACTIONS + search)
    expect(page.get_by_role("heading", level=1)).to_have_text("Transactions")
    look_over(page)


@pytest.mark.parametrize("payer", ["Priya Raman", "Walter Jensen", "Owen Blake"])
def test_X5_one_payment(payer: str, staff: Visit) -> None:
    page = staff()
    page.goto(f"{office.TRANSACTIONS}?payer={payer}")
    page.locator("#transactions-table tbody [data-label=Payer] a").last.click()
    expect(page.locator("#payment-life")).to_be_visible()
    look_over(page)


def test_X5_the_menus(staff: Visit) -> None:
    page = staff()
    page.goto(office.NEW_CHARGE)
    for words in ("Sandbox", "Ada Harlow"):
        page.locator("summary", has_text=words).click()
        look_over(page)
    page.set_viewport_size({"width": PHONE_LIGHT.width, "height": PHONE_LIGHT.height})
    page.keyboard.press("Escape")
    page.locator(".nav-menu > summary").click()
    look_over(page, (PHONE_LIGHT,))


@pytest.mark.parametrize("task", ["Generate QR Code", "Change limits", "Retire link"])
def test_X5_a_task_of_an_account_as_a_dialog_and_as_a_page(task: str, staff: Visit) -> None:
    page = staff()
    page.goto(office.NEW_CHARGE)
    opener = office.account_card(page, "IOLTA Trust").get_by_role("link", name=task)
    address = opener.get_attribute("href")
    assert address is not None
    opener.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    look_over(page)
    page.goto(address)
    expect(page.get_by_role("dialog")).to_have_count(0)
    look_over(page)
    if task == "Retire link":
        page.get_by_role("button", name="Retire link").click()
        expect(page.locator("#error-summary")).to_be_focused()
        look_over(page)
    if task != "Generate QR Code":
        page.get_by_role("link", name="Cancel").click()
        expect(page).to_have_url(re.compile(f"{office.NEW_CHARGE}$"))


def _look_at(page: Page, address: str, heading: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    look_over(page)


def test_X5_new_charge_and_the_sheet_to_print(staff: Visit) -> None:
    page = staff()
    _look_at(page, office.NEW_CHARGE, "New charge")
    card = office.account_card(page, "IOLTA Trust")
    address = card.get_by_role("link", name="Generate QR Code").get_attribute("href")
    _look_at(page, f"{address}/print", "Harlow & Reyes – client trust account")


def test_X5_settings_and_bank_accounts(staff: Visit) -> None:
    page = staff()
    _look_at(page, "/staff/settings", "Settings")
    page.get_by_text("Set up: all done").click()
    look_over(page)
    _look_at(page, "/staff/settings/bank-accounts", "Bank accounts")
    page.get_by_role("link", name="Edit IOLTA Trust").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit bank account")
    look_over(page)
    _look_at(page, "/staff/settings/bank-accounts/new", "Add bank account")
    page.get_by_role("button", name="Add bank account").click()
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page)


def test_X5_alerts_emails_and_an_address_that_leads_nowhere(product: Product, staff: Visit) -> None:
    page = staff()
    _look_at(page, "/staff/emails", "Emails")
    _look_at(page, "/staff/nowhere", "Not found")
    alert = (
        "INSERT INTO alert (kind, subject, sentence, raised_at) VALUES ('email_given_up', "
        "'for-a-test', 'An email to sol@demo.test was given up.', '2026-01-01 00:00:00')"
    )
    with altered(product.var, alert, "DELETE FROM alert WHERE subject = 'for-a-test'"):
        _look_at(page, "/staff/alerts", "Alerts")
        expect(page.get_by_role("button", name="Resolve").first).to_be_visible()
    _look_at(page, "/staff/alerts", "Alerts")


def test_X5_linking_a_payment_as_a_dialog_and_as_a_page(staff: Visit) -> None:
    """FEATURES S2, S3: with suggestions, with the list open, with the preview, and unticked."""
    page = staff()
    page.goto(f"{office.TRANSACTIONS}?payer=Owen Blake&linked=no")
    page.get_by_role("link", name=re.compile("^Link .")).first.click()
    dialog = page.get_by_role("dialog", name="Link payment")
    expect(dialog).to_be_visible()
    look_over(page)
    dialog.get_by_role("radio", name="Another client or matter").check()
    dialog.get_by_role("combobox", name="Client or matter").fill("Marsh")
    expect(dialog.get_by_role("option").first).to_be_visible()
    look_over(page)
    dialog.get_by_role("option").first.click()
    expect(dialog.locator("#preview-words")).to_be_visible()
    look_over(page)
    dialog.get_by_label("Apply payment to invoices").uncheck()
    expect(dialog.locator("#preview-words")).to_contain_text("No bill is paid.")
    look_over(page)
    dialog.get_by_role("button", name="Close").click()
    address = page.get_by_role("link", name=re.compile("^Link .")).first.get_attribute("href")
    _look_at(page, str(address), "Link payment")
    _look_at(page, f"{address}/change", "Change link")


def test_X5_S8_changing_a_link_and_being_refused(staff: Visit) -> None:
    page = staff()
    page.goto(f"{office.TRANSACTIONS}?payer=Priya Raman")
    page.locator("#transactions-table tbody [data-label=Payer] a").last.click()
    expect(page.locator("#link-history")).to_be_visible()
    look_over(page)
    page.get_by_role("link", name="Change link").click()
    dialog = page.get_by_role("dialog", name="Change link")
    expect(dialog).to_be_visible()
    look_over(page)
    dialog.get_by_role("radio", name="Unlink").check()
    expect(dialog.locator("#preview-words")).to_contain_text("belongs to nobody")
    dialog.get_by_role("button", name="Unlink").click()
    expect(dialog.locator("#error-summary")).to_contain_text("Say why")
    expect(dialog.locator("#error-summary")).to_be_focused()
    look_over(page)


@pytest.mark.parametrize("tab", ["Bills", "Ledger"])
def test_X5_the_money_of_a_matter(tab: str, staff: Visit) -> None:
    page = staff()
    page.goto("/staff/matters?q=00012")
    page.locator("#matters-table tbody th a").click()
    page.get_by_role("navigation", name="Matter").get_by_role("link", name=tab).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Marsh lease")
    look_over(page)


HOUSE = "Groups, Permissions, and Job Titles"


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("/staff/settings/users", "Users"),
        ("/staff/settings/users?q=ben", "Users"),
        ("/staff/settings/users?state=disabled", "Users"),
        ("/staff/settings/users?state=invited", "Users"),
        ("/staff/settings/users?q=nobody+here", "Users"),
        ("/staff/settings/users/invitations/new", "Invite user"),
        ("/staff/settings/groups", HOUSE),
        ("/staff/settings/groups?state=archived", HOUSE),
        ("/staff/settings/groups/new", "New group"),
        ("/staff/settings/permissions", HOUSE),
        ("/staff/settings/job-titles", HOUSE),
        ("/staff/settings/job-titles/rename?title=Accountant", "Rename job title"),
        ("/staff/settings/payment-notifications", "Payment Notifications"),
    ],
)
def test_X5_the_settings_of_people_and_groups(address: str, heading: str, staff: Visit) -> None:
    _look_at(staff(), address, heading)


def test_X5_one_user_and_what_is_refused(visit: Visit) -> None:
    page = visit()
    office.sign_in(page)  # afresh: who they are is asked once more after ten minutes
    page.goto("/staff/settings/users")
    page.get_by_role("link", name="Ada Harlow").click()
    look_over(page)
    page.get_by_label("Administrator").uncheck()
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page)


def test_X5_B1_branding(staff: Visit) -> None:
    _look_at(staff(), "/staff/settings/branding", "Branding")
