"""Ada changes the firm's face, looks at it, publishes it, and finds it everywhere (B1, B2)."""

import re
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from email import message_from_bytes, policy
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.journeys import letters, office
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.paying import Payer, PayPage
from tests.journeys.screens import DESK_LIGHT, PHONE_DARK, Screen
from tests.support.browser import Product

BRANDING = "/staff/settings/branding"
PLUM, PLUM_RGB = "#7a1f3d", "rgb(122, 31, 61)"
GOLD, GOLD_RGB = "#ffcc00", "rgb(255, 204, 0)"


@pytest.fixture
def published_face(product: Product) -> Generator[None]:
    """The demo firm's face is put back: the other journeys know it by that."""
    with closing(sqlite3.connect(product.var / "retainer.db", timeout=10)) as database:
        asked = database.execute("SELECT * FROM firm")
        names = [column[0] for column in asked.description]
        before = dict(zip(names, asked.fetchone(), strict=True))
    yield
    columns = [name for name in names if name not in ("id", "version")]
    again = ", ".join(f"{name} = :{name}" for name in columns)
    with closing(sqlite3.connect(product.var / "retainer.db", timeout=10)) as database, database:
        database.execute(f"UPDATE firm SET version = version + 1, {again}", before)


def a_logo(width: int, height: int) -> FilePayload:
    written = BytesIO()
    Image.new("RGB", (width, height), PLUM).save(written, "PNG")
    return {"name": "logo.png", "mimeType": "image/png", "buffer": written.getvalue()}


def colour_of(part: Locator) -> str:
    return part.evaluate("part => getComputedStyle(part).backgroundColor")


def loaded(picture: Locator) -> dict[str, int]:
    """A picture's own width and how it is shown, once the browser has decoded it."""
    picture.evaluate("picture => picture.decode()")
    return picture.evaluate(
        "({ naturalWidth, width, height }) => ({ naturalWidth, width, height })"
    )


def expect_face(page: Page, *, logo: str) -> None:
    """The new logo in its size, the firm's name for who cannot see it, no product's name."""
    picture = page.locator(logo)
    expect(picture).to_have_attribute("alt", "Reyes Law PC")
    assert loaded(picture) == {"naturalWidth": 448, "width": 224, "height": 56}
    assert "Retainer" not in page.content()


def choose_look(page: Page) -> None:
    """A colour by its digits, another by the well, a logo and a name: each seen at once."""
    button = page.locator(".preview-pay.preview-light .button")
    verdict = page.locator("#colour-verdict")
    expect(verdict).to_contain_text("White text on this color reads at 9.5:1.")
    page.get_by_label("Color", exact=True).fill(GOLD)
    expect(verdict).to_contain_text("Black text on this color reads at 13.8:1.")
    expect(button).to_have_css("background-color", GOLD_RGB)
    well = page.get_by_label("Pick a color")
    expect(well).to_have_value(GOLD)
    well.fill(PLUM)
    expect(page.get_by_label("Color", exact=True)).to_have_value(PLUM)
    expect(verdict).to_contain_text("White text on this color reads at")
    expect(button).to_have_css("background-color", PLUM_RGB)
    page.locator("#logo").set_input_files([a_logo(1200, 300)])
    picture = page.locator(".preview-pay.preview-dark img")
    expect(picture).to_have_attribute("src", re.compile("^data:image/png;"))
    page.get_by_label("Legal name", exact=True).fill("Reyes Law PC")
    expect(page.locator(".preview-email.preview-light .preview-foot")).to_contain_text("Reyes Law")
    expect(picture).to_have_attribute("src", re.compile("^data:image/png;"))
    assert loaded(picture)["width"] == 224


def expect_face_on_the_sheet(page: Page) -> None:
    """The QR sheet of an account, opened from **New charge**."""
    page.goto(office.NEW_CHARGE)
    card = office.account_card(page, "IOLTA Trust")
    sheet = card.get_by_role("link", name="Generate QR Code").get_attribute("href")
    page.goto(f"{sheet}/print")
    expect_face(page, logo=".print-sheet .firm-logo")
    expect(page.locator(".print-contact")).to_contain_text("Reyes Law PC")


def html_email(product: Product, payer: Payer) -> str:
    """The address of the HTML of the payer's confirmation, once it has come."""

    def to_payer() -> list[letters.Letter]:
        return [one for one in letters.about(product.var, "") if one.to == payer.email]

    letters.wait_for(to_payer, 1)
    for path in (product.var / "mail").glob("*.eml"):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        if payer.email in str(message["To"]):
            assert str(message["From"]).startswith("Reyes Law PC <")
            assert "Retainer" not in path.read_text(encoding="utf-8")
            return f"/sandbox/mail/{path.name}/html"
    raise AssertionError("the email is gone")


def test_B1_B2_a_new_colour_and_logo_are_seen_first_and_then_everywhere(
    published_face: None,
    product: Product,
    operating_link: str,
    staff: Visit,
    visit: Visit,
    pay_page: Callable[[Screen], PayPage],
    payer: Payer,
) -> None:
    page = staff()
    page.goto(BRANDING)
    choose_look(page)
    stranger = visit(PHONE_DARK)
    stranger.goto(operating_link)
    expect(stranger.locator(".firm-logo")).to_have_attribute("alt", "Harlow & Reyes LLP")

    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("The branding is published.")).to_be_visible()
    stranger.reload()
    expect_face(stranger, logo=".firm-logo")

    paying = pay_page(DESK_LIGHT)
    paying.open(operating_link)
    expect_face(paying.page, logo=".firm-logo")
    assert colour_of(paying.page.get_by_role("button", name="Review payment")) == PLUM_RGB
    paying.type_words(payer, "25.00")
    paying.type_card("4242424242424242")
    paying.review()
    paying.submit()
    expect_face(paying.page, logo=".firm-logo")

    reader = visit()
    reader.goto(html_email(product, payer))
    expect_face(reader, logo="img.logo")
    assert colour_of(reader.locator("td.rule")) == PLUM_RGB
    assert colour_of(reader.locator("td.logo-plate")) == "rgb(255, 255, 255)"

    expect_face_on_the_sheet(page)


def test_B1_a_logo_that_cannot_be_used_is_explained_and_the_rest_is_kept(staff: Visit) -> None:
    page = staff()
    page.goto(BRANDING)
    page.get_by_label("Color", exact=True).fill(GOLD)
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    page.locator("#logo").set_input_files(
        [{"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": svg}]
    )
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#logo-error")).to_contain_text("save it as PNG")
    expect(page.get_by_label("Color", exact=True)).to_have_value(GOLD)
    look_over(page)


def test_B1_a_file_that_is_too_large_is_told_before_it_is_sent(staff: Visit) -> None:
    page = staff()
    page.goto(BRANDING)
    page.locator("#logo").set_input_files(
        [{"name": "logo.png", "mimeType": "image/png", "buffer": b"\x89PNG" + b"\0" * 2_000_001}]
    )
    expect(page.get_by_role("alert")).to_have_text(re.compile("larger than 2 MB"))
    assert page.locator("#logo").input_value() == ""


def test_B1_a_colour_that_is_none_keeps_the_preview_of_before(staff: Visit) -> None:
    page = staff(PHONE_DARK)
    page.goto(BRANDING)
    page.get_by_label("Color", exact=True).fill("green")
    expect(page.locator("#colour-verdict")).to_contain_text("Enter a color")
    expect(page.locator(".preview-pay.preview-light .button")).to_have_css(
        "background-color", "rgb(29, 77, 64)"
    )
    look_over(page)
