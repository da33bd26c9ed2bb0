"""The QR code of a link, read back by a real decoder (FEATURES L6)."""

import io
import re
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from portal.core import qr

LINKS = [
    "http://localhost:8000/pay/KtXTnUpzRtol9d2QtPx5irfDlYKi6bgN",
    "https://pay.harlow-reyes.example/pay/-228HRr6JWup2-yJGKxqmVT00h1mjMpn",
    "https://payments.a-rather-long-name-of-a-law-firm.example.com/pay/" + "A_z-9" * 6,
]


def read(image: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(image.convert("L"))]


def drawn(svg: bytes, pixels: int) -> Image.Image:
    """The SVG as it looks, from its own ground and path: the two shapes that it may hold."""
    root = ElementTree.fromstring(svg)
    side = int(root.attrib["viewBox"].split()[2])
    ground, code = root
    assert ground.attrib == {"fill": "#fff", "d": f"M0 0h{side}v{side}H0z"}
    image = Image.new("L", (side * pixels, side * pixels), 255)
    draw = ImageDraw.Draw(image)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", code.attrib["d"]):
        left, top = int(x) * pixels, int(y) * pixels
        draw.rectangle((left, top, left + int(length) * pixels - 1, top + pixels - 1), fill=0)
    return image


@pytest.mark.parametrize("url", LINKS)
def test_L6_the_png_reads_back_to_the_exact_link(url: str) -> None:
    assert read(Image.open(io.BytesIO(qr.png(url)))) == [url]


@pytest.mark.parametrize("url", LINKS)
def test_L6_the_svg_reads_back_to_the_exact_link(url: str) -> None:
    assert read(drawn(qr.svg(url), pixels=6)) == [url]


def test_L6_codes_of_every_length_of_address_read_back_though_their_mask_is_not_chosen() -> None:
    links = [f"https://pay.firm.example/{'bills/aB9-_' * length}" for length in range(1, 30)]
    assert [read(drawn(qr.svg(link), pixels=3)) for link in links] == [[link] for link in links]


def test_L6_four_light_modules_surround_the_code() -> None:
    rows = qr.modules(LINKS[0])
    assert len(rows) == len(rows[0])
    frame = [*rows[:4], *rows[-4:], *(row[:4] + row[-4:] for row in rows)]
    assert not any(dark for part in frame for dark in part)
    assert rows[4][4]


def test_L6_the_png_is_large_enough_for_a_poster_and_light_enough_for_an_email() -> None:
    file = qr.png(LINKS[0])
    assert Image.open(io.BytesIO(file)).width >= 600
    assert len(file) < 10_000


def test_L6_a_smudge_over_the_print_is_forgiven() -> None:
    """A front desk is a place of coffee: a sixteenth of the code is covered here."""
    image = Image.open(io.BytesIO(qr.png(LINKS[0]))).convert("L")
    side = image.width
    box = (side * 6 // 10, side * 6 // 10, side * 8 // 10, side * 8 // 10)
    ImageDraw.Draw(image).ellipse(box, fill=255)
    assert read(image) == [LINKS[0]]


def test_L6_a_code_is_drawn_once_for_an_address() -> None:
    assert qr.png(LINKS[1]) is qr.png(LINKS[1])
    assert qr.svg(LINKS[1]) is qr.svg(LINKS[1])
