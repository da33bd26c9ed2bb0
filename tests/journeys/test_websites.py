"""**Embed on your website**: a website is listed, and the code copied (FEATURES E1, E2)."""

from playwright.sync_api import Page, expect

from tests.journeys import office
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.screens import DESK_LIGHT, PHONE_DARK, Screen, walked_on

TRUST = "IOLTA Trust"
SITE = "https://www.harlow.example"


@walked_on(PHONE_DARK, DESK_LIGHT)
def test_E2_a_website_is_listed_and_taken_off_by_keyboard_in_the_dialog(
    screen: Screen, staff: Visit
) -> None:
    page = staff(screen)
    page.goto(office.NEW_CHARGE)
    opener = office.account_card(page, TRUST).get_by_role("link", name="Embed on your website")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Embed on your website")
    expect(dialog.get_by_text("No website is listed yet")).to_be_visible()
    look_over(page)
    _type(page, "http://harlow.example")
    expect(dialog.locator("#error-summary")).to_be_focused()
    expect(dialog.get_by_label("Address of your website")).to_have_value("http://harlow.example")
    look_over(page)
    _type(page, SITE)
    said = dialog.get_by_text(f"{SITE} can show the payment page now.")
    expect(dialog.locator(":focus").get_by_text(SITE)).to_be_visible()
    expect(said).to_be_visible()
    remove = dialog.get_by_role("button", name=f"Remove {SITE}")
    remove.focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_text(f"{SITE} cannot show the payment page any more.")).to_be_visible()
    expect(remove).to_have_count(0)
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def _type(page: Page, site: str) -> None:
    field = page.get_by_label("Address of your website")
    field.fill(site)
    field.press("Enter")


def test_E1_the_code_is_copied_whole_and_that_is_said_inside_the_dialog(
    trust_link: str, staff: Visit
) -> None:
    page = staff(DESK_LIGHT, permissions=["clipboard-read", "clipboard-write"])
    page.goto(office.NEW_CHARGE)
    card = office.account_card(page, TRUST)
    card.get_by_role("link", name="Embed on your website").click()
    dialog = page.get_by_role("dialog", name="Embed on your website")
    dialog.get_by_role("button", name="Copy code").click()
    expect(dialog.get_by_role("status")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f'<a href="{trust_link}">Pay online securely</a>' in copied
    assert copied.startswith('<div data-portal-pay data-title="Pay Harlow &amp; Reyes">')
    assert copied.rstrip().endswith('/embed/v1.js" async></script>')
