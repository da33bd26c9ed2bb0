"""What may become the firm's logo, and what becomes of it (FEATURES B1)."""

import contextlib
import io
import random
import zlib
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from portal.core.errors import Invalid
from portal.firm.demo import LOGO
from portal.firm.logos import FILE_BYTES_MAX, LOGO_BYTES_MAX, Logo, checked_logo


@pytest.fixture(autouse=True)
def a_page_is_being_made(app: Flask) -> Any:
    with app.test_request_context("/staff/settings/branding"):
        yield


def file_of(picture: Image.Image, kind: str = "PNG", **more: Any) -> bytes:
    written = io.BytesIO()
    picture.save(written, kind, **more)
    return written.getvalue()


def seen(logo: Logo) -> Image.Image:
    """The published picture, as a browser decodes it."""
    picture = Image.open(io.BytesIO(logo.png))
    assert picture.format == "PNG"
    assert picture.size == (logo.width, logo.height)
    return picture.convert("RGBA")


def sentence(file: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        checked_logo(file)
    assert (refused.value.field, refused.value.status) == ("logo", 422)
    return str(refused.value)


def colour_at(picture: Image.Image, x: int, y: int) -> tuple[int, ...]:
    dot = picture.getpixel((x, y))
    assert isinstance(dot, tuple)
    return tuple(round(one) for one in dot)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_B1_a_picture_is_scaled_to_fit_and_drawn_anew_as_png(kind: str) -> None:
    logo = checked_logo(file_of(Image.new("RGB", (2000, 500), "#7a1f3d"), kind))
    assert (logo.width, logo.height) == (448, 112)
    red, green, blue, opacity = colour_at(seen(logo), 200, 50)
    assert abs(red - 0x7A) + abs(green - 0x1F) + abs(blue - 0x3D) < 12
    assert opacity == 255


def test_B1_a_small_logo_is_not_blown_up() -> None:
    logo = checked_logo(file_of(Image.new("RGB", (200, 50), "#7a1f3d")))
    assert (logo.width, logo.height) == (200, 50)


def test_B1_what_is_see_through_stays_so() -> None:
    picture = Image.new("RGBA", (300, 100), (0, 0, 0, 0))
    picture.paste((29, 77, 64, 255), (0, 0, 150, 100))
    drawn = seen(checked_logo(file_of(picture)))
    assert colour_at(drawn, 10, 50) == (29, 77, 64, 255)
    assert colour_at(drawn, 290, 50)[3] == 0


def test_B1_every_kind_of_colours_keeps_its_look() -> None:
    grey = Image.new("L", (300, 100), 156)
    kinds = [
        file_of(grey.convert("CMYK"), "JPEG"),
        file_of(grey.convert("P")),
        file_of(grey.convert("LA")),
        file_of(Image.new("I;16", (300, 100), 156 * 257)),
    ]
    for file in kinds:
        red, green, blue, opacity = colour_at(seen(checked_logo(file)), 10, 10)
        assert max(abs(one - 156) for one in (red, green, blue)) <= 2
        assert opacity == 255


def test_B1_one_grey_of_16_bits_that_is_see_through_stays_so() -> None:
    row = (40_001).to_bytes(2, "little") * 150 + (40_000).to_bytes(2, "little") * 150
    picture = Image.frombytes("I;16", (300, 100), row * 100)
    header, body = file_of(picture)[:33], file_of(picture)[33:]
    told = b"tRNS" + (40_000).to_bytes(2, "big")
    chunk = (2).to_bytes(4, "big") + told + zlib.crc32(told).to_bytes(4, "big")
    drawn = seen(checked_logo(header + chunk + body))
    assert colour_at(drawn, 10, 50) == (156, 156, 156, 255)
    assert colour_at(drawn, 290, 50)[3] == 0


def test_B1_a_picture_taken_sideways_stands_upright() -> None:
    picture = Image.new("RGB", (400, 100), "white")
    picture.paste((0, 0, 0), (0, 0, 100, 100))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to the right
    logo = checked_logo(file_of(picture, "JPEG", exif=exif))
    assert logo.height > logo.width
    assert colour_at(seen(logo), logo.width // 2, 5)[0] < 40


def test_B1_whatever_else_the_file_carried_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera of Ada"
    file = file_of(Image.new("RGB", (300, 100), "#7a1f3d"), "JPEG", exif=exif, comment=b"secret")
    png = checked_logo(file + b"PK\x03\x04 a second file behind the first").png
    assert not any(word in png for word in (b"Ada", b"secret", b"second file", b"eXIf", b"tEXt"))


def test_B1_of_a_picture_that_moves_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (300, 100), colour) for colour in ("#7a1f3d", "#ffffff")]
    for kind in ("PNG", "WEBP"):
        moving = file_of(frames[0], kind, save_all=True, append_images=frames[1:])
        logo = checked_logo(moving)
        assert getattr(Image.open(io.BytesIO(logo.png)), "n_frames", 1) == 1
        assert colour_at(seen(logo), 5, 5)[2] < 100


