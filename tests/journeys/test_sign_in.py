"""Staff sign-in in a real browser, with Chromium's virtual device in place of a finger.

Ana does it, and takes all of it back: the other journeys share the product and sign in as Ada.
"""

import sqlite3
from collections.abc import Generator
from contextlib import closing

import pytest
from playwright.sync_api import CDPSession, Page, expect
from pyotp.totp import TOTP

from portal.core import clock
from tests.journeys import office
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.support.browser import Product

ANA = "ana@demo.test"
OWN = "/staff/your-sign-in"


@pytest.fixture
def ana(product: Product, visit: Visit) -> Generator[Page]:
    """Ana's window. Her factors go at the end, and what a try that failed has left goes before."""
    with closing(sqlite3.connect(product.var / "retainer.db", timeout=30)) as database, database:
        of_ana = "user_id = (SELECT id FROM user_account WHERE email = ?)"
        for factor in ("passkey", "authenticator"):
            database.execute(f"DELETE FROM {factor} WHERE {of_ana}", (ANA,))
    page = visit()
    show_password(page)
    yield page
    page.goto(OWN)
    for name in ("Remove the app", "Remove Laptop"):
        button = page.get_by_role("button", name=name)
        if button.count():
            button.click()
    expect(page.get_by_text("You sign in with a password alone")).to_be_visible()


def plug_in(page: Page) -> CDPSession:
    """https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn/"""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return device


def show_password(page: Page) -> None:
    page.goto("/staff/sign-in")
    page.get_by_label("Email address").fill(ANA)
    page.get_by_label("Password").fill(office.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_have_count(0)


def sign_out(page: Page) -> None:
    page.locator("summary", has_text="Ana Reyes").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()


def _step() -> int:
    """Which half minute it is for the app: each takes one code."""
    return int(clock.wall_time().timestamp()) // 30


def test_N9_a_passkey_and_then_an_app_take_the_password_s_place(ana: Page) -> None:
    plug_in(ana)
    look_over(ana)
    ana.goto(OWN)
    expect(ana.get_by_role("heading", name="Your sign-in", level=1)).to_be_visible()
    look_over(ana)
    ana.get_by_label("Name of the passkey").fill("Laptop")
    ana.get_by_role("button", name="Add a passkey").click()
    expect(ana.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    look_over(ana)
    ana.get_by_role("link", name="I have kept them").click()
    expect(ana.get_by_role("rowheader", name="Laptop")).to_be_visible()
    look_over(ana)
    sign_out(ana)
    look_over(ana)

    ana.get_by_role("button", name="Sign in with a passkey").click()
    expect(ana.locator("summary", has_text="Ana Reyes")).to_be_visible()

    ana.goto(OWN)
    ana.get_by_role("button", name="Add an authenticator app").click()
    secret = ana.locator("#secret").inner_text().replace(" ", "")
    look_over(ana)
    app, added = TOTP(secret), _step()
    ana.get_by_label("The six digits that the app shows now").fill(app.generate_otp(added))
    ana.get_by_role("button", name="Add the app").click()
    expect(ana.get_by_text("Your authenticator app was added.")).to_be_visible()
    sign_out(ana)

    show_password(ana)
    expect(ana.get_by_role("heading", name="One more step")).to_be_visible()
    look_over(ana)
    ana.get_by_label("Code from your authenticator app").fill("000000")
    ana.get_by_role("button", name="Sign in", exact=True).click()
    expect(ana.locator("#error-summary")).to_be_focused()
    code = app.generate_otp(max(added + 1, _step()))
    ana.get_by_label("Code from your authenticator app").fill(code)
    ana.get_by_role("button", name="Sign in", exact=True).click()
    expect(ana.locator("summary", has_text="Ana Reyes")).to_be_visible()


def test_a_device_that_shows_nothing_says_what_to_do(visit: Visit) -> None:
    page = visit()
    page.goto("/staff/sign-in")
    device = plug_in(page)
    assert device is not None
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="Nothing was shown.")).to_be_visible()
    page.goto("/staff/forgotten-password")
    look_over(page)
    page.goto("/staff/forgotten-password/not-a-link")
    look_over(page)
