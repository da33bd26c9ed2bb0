"""What the firm's people do on the staff pages."""

import re

from playwright.sync_api import Locator, Page, expect

ADA = "ada@demo.test"
PASSWORD = "retainer-demo-only"
TRANSACTIONS = "/staff/online-payments/transactions"
NEW_CHARGE = "/staff/online-payments/new-charge"


def sign_in(page: Page) -> None:
    """Sign in as the demo firm's administrator; ends on the Overview."""
    page.goto("/staff/")
    page.get_by_label("Email address").fill(ADA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def advance(page: Page, step: str, times: int = 1) -> None:
    """**Sandbox** menu → **Advance 1 day** and the like, on any staff page."""
    for _time in range(times):
        page.locator("summary", has_text="Sandbox").click()
        page.get_by_role("button", name=f"Advance {step}", exact=True).click()
        expect(page.get_by_text("The demo clock has moved forward.")).to_be_visible()


def payment_row(page: Page, reference: str) -> Locator:
    """The row of one payment in Transactions."""
    return page.locator("#transactions-table tbody tr", has_text=reference)


def account_card(page: Page, account: str) -> Locator:
    """The card of one bank account in **New charge**."""
    return page.get_by_role("region", name=re.compile(f"^{re.escape(account)}$"))


def expect_sandbox_only(page: Page) -> None:
    """Every staff page says that no real money moves."""
    expect(page.get_by_role("complementary", name="Sandbox")).to_be_visible()