def test_B1_the_busiest_picture_still_fits_the_pay_page() -> None:
    random.seed(4)
    noise = Image.frombytes("RGB", (800, 200), random.randbytes(800 * 200 * 3))
    for file in (file_of(noise), file_of(noise, "JPEG")):
        logo = checked_logo(file)
        assert len(logo.png) <= LOGO_BYTES_MAX
        assert logo.height >= 56


def test_B1_what_was_checked_passes_again_unharmed() -> None:
    logo = checked_logo(file_of(Image.linear_gradient("L").resize((900, 200)).convert("RGB")))
    again = checked_logo(logo.png)
    assert (again.width, again.height) == (logo.width, logo.height)
    assert seen(again).tobytes() == seen(logo).tobytes()


@pytest.mark.parametrize(
    "svg",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b'\xef\xbb\xbf\n<?xml version="1.0"?>\n<!-- a logo -->\n<SVG/>',
        b"<!DOCTYPE svg><svg onload='alert(1)'/>",
    ],
)
def test_B1_an_svg_is_refused_with_what_to_do_instead(svg: bytes) -> None:
    told = sentence(svg)
    assert "scripts" in told
    assert "save it as PNG" in told


@pytest.mark.parametrize(
    "file, told",
    [
        (b"", "This file is empty"),
        (b"MZ\x90\x00" + b"\0" * 500, "not a PNG, JPEG or WebP"),
        (b"%PDF-1.7\n", "not a PNG, JPEG or WebP"),
        (b"<html><svg></svg></html>", "not a PNG, JPEG or WebP"),
        (b"\x89PNG\r\n\x1a\n", "cannot be read"),
        (b"\x89PNG\r\n\x1a\nMZ" + b"\0" * 500, "cannot be read"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 500, "cannot be read"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * FILE_BYTES_MAX, "larger than 2 MB"),
    ],
)
def test_B1_what_is_no_picture_is_told_so(file: bytes, told: str) -> None:
    assert told in sentence(file)


def test_B1_a_gif_is_refused_before_it_unfolds() -> None:
    assert "GIF" in sentence(file_of(Image.new("P", (9000, 9000)), "GIF"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_B1_a_file_that_was_cut_off_is_refused(kind: str) -> None:
    random.seed(5)
    whole = file_of(Image.frombytes("RGB", (300, 100), random.randbytes(90_000)), kind)
    assert "damaged or cut off" in sentence(whole[: len(whole) * 2 // 3])


def huge_png(width: int, height: int) -> bytes:
    """The head of a PNG of that size and no dots at all: nobody may get as far as to miss them."""
    head = width.to_bytes(4) + height.to_bytes(4) + b"\x08\x06\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)
        for name, data in ((b"IHDR", head), (b"IDAT", b""), (b"IEND", b""))
    )


@pytest.mark.parametrize(
    "width, height", [(30_000, 30_000), (30_000, 20), (20, 12_001), (4473, 4473), (10_000, 10_000)]
)
def test_B1_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(
    width: int, height: int
) -> None:
    assert "too many pixels" in sentence(huge_png(width, height))


def test_B1_a_webp_that_says_it_is_huge_is_refused_before_it_is_decoded() -> None:
    said = b"\x2f" + ((16_382 << 14) | 16_382).to_bytes(4, "little") + b"\0" * 199
    chunk = b"WEBPVP8L" + len(said).to_bytes(4, "little") + said
    assert "too many pixels" in sentence(b"RIFF" + len(chunk).to_bytes(4, "little") + chunk)


def test_B1_one_of_twenty_million_pixels_is_taken() -> None:
    assert checked_logo(file_of(Image.new("L", (6000, 3333), 90))).height == 112


@pytest.mark.parametrize("width, height", [(15, 15), (8000, 50), (50, 8000)])
def test_B1_a_picture_that_nobody_could_read_is_refused(width: int, height: int) -> None:
    assert "too small or too narrow" in sentence(file_of(Image.new("L", (width, height))))


def test_B1_an_empty_sheet_is_no_logo() -> None:
    assert "see-through" in sentence(file_of(Image.new("RGBA", (300, 100), (0, 0, 0, 0))))


def test_B1_a_file_with_altered_bytes_is_taken_or_refused_with_a_sentence() -> None:
    random.seed(6)
    picture = Image.linear_gradient("L").resize((120, 40)).convert("RGB")
    taken = 0
    for turn in range(120):
        bytes_ = bytearray(file_of(picture, ("PNG", "JPEG", "WEBP")[turn % 3]))
        for _time in range(random.randint(1, 6)):
            bytes_[random.randrange(len(bytes_))] = random.randrange(256)
        with contextlib.suppress(Invalid):
            assert len(checked_logo(bytes(bytes_)).png) <= LOGO_BYTES_MAX
            taken += 1
    assert 0 < taken < 120


def test_B1_the_demo_firms_logo_is_as_the_check_leaves_it() -> None:
    again = checked_logo(LOGO.png)
    assert (again.width, again.height) == (LOGO.width, LOGO.height) == seen(LOGO).size
    assert len(LOGO.png) <= LOGO_BYTES_MAX
    seal = colour_at(seen(LOGO), 10, 10)[:3]
    assert max(abs(one - two) for one, two in zip(seal, (0x1D, 0x4D, 0x40), strict=True)) <= 1
    assert colour_at(seen(LOGO), 120, 5)[3] == 0
