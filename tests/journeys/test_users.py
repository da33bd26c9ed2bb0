"""An administrator invites a billing user, who accepts from the mailbox and works (FEATURES N9)."""

import re
import secrets

from playwright.sync_api import Page, expect

from tests.journeys import letters, office
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.support.browser import Product

USERS = "/staff/settings/users"
CHOSEN = "three quiet harbors at noon"


def _invite(page: Page, name: str, email: str) -> None:
    page.goto(USERS)
    page.get_by_role("link", name="Invite user").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Job title").fill("Paralegal")
    page.get_by_label("Billing").check()
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_role("row", name=re.compile(name))).to_contain_text("Billing")


def _open_invitation(page: Page, product: Product, email: str, count: int = 1) -> str:
    """From the mailbox; answers the address of the link."""
    letters.wait_for(lambda: letters.about(product.var, email), count)
    page.goto("/sandbox/mail")
    mail = page.get_by_role("listitem").filter(has_text=email).first
    mail.get_by_role("link").click()
    link = page.locator(".mail-text a").first
    address = str(link.get_attribute("href"))
    page.goto(address)
    expect(page.get_by_role("heading", name="Join Harlow & Reyes LLP")).to_be_visible()
    return address


def _accept(page: Page) -> None:
    page.get_by_label("Choose a password").fill(CHOSEN)
    page.get_by_label("The same password again").fill(CHOSEN)
    page.get_by_role("button", name="Accept invitation").click()
    expect(page.get_by_role("heading", name="Your sign-in", level=1)).to_be_visible()


def test_N9_an_invited_billing_user_joins_from_the_mailbox_and_does_billing(
    product: Product, visit: Visit
) -> None:
    name, email = "Kim Tran", f"kim.{secrets.token_hex(4)}@demo.test"
    ada, kim = visit(), visit()
    office.sign_in(ada)
    _invite(ada, name, email)
    address = _open_invitation(kim, product, email)
    expect(kim.get_by_text(email)).to_be_visible()
    look_over(kim)
    kim.get_by_label("Choose a password").fill("too short")
    kim.get_by_label("The same password again").fill("too short")
    kim.get_by_role("button", name="Accept invitation").click()
    expect(kim.locator("#error-summary")).to_be_focused()
    look_over(kim)
    _accept(kim)
    kim.goto("/staff/bills/new")
    expect(kim.get_by_role("heading", level=1)).not_to_have_text("Not allowed")
    kim.goto(USERS)
    expect(kim.get_by_role("heading", level=1)).to_have_text("Not allowed")
    second = visit()
    second.goto(address)
    expect(second.get_by_role("heading", level=1)).to_have_text("This invitation was used")
    look_over(second)
    second.get_by_role("link", name="Sign in").click()
    second.get_by_label("Email address").fill(email)
    second.get_by_label("Password").fill(CHOSEN)
    second.get_by_role("button", name="Sign in", exact=True).click()
    expect(second.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    ada.goto(USERS)
    ada.locator("#main").get_by_role("searchbox").fill(email)
    expect(ada.locator("#users-table tbody tr")).to_have_count(1)
    expect(ada.locator("#users-table tbody tr")).to_contain_text("Paralegal")
    ada.get_by_role("link", name=name).click()
    ada.get_by_role("button", name="Disable user").click()
    expect(ada.get_by_text("This user is disabled")).to_be_visible()
    look_over(ada)
    for window in (kim, second):
        window.goto("/staff/alerts")
        expect(window.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_N9_a_newer_invitation_voids_the_older_and_a_withdrawn_one_opens_nothing(
    product: Product, visit: Visit
) -> None:
    name, email = "Lee Marsh", f"lee.{secrets.token_hex(4)}@demo.test"
    ada, lee = visit(), visit()
    office.sign_in(ada)
    _invite(ada, name, email)
    old = _open_invitation(lee, product, email)
    row = ada.get_by_role("row", name=re.compile(email))
    row.get_by_role("button", name="Resend").click()
    expect(ada.get_by_text("A new invitation is on its way")).to_be_visible()
    new = _open_invitation(lee, product, email, count=2)
    assert old != new
    lee.goto(old)
    expect(lee.get_by_role("heading", level=1)).to_have_text("There is a newer invitation")
    row.get_by_role("button", name="Withdraw").click()
    expect(row).to_have_count(0)
    lee.goto(new)
    expect(lee.get_by_role("heading", level=1)).to_have_text("This invitation was withdrawn")
    look_over(lee)


def test_N9_an_invitation_is_accepted_by_a_passkey_that_then_signs_in(
    product: Product, visit: Visit
) -> None:
    email = f"noa.{secrets.token_hex(4)}@demo.test"
    ada, noa = visit(), visit()
    device = noa.context.new_cdp_session(noa)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    finger = {"hasUserVerification": True, "isUserVerified": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, **finger}})
    office.sign_in(ada)
    _invite(ada, "Noa Levi", email)
    _open_invitation(noa, product, email)
    look_over(noa)
    noa.get_by_role("button", name="Use a passkey instead of a password").click()
    expect(noa.get_by_role("heading", name="Your sign-in", level=1)).to_be_visible()
    noa.context.clear_cookies()
    noa.goto("/staff/")
    noa.get_by_role("button", name="Sign in with a passkey").click()
    expect(noa.get_by_role("heading", name="Overview", level=1)).to_be_visible()
