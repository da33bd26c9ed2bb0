"""**Settings → Branding** as an administrator uses it (FEATURES B1, B2)."""

import io
from typing import Any

import pytest
from PIL import Image

from portal.core import db
from portal.firm import branding
from portal.firm.brand import Brand, brand
from portal.firm.demo import LOGO
from portal.firm.models import Firm
from tests.support.cast import FIRM, Cast
from tests.support.page import Page

BRANDING = "/staff/settings/branding"
PREVIEW = f"{BRANDING}/preview"
MARKUP = '<script>alert(1)</script> & "Sons"'


def firm() -> Firm:
    with db.read() as session:
        return branding.published(session)


def face() -> Brand:
    with db.read() as session:
        return brand(session)


def picture(colour: str = "#7a1f3d", size: tuple[int, int] = (400, 100)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, "PNG")
    return written.getvalue()


def publish(cast: Cast, *, status: int = 200, **typed: Any) -> Page:
    """Open the page, type, and press **Publish**."""
    return cast.ada.submit(cast.ada.get(BRANDING), "Publish", status=status, **typed)


def look(cast: Cast, *, status: int = 200, **typed: Any) -> Page:
    """The preview as the page's script asks for it."""
    sent = {"colour": FIRM.colour, "legal_name": FIRM.legal_name, **typed}
    data = {"csrf_token": cast.ada.csrf_token(), **sent}
    return cast.ada.post(PREVIEW, data, status=status, htmx=True)


def beside(page: Page, field: str) -> str:
    """The sentence beside a field."""
    return page.one(f"#{field}-error").get_text()


def test_B1_the_page_shows_what_is_published(cast: Cast) -> None:
    page = cast.ada.get(BRANDING)
    assert page.title.startswith("Branding")
    for field in ("legal_name", "short_name", "phone", "email", "address", "colour"):
        assert page.one(f"#{field}")["value"] == getattr(FIRM, field)
    assert page.texts("#timezone option[selected]") == ["Pacific Time (Los Angeles)"]
    assert [box["value"] for box in page.select("[name=languages][checked]")] == ["en_US"]
    assert "United States (US dollars)" in page
    assert page.select("[name=country]") == []
    assert page.select("[name=remove_logo]") == []


def test_B1_publishing_shows_the_new_face_on_pages_of_strangers(cast: Cast) -> None:
    before = cast.sol.get("/pay/nothing", status=404)
    page = publish(cast, colour="#7a1f3d", legal_name="Reyes Law PC", languages=["en_US", "fr_CA"])
    assert "The branding is published." in page
    after = cast.sol.get("/pay/nothing", status=404)
    assert "Harlow & Reyes LLP" in before
    assert "Reyes Law PC" in after
    assert "Harlow & Reyes LLP" not in after
    sheets = [str(seen.one("link[rel=stylesheet]")["href"]) for seen in (before, after)]
    assert sheets[0] != sheets[1]
    assert "--brand:#7a1f3d" in cast.sol.get(sheets[1]).body
    assert firm().languages == ["en_US", "fr_CA"]


def test_B1_publishing_nothing_new_says_so(cast: Cast) -> None:
    assert "Nothing was changed" in publish(cast)
    assert firm().version == 1


def test_B1_a_logo_is_published_shown_and_removed(cast: Cast) -> None:
    page = publish(cast, logo=(io.BytesIO(picture()), "logo.exe"))
    assert "The branding is published." in page
    logo = cast.sol.get("/pay/nothing", status=404).one(".firm-logo")
    assert (logo["width"], logo["height"]) == ("224", "56")
    assert logo["alt"] == "Harlow & Reyes LLP"
    assert logo["src"] == face().logo_url
    publish(cast, phone="+1 503 555 0101")
    assert face().logo_url is not None, "a logo stays until it is replaced or removed"
    publish(cast, remove_logo="yes")
    assert face().logo_url is None
    gone = cast.sol.get("/pay/nothing", status=404)
    assert gone.texts(".firm-name") == ["Harlow & Reyes LLP"]


