"""FEATURES B1: whatever colour a firm chooses, its buttons and links can be read."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.firm.colour import (
    CONTRAST_MIN,
    DARK_SURFACES,
    LIGHT_SURFACES,
    brand_palette,
    contrast,
    normalised_hex,
)

any_colour = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
extremes = ("#000000", "#ffffff", "#ffff00", "#0000ff", "#ff0000", "#777777", "#00ff00")


@given(any_colour)
def test_B1_words_on_a_button_always_read(colour: str) -> None:
    palette = brand_palette(colour)
    assert palette.on_brand in ("#000000", "#ffffff")
    assert contrast(palette.on_brand, palette.brand) >= CONTRAST_MIN


@given(any_colour)
def test_B1_links_in_the_firms_colour_always_read_in_both_themes(colour: str) -> None:
    palette = brand_palette(colour)
    for surface in LIGHT_SURFACES:
        assert contrast(palette.text_light, surface) >= CONTRAST_MIN
    for surface in DARK_SURFACES:
        assert contrast(palette.text_dark, surface) >= CONTRAST_MIN


@pytest.mark.parametrize("colour", extremes)
def test_B1_the_ends_of_the_colour_space_read_too(colour: str) -> None:
    palette = brand_palette(colour)
    assert min(contrast(palette.text_light, surface) for surface in LIGHT_SURFACES) >= CONTRAST_MIN
    assert min(contrast(palette.text_dark, surface) for surface in DARK_SURFACES) >= CONTRAST_MIN
    assert contrast(palette.on_brand, colour) >= CONTRAST_MIN


def test_B1_a_colour_that_reads_already_is_left_alone() -> None:
    palette = brand_palette("#24425C")
    assert palette.brand == palette.text_light == "#24425c"
    assert palette.on_brand == "#ffffff"
    assert palette.text_dark != "#24425c"


def test_B1_a_walked_colour_keeps_its_hue() -> None:
    red, green, blue = (int(brand_palette("#ff0000").text_dark[i : i + 2], 16) for i in (1, 3, 5))
    assert red > 200
    assert red > green + 60
    assert red > blue + 60


def test_contrast_is_the_ratio_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == pytest.approx(1)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("#24425c", "#24425c"), ("24425C", "#24425c"), (" #fd0 ", "#ffdd00"), ("ABC", "#aabbcc")],
)
def test_a_colour_may_be_typed_in_the_usual_ways(typed: str, kept: str) -> None:
    assert normalised_hex(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "#",
        "blue",
        "#12345",
        "#1234567",
        "#gggggg",
        "#24425\uff23",
        "#24425c;}",
        "#24425c\n#000",
    ],
)
def test_a_bad_colour_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^Enter a color as # and six digits .*\.$"):
        brand_palette(typed)


@given(any_colour)
def test_the_sheet_holds_custom_properties_and_nothing_else(colour: str) -> None:
    sheet = brand_palette(colour).stylesheet()
    assert re.fullmatch(
        r"@layer tokens\{:root\{(--[a-z-]+:#[0-9a-f]{6};){3}--brand-text-dark:#[0-9a-f]{6}\}\}",
        sheet,
    )


def test_the_surfaces_are_those_of_the_style_sheet() -> None:
    css = (Path(__file__).parents[3] / "static/css/base.css").read_text()
    light = css.split("@supports (color: light-dark", 1)[0]
    assert f"--page: {LIGHT_SURFACES[0]};" in light
    assert "--card: #fff;" in light
    assert f"--page: light-dark({LIGHT_SURFACES[0]}, {DARK_SURFACES[0]});" in css
    assert f"--card: light-dark(#fff, {DARK_SURFACES[1]});" in css
    assert f"--wash: {LIGHT_SURFACES[2]};" in light
    assert f"--wash: light-dark({LIGHT_SURFACES[2]}, {DARK_SURFACES[2]});" in css
