"""The icon of the portal on a home screen: the firm's initial on its colour (FEATURES B2, X5)."""

import io
from functools import lru_cache
from pathlib import Path

FONT = Path(__file__).resolve().parents[1] / "core" / "fonts" / "PublicSans-SemiBold.ttf"
SIZES = (192, 512)
LETTER_SHARE = 0.5
"""How much of the icon its letter takes. Phones cut the corners off, never the middle."""


@lru_cache(maxsize=16)
def icon(name: str, colour: str, on_colour: str, size: int) -> bytes:
    """A PNG, `size` pixels on each side. Colours are as `#1f4b5f`."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (size, size), colour)
    letter = next((sign.upper() for sign in name if sign.isalnum()), "")
    font = ImageFont.truetype(str(FONT), round(size * LETTER_SHARE))
    middle = (size / 2, size / 2)
    ImageDraw.Draw(picture).text(middle, letter[:1], fill=on_colour, font=font, anchor="mm")
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