def test_B1_a_file_chosen_wins_over_removing_the_logo(cast: Cast) -> None:
    publish(cast, logo=(io.BytesIO(picture()), "a.png"))
    publish(cast, logo=(io.BytesIO(LOGO.png), "b.png"), remove_logo="yes")
    assert (firm().logo_width, firm().logo_height) == (584, 112)


@pytest.mark.parametrize(
    "file, name, told",
    [
        (b"<svg><script>alert(1)</script></svg>", "logo.svg", "SVG files can carry scripts"),
        (b"<svg><script>alert(1)</script></svg>", "logo.png", "SVG files can carry scripts"),
        (b"MZ\x90\x00 this program", "logo.png", "not a PNG, JPEG or WebP"),
        (b"", "logo.png", "This file is empty"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 2_000_001, "logo.png", "larger than 2 MB"),
    ],
)
def test_B1_a_bad_logo_is_explained_and_changes_nothing(
    cast: Cast, file: bytes, name: str, told: str
) -> None:
    page = publish(cast, status=422, logo=(io.BytesIO(file), name), phone="+1 503 555 0101")
    page.response.request.environ["wsgi.input"].close()  # a large one; the test client forgets it
    assert told in beside(page, "logo")
    assert page.one("#phone")["value"] == "+1 503 555 0101", "what was typed is kept"
    assert (firm().version, firm().phone) == (1, FIRM.phone)


@pytest.mark.parametrize("colour", ["", "green", "#12345", "#12345g", "#1d4d40;}body{display:none"])
def test_B1_a_colour_that_is_none_is_refused_beside_its_field(cast: Cast, colour: str) -> None:
    page = publish(cast, status=422, colour=colour, short_name="Typed")
    assert "Enter a color" in beside(page, "colour")
    assert page.one("#colour")["value"] == colour
    assert page.one("#short_name")["value"] == "Typed"
    assert page.select(f".brand-{FIRM.colour[1:]}"), "the preview keeps what can be shown"
    assert firm().version == 1


@pytest.mark.parametrize(
    "field, value",
    [
        ("legal_name", " "),
        ("short_name", "x" * 61),
        ("address", ""),
        ("phone", ""),
        ("email", "not an address"),
        ("jurisdiction", ""),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
        ("timezone", "Factory"),
        ("timezone", "Asia/Kolkata"),
        ("locale", "de_DE"),
        ("languages", None),
        ("languages", "fr_CA"),
        ("languages", "xx"),
    ],
)
def test_B1_a_field_that_cannot_be_used_is_refused_and_what_was_typed_is_kept(
    cast: Cast, field: str, value: str | None
) -> None:
    page = publish(cast, status=422, **{"colour": "#7a1f3d", field: value})
    assert beside(page, field)
    assert page.title.startswith("Error:")
    assert page.one("#colour")["value"] == "#7a1f3d"
    assert firm().version == 1


def test_a_firm_set_up_in_another_zone_of_the_world_keeps_it(cast: Cast) -> None:
    with db.transaction() as session:
        session.get_one(Firm, 1).timezone = "Asia/Kolkata"
    publish(cast, short_name="Abroad")
    assert (firm().short_name, firm().timezone) == ("Abroad", "Asia/Kolkata")
    publish(cast, timezone="America/Chicago")
    publish(cast, status=422, timezone="Asia/Kolkata")
    assert firm().timezone == "America/Chicago"


def test_B1_a_logo_chosen_beside_a_mistake_need_not_be_chosen_again(cast: Cast) -> None:
    logo = (io.BytesIO(picture()), "logo.png")
    page = publish(cast, status=422, colour="green", logo=logo)
    assert "is kept here until you publish" in page
    assert str(page.one(".preview-pay.preview-light img")["src"]).startswith("data:image/png;")
    cast.ada.submit(page, "Publish", colour="#7a1f3d")
    assert (firm().logo_width, firm().colour) == (400, "#7a1f3d")


@pytest.mark.parametrize("waiting, status", [("%%%", 200), ("é", 200), ("PHN2Zy8+", 422)])
def test_B1_what_waits_in_the_form_is_checked_like_a_file(
    cast: Cast, waiting: str, status: int
) -> None:
    cast.ada.submit(cast.ada.get(BRANDING), "Publish", status=status, waiting=waiting)
    assert firm().logo_png is None


