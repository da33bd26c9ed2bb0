"""The Sandbox page: nothing for axe to find, nothing to scroll sideways (X5)."""

from playwright.sync_api import expect

from tests.journeys import office
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over


def test_X5_the_payers_banks_and_accounts_of_the_sandbox(staff: Visit) -> None:
    page = staff()
    page.goto(office.TRANSACTIONS)
    page.locator("summary", has_text="Sandbox").click()
    page.get_by_role("link", name="Payers, banks, accounts").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sandbox")
    expect(page.get_by_role("button", name="Open a dispute").first).to_be_visible()
    expect(page.get_by_role("region", name="Connected account: Trust")).to_be_visible()
    look_over(page)
