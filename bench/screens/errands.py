"""What has to be done in a browser before every screen has something to show."""

from playwright.sync_api import Browser, Page, expect
from pyotp.totp import TOTP

from bench.screens.flows import ANA, PASSWORD, type_password
from portal.core import clock

CONTACTS = "Name,Email,Phone\nRosa Field,rosa@field.test,\n,nobody,\nRosa Field,not an email,\n"
SANDBOX, BILLS = "/staff/sandbox", "/staff/bulk-sendings/new?of=bills&all=yes"


def sign_in(page: Page, email: str = "ada@demo.test", password: str = PASSWORD) -> None:
    """Sign in at the staff door, with no second factor."""
    type_password(page, email, password)
    expect(page.locator("summary", has_text="Your menu")).to_be_visible()


def run_errands(browser: Browser, base_url: str) -> None:
    """Disputes, bills sent together, an authenticator app, and emails that lead somewhere."""
    for errand in (_disputes, _many_bills, _imports, _authenticator, _emailed_links):
        context = browser.new_context(base_url=base_url)
        errand(context.new_page())
        context.close()


def _disputes(page: Page) -> None:
    sign_in(page)
    for into in ("Trust", "Trust", "Operating"):
        page.goto(SANDBOX)
        row = page.get_by_role("row").filter(has_text=into)
        row.get_by_role("button", name="Open a dispute").last.click()
        page.wait_for_load_state()
    page.goto(SANDBOX)
    page.get_by_role("button", name="Send it back").first.click()
    page.wait_for_load_state()
    page.locator("summary", has_text="Sandbox").click()
    page.get_by_role("button", name="Advance 5 minutes").click()
    expect(page.get_by_text("The demo clock has moved forward.")).to_be_visible()


def _many_bills(page: Page) -> None:
    sign_in(page)
    page.goto(BILLS)
    page.locator("#send-all").click()
    page.locator("#bulk").wait_for()


def _imports(page: Page) -> None:
    sign_in(page)
    for _both in ("one whose columns are to be matched", "one that was checked"):
        page.goto("/staff/settings/imports")
        page.locator("#file").set_input_files(
            {"name": "contacts.csv", "mimeType": "text/csv", "buffer": CONTACTS.encode()}
        )
        page.get_by_role("button", name="Upload and go on").click()
        page.locator("#matching").wait_for()
    page.locator("#check").click()
    page.wait_for_load_state()


def _authenticator(page: Page) -> None:
    sign_in(page, ANA)
    page.goto("/staff/your-sign-in")
    page.get_by_role("button", name="Add an authenticator app").click()
    app = TOTP(page.locator("#secret").inner_text().replace(" ", ""))
    code = app.generate_otp(int(clock.wall_time().timestamp()) // 30)
    page.get_by_label("The six digits that the app shows now").fill(code)
    page.get_by_role("button", name="Add the app").click()
    page.locator("#recovery-codes").wait_for()


def _emailed_links(page: Page) -> None:
    """The link to sign in, and the link for a forgotten password: both come to the mailbox."""
    asked = {"/sign-in": "cleo@demo.test", "/staff/forgotten-password": "ben@demo.test"}
    for address, email in asked.items():
        page.goto(address)
        page.locator("input[type=email]").fill(email)
        with page.expect_navigation():
            page.locator("form:has(input[type=email]) button[type=submit]").first.click()
    page.goto("/sandbox/mail")
    expect(page.locator(".mailbox a").first).to_be_visible()