def test_B1_a_second_tab_is_told_and_may_then_publish_knowingly(cast: Cast) -> None:
    first, second = cast.ada.get(BRANDING), cast.ada.get(BRANDING)
    cast.ada.submit(first, "Publish", phone="+1 503 555 0101")
    told = cast.ada.submit(second, "Publish", status=409, colour="#7a1f3d")
    assert "Somebody published the branding after you opened this page." in told
    assert "It differs from what clients see now in: Color, Phone." in told
    assert told.one("#colour")["value"] == "#7a1f3d"
    assert (firm().version, firm().phone) == (2, "+1 503 555 0101")
    cast.ada.submit(told, "Publish")
    assert (firm().version, firm().phone, firm().colour) == (3, FIRM.phone, "#7a1f3d")


def test_B1_the_preview_shows_what_is_typed_and_publishes_nothing(cast: Cast) -> None:
    page = look(cast, colour="FC0", legal_name="Reyes Law PC", phone="555")
    assert not page.is_whole
    assert page.select(".brand-ffcc00")
    assert page.texts(".preview-name") == ["Reyes Law PC"] * 5
    assert firm().version == 1
    assert "Reyes Law" not in cast.sol.get("/pay/nothing", status=404)


def test_B1_the_verdict_says_in_words_how_a_colour_reads(cast: Cast) -> None:
    dark = look(cast, colour="#1d4d40").text
    assert "White text on this color reads at 9.5:1." in dark
    assert "As text on a light page it reads at 8.8:1, and is used as it is." in dark
    assert "On a dark page it is lightened to #6a9a8b." in dark
    bright = look(cast, colour="#ffcc00").text
    assert "Black text on this color reads at 13.8:1." in bright
    assert "it would read at only 1.3:1, so it is darkened to #" in bright
    assert "On a dark page it is used as it is." in bright


def test_B1_a_colour_half_typed_keeps_the_preview_of_before(cast: Cast) -> None:
    page = look(cast, status=422, colour="#1d4d")
    assert "Enter a color" in page.one("#colour-verdict").get_text()
    assert page.select(f".brand-{FIRM.colour[1:]}")


def test_B1_without_script_the_preview_is_the_whole_page(cast: Cast) -> None:
    page = cast.ada.submit(
        cast.ada.get(BRANDING), "Preview", colour="#7a1f3d", logo=(io.BytesIO(LOGO.png), "a.png")
    )
    assert page.is_whole
    assert page.one("#colour")["value"] == "#7a1f3d"
    assert page.select(".brand-7a1f3d")
    assert page.one("[name=waiting]")["value"]
    assert firm().version == 1


def test_B1_the_sheet_of_a_preview_holds_its_colours_alone(cast: Cast) -> None:
    sheet = cast.ada.get(f"{PREVIEW}/7a1f3d.css")
    assert sheet.headers["Content-Type"].startswith("text/css")
    assert ".brand-7a1f3d{--brand:#7a1f3d;--on-brand:#ffffff" in sheet.body
    assert ":root" not in sheet.body
    for address in ("green", "12345g", "}body{display:none"):
        cast.ada.get(f"{PREVIEW}/{address}.css", status=404)


def test_B2_names_with_markup_are_words_everywhere(cast: Cast) -> None:
    page = publish(cast, legal_name=MARKUP, short_name=MARKUP, address=MARKUP, phone=MARKUP)
    for seen in (page, cast.sol.get("/pay/nothing", status=404), cast.ada.get("/staff/alerts")):
        assert "<script>alert" not in seen.body
        assert MARKUP in seen
    part = look(cast, legal_name=MARKUP, address=MARKUP)
    assert part.texts(".preview-name") == [MARKUP] * 5
    assert part.select("script") == []


def test_B1_only_administrators_see_the_branding(cast: Cast) -> None:
    for person in (cast.ben, cast.ana):
        person.get(BRANDING, status=403)
        token = {"csrf_token": person.csrf_token()}
        person.post(BRANDING, token, status=403)
        person.post(PREVIEW, token, status=403)
    for person in (cast.cleo, cast.sol):
        person.get(BRANDING, status=303, follow=False)
    assert firm().version == 1
