"""Everything by keyboard alone: no pointer is ever used here."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.journeys import bookkeeping, office
from tests.journeys.clients import Owed, client_with_bills
from tests.journeys.conftest import Visit
from tests.journeys.paying import Payer, PayPage, reference_on
from tests.journeys.screens import DESK_LIGHT, PHONE_DARK, Screen, on_desk_and_phone, walked_on
from tests.support.browser import Product

TABS_MAX = 60


def _tab_to(page: Page, target: Locator) -> None:
    """Tab on until the target has the focus, which must be seen on each stop."""
    for _stop in range(TABS_MAX):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            shown = target.evaluate("element => element.matches(':focus-visible')")
            assert shown, "the focus is not shown"
            box = target.bounding_box()
            viewport = page.viewport_size
            assert box is not None
            assert viewport is not None
            middle = box["y"] + box["height"] / 2
            assert 0 <= middle <= viewport["height"], "the focus is out of sight"
            return
    raise AssertionError(f"not reached by Tab: {target}")


@on_desk_and_phone
def test_P3_a_card_payment_by_keyboard_alone(
    screen: Screen, operating_link: str, payer: Payer, pay_page: Callable[[Screen], PayPage]
) -> None:
    paying = pay_page(screen)
    page = paying.page
    paying.open(operating_link)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the main content")).to_be_focused()
    page.keyboard.press("Enter")
    for label, words in {
        "Amount": "64.20",
        "Your name": payer.name,
        "Email": payer.email,
        "Who is this payment for?": payer.paid_for,
        "Card number": "4242424242424242",
        "Expiry date": "1234",
        "Security code": "123",
        "ZIP code": "95814",
    }.items():
        _tab_to(page, page.get_by_label(label))
        page.keyboard.type(words)
    _tab_to(page, page.get_by_role("button", name="Review payment"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Review your payment")).to_be_focused()
    _tab_to(page, page.get_by_role("button", name="Change Your name"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.press("Enter")  # Enter in a field goes on, as everywhere
    expect(page.get_by_role("heading", name="Review your payment")).to_be_focused()
    _tab_to(page, page.get_by_role("button", name="Submit payment"))
    page.keyboard.press("Space")
    page.wait_for_url("**/payments/*")
    reference_on(page)
    _tab_to(page, page.get_by_role("button", name="Print this page"))


def test_P4_a_bank_is_connected_by_keyboard_alone(
    operating_link: str, payer: Payer, pay_page: Callable[[], PayPage]
) -> None:
    paying = pay_page()
    page = paying.page
    paying.open(operating_link)
    paying.type_words(payer, "30.00")
    _tab_to(page, page.get_by_role("button", name="Pay by eCheck"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pay by card instead")).to_be_focused()
    _tab_to(page, page.get_by_label("Name on the account"))
    page.keyboard.type(payer.name)
    _tab_to(page, page.get_by_role("button", name="Select your bank"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    _tab_to(page, dialog.get_by_role("button", name="Continue"))
    page.keyboard.press("Enter")
    page.keyboard.type("prairie")
    _tab_to(page, dialog.get_by_role("button", name="Prairie State Test Bank"))
    page.keyboard.press("Enter")
    _tab_to(page, dialog.get_by_role("button", name="Agree and sign in"))
    page.keyboard.press("Enter")
    _tab_to(page, dialog.get_by_role("button", name="Connect account"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Prairie State Test Bank, Checking")).to_be_focused()
    _tab_to(page, page.get_by_role("button", name="Review payment"))
    paying.review()
    box = page.get_by_label("I approve this withdrawal from my bank account")
    _tab_to(page, box)
    page.keyboard.press("Space")
    expect(box).to_be_checked()


@on_desk_and_phone
def test_M10_signing_in_and_finding_a_payment_by_keyboard_alone(
    screen: Screen, visit: Visit
) -> None:
    page = visit(screen)
    page.goto("/staff/")
    _tab_to(page, page.get_by_label("Email address"))
    page.keyboard.type(office.ADA)
    _tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(office.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    menu = page.locator(".nav-menu > summary")
    if menu.is_visible():  # the navigation of a small window
        _tab_to(page, menu)
        page.keyboard.press("Enter")
    _tab_to(page, page.get_by_role("link", name="Online payments").locator("visible=true"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Transactions", level=1)).to_be_visible()
    payer_field = page.get_by_label("Payer or reference")
    _tab_to(page, payer_field)
    page.keyboard.type("Priya")
    expect(page.locator("#transactions-table tbody tr")).to_have_count(1)
    expect(payer_field).to_be_focused()  # the answer took nothing from whoever types
    expect(page).to_have_url(re.compile("payer=Priya"))
    _tab_to(page, page.get_by_role("rowheader").get_by_role("link", name="Priya Raman"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Payment")
    expect(page.locator("#payment-facts")).to_contain_text("Raman Family Trust")
    menu = page.locator("summary", has_text="Sandbox")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Advance 1 day")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Advance 1 day")).to_be_hidden()
    expect(menu).to_be_focused()


@walked_on(PHONE_DARK, DESK_LIGHT)
def test_S2_a_payment_is_linked_by_keyboard_alone(
    screen: Screen,
    product: Product,
    operating_link: str,
    payer: Payer,
    pay_page: Callable[[Screen], PayPage],
    staff: Visit,
) -> None:
    client = client_with_bills(product.var, [Owed(+40, (5_000,))])
    reference = pay_page(screen).pay_by_card(operating_link, payer, "50")
    page = staff(screen)
    row = bookkeeping.wait_until_completed(page, reference)
    opener = row.get_by_role("link", name=f"Link {reference}")
    _tab_to(page, opener)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Link payment")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    _tab_to(page, dialog.get_by_role("radio").first)
    page.keyboard.press("ArrowUp")  # from the first round to the last
    expect(dialog.get_by_role("radio", name="Another client or matter")).to_be_checked()
    _tab_to(page, dialog.get_by_role("combobox", name="Client or matter"))
    page.keyboard.type(client.name)
    expect(dialog.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(dialog.locator("#preview-words")).to_have_text(
        "$50.00 pays bills. Nothing is left over."
    )
    _tab_to(page, dialog.get_by_role("button", name="Link payment"))
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(row.get_by_role("link", name=client.name, exact=True)).to_be_focused()
    expect(page.locator("#status")).to_contain_text(f"Linked to {client.name}.")
