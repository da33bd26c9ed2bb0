"""Links and QR codes: copied, printed, read by a camera, and retired."""

from io import BytesIO

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.journeys import office
from tests.journeys.conftest import Visit
from tests.journeys.screens import DESK_DARK, DESK_LIGHT, PHONE_DARK, PHONE_LIGHT, Screen, walked_on

OPERATING = "Harlow & Reyes Operating"
TRUST = "IOLTA Trust"


def _decode(picture: bytes) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(Image.open(BytesIO(picture)))]


def _wait_for_code(page: Page) -> None:
    # Not wait_for_function: while it waits it evaluates a string, which our CSP refuses.
    code = page.locator("img.qr-code")
    code.wait_for()
    code.evaluate("picture => picture.decode()")


def _printed_sheet(page: Page) -> bytes:
    """The sheet as the printer would have it."""
    page.emulate_media(media="print")
    picture = page.screenshot(full_page=True)
    page.emulate_media(media="screen")
    return picture


@walked_on(PHONE_DARK, DESK_LIGHT)
def test_L6_the_printed_qr_code_is_read_back_to_the_exact_link(
    screen: Screen, operating_link: str, staff: Visit
) -> None:
    page = staff(screen)
    page.goto(office.NEW_CHARGE)
    opener = office.account_card(page, OPERATING).get_by_role("link", name="Generate QR Code")
    opener.click()
    dialog = page.get_by_role("dialog", name="QR code")
    expect(dialog.get_by_text(operating_link)).to_be_visible()
    _wait_for_code(page)
    assert _decode(page.screenshot()) == [operating_link]
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    opener.click()
    for kind in ("SVG", "PNG"):
        with page.expect_download() as saved:
            dialog.get_by_role("link", name=f"Download {kind}").click()
        assert saved.value.suggested_filename.endswith(f".{kind.lower()}")
    dialog.get_by_role("link", name="Print").click()
    expect(page.get_by_role("heading", name="Harlow & Reyes – legal services")).to_be_visible()
    _wait_for_code(page)
    sheet = _printed_sheet(page)
    assert _decode(sheet) == [operating_link]
    text = page.locator("main").inner_text()
    assert operating_link in text
    assert "Harlow & Reyes LLP" in text
    assert "Retainer" not in page.locator("body").inner_text()
    assert page.pdf(format="Letter").count(b"/Type /Page\n") == 1, "the sheet is one page"


def test_L3_copy_payment_link_copies_the_link_and_says_so(
    operating_link: str, trust_link: str, staff: Visit
) -> None:
    page = staff(DESK_LIGHT, permissions=["clipboard-read", "clipboard-write"])
    page.goto(office.NEW_CHARGE)
    for account, link in ((OPERATING, operating_link), (TRUST, trust_link)):
        copy = office.account_card(page, account).get_by_role("button", name="Copy payment link")
        copy.click()
        expect(
            office.account_card(page, account).get_by_role("button", name="Copied")
        ).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == link
        expect(office.account_card(page, account).get_by_role("status")).to_have_text("Copied")


def test_L3_an_account_that_is_not_connected_shows_why_and_no_link(staff: Visit) -> None:
    page = staff()
    page.goto(office.NEW_CHARGE)
    escrow = office.account_card(page, "Escrow – Henderson estate")
    expect(escrow).to_contain_text("No payment link: this account is not connected")
    expect(escrow.get_by_role("button", name="Copy payment link")).to_have_count(0)
    expect(escrow.get_by_role("link", name="Generate QR Code")).to_have_count(0)


@walked_on(DESK_DARK, PHONE_LIGHT)
def test_L5_a_retired_link_tells_how_to_reach_the_firm(screen: Screen, staff: Visit) -> None:
    page = staff(screen)
    page.goto(office.NEW_CHARGE)
    card = office.account_card(page, TRUST)
    old = card.get_by_label("Payment link").input_value()
    opener = card.get_by_role("link", name="Retire link")
    opener.click()
    dialog = page.get_by_role("dialog", name="Retire link")
    dialog.get_by_label("To confirm, type: IOLTA Trust").fill("IOLTA")
    dialog.get_by_role("button", name="Retire link").click()
    expect(dialog.locator("#error-summary")).to_be_focused()
    assert card.get_by_label("Payment link").input_value() == old
    dialog.get_by_label("To confirm, type: IOLTA Trust").fill("IOLTA Trust")
    dialog.get_by_role("button", name="Retire link").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("The old link was retired. This is the new one.")).to_be_visible()
    expect(opener).to_be_focused()
    new = card.get_by_label("Payment link").input_value()
    assert new != old

    answer = page.goto(old)
    assert answer is not None
    assert answer.status == 410
    expect(page.get_by_role("heading", level=1)).to_contain_text("no longer in use")
    main = page.locator("main")
    expect(main).to_contain_text("Harlow & Reyes LLP")
    expect(main.get_by_role("link", name="(916) 555-0142")).to_be_visible()
    page.goto(new)
    expect(page.get_by_label("Card number")).to_be_visible()
