"""The firm's one colour, made legible everywhere (FEATURES B1).

A firm chooses any colour; a client must still be able to read every button and link. So one hex
value gives four: the colour itself, black or white to stand on it, and two tints of it for text,
one for the light theme and one for the dark. Pure functions, no I/O.
"""

import math
import re
from dataclasses import dataclass

CONTRAST_MIN = 4.5
"""WCAG 2.2, 1.4.3 Contrast (Minimum), for text of ordinary size."""

LIGHT_SURFACES = ("#f7f6f3", "#ffffff", "#f1efea")
"""Page, card and wash of the light theme, as in static/css/base.css."""

DARK_SURFACES = ("#16181c", "#1e2127", "#262a31")
"""Page, card and wash of the dark theme, as in static/css/base.css."""

_HEX = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})", re.ASCII)
_LIGHTNESS_STEP = 0.005

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Palette:
    """A firm's colours as hex values with a leading #, lower case, six digits."""

    brand: str
    on_brand: str
    text_light: str
    text_dark: str
    contrast_on_brand: float
    contrast_on_page: float
    """How the colour itself, unchanged, would read as text on the light page: for the verdict."""

    def stylesheet(self, scope: str = ":root") -> str:
        """The custom properties that end each page's style sheet, in the layer they override."""
        return (
            f"@layer tokens{{{scope}{{"
            f"--brand:{self.brand};--on-brand:{self.on_brand};"
            f"--brand-text-light:{self.text_light};--brand-text-dark:{self.text_dark}"
            "}}"
        )


def brand_palette(hex: str) -> Palette:
    """Make a firm's palette from the colour it chose, such as ``#24425c`` or ``#fd0``.

    Text in the firm's colour keeps its hue and, as far as the screen can show it, its strength;
    only the lightness is walked until it reads at 4.5:1 on every surface. Raises ValueError with a
    sentence for the person who typed it.
    """
    brand = normalised_hex(hex)
    on_brand = max(("#ffffff", "#000000"), key=lambda ink: contrast(ink, brand))
    return Palette(
        brand=brand,
        on_brand=on_brand,
        text_light=_walk(brand, LIGHT_SURFACES, -_LIGHTNESS_STEP),
        text_dark=_walk(brand, DARK_SURFACES, _LIGHTNESS_STEP),
        contrast_on_brand=contrast(on_brand, brand),
        contrast_on_page=contrast(brand, LIGHT_SURFACES[0]),
    )


def normalised_hex(hex: str) -> str:
    """Return ``#rrggbb`` in lower case for three or six hex digits, with or without the #.

    Raises ValueError with a sentence for the person who typed it.
    """
    match = _HEX.fullmatch(hex.strip())
    if match is None:
        raise ValueError("Enter a color as # and six digits or letters a to f, like #24425c.")
    digits = match[1].lower()
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return f"#{digits}"


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _walk(brand: str, surfaces: tuple[str, ...], step: float) -> str:
    """Move the lightness by steps until the colour reads on every surface of the theme."""
    lightness, chroma, hue = _to_oklch(brand)
    shown = brand
    while min(contrast(shown, surface) for surface in surfaces) < CONTRAST_MIN:
        lightness = min(1.0, max(0.0, lightness + step))
        shown = _shown(lightness, chroma, hue)
    return shown


def _shown(lightness: float, chroma: float, hue: float) -> str:
    """The nearest colour a screen has: the chroma is lowered, never the lightness or the hue."""
    low, high = 0.0, chroma
    if _in_gamut(_to_linear(lightness, high, hue)):
        low = high
    else:
        for _ in range(20):
            middle = (low + high) / 2
            if _in_gamut(_to_linear(lightness, middle, hue)):
                low = middle
            else:
                high = middle
    return _from_linear(_to_linear(lightness, low, hue))


def _in_gamut(linear: Triple) -> bool:
    return all(-1e-4 <= channel <= 1 + 1e-4 for channel in linear)


def _channels(hex: str) -> Triple:
    """Linear red, green and blue, 0 to 1."""
    red, green, blue = (int(hex[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return _linear(red), _linear(green), _linear(blue)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _encoded(channel: float) -> int:
    bounded = min(1.0, max(0.0, channel))
    curve = 12.92 * bounded if bounded <= 0.0031308 else 1.055 * bounded ** (1 / 2.4) - 0.055
    return round(curve * 255)


def _luminance(hex: str) -> float:
    red, green, blue = _channels(hex)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _from_linear(linear: Triple) -> str:
    return "#" + "".join(f"{_encoded(channel):02x}" for channel in linear)


def _to_oklch(hex: str) -> Triple:
    """Lightness 0 to 1, chroma, hue in radians. Matrices: Björn Ottosson, "A perceptual color space
    for image processing", 2020."""
    red, green, blue = _channels(hex)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def _to_linear(lightness: float, chroma: float, hue: float) -> Triple:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
