"""The style sheets of the pages, each ending in the firm's colours: no inline style anywhere."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from portal.firm.colour import Palette, brand_palette

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
FINGERPRINT_CHARS = 12
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_INDENT = re.compile(r"\s*\n\s*")


class Surface(StrEnum):
    """Who looks at a page: strangers, signed-in clients, or the people of the firm."""

    PUBLIC = "public"
    CLIENT = "client"
    STAFF = "staff"


FILES = {
    Surface.PUBLIC: ("base.css", "components.css", "public.css"),
    Surface.CLIENT: (
        *("base.css", "components.css", "public.css"),
        *("messages.css", "documents.css", "client-money.css", "client-bills.css", "client.css"),
    ),
    Surface.STAFF: ("base.css", "components.css", "staff.css"),
}


@dataclass(frozen=True, slots=True)
class Stylesheet:
    """One sheet, plain and compressed, ready to be sent."""

    plain: bytes
    gzipped: bytes


@lru_cache(maxsize=16)
def stylesheet(surface: Surface, palette: Palette) -> Stylesheet:
    """The sheet of a surface in these colours. Made once in a process."""
    plain = f"{_house_css(surface)}\n{palette.stylesheet()}\n".encode()
    return Stylesheet(plain, gzip.compress(plain, 9, mtime=0))


def preview_sheet(colour: str) -> str:
    """The colours of a preview, for what stands in the class `brand-<six digits>` alone.

    Raises ValueError for a colour that is none.
    """
    palette = brand_palette(colour)
    scope = f".brand-{palette.brand.removeprefix('#')}"
    return (
        f"{palette.stylesheet(scope)}\n"
        f"@layer tokens{{{scope}{{--brand-text:var(--brand-text-light)}}"
        f"@supports (color:light-dark(#000,#fff)){{{scope}{{"
        "--brand-text:light-dark(var(--brand-text-light),var(--brand-text-dark))}}}\n"
    )


@lru_cache(maxsize=16)
def fingerprint(palette: Palette, *more: object) -> str:
    """A name that changes when a sheet in these colours changes, or anything named in `more`."""
    digest = hashlib.sha256(repr(more).encode())
    for surface in Surface:
        digest.update(stylesheet(surface, palette).plain)
    return digest.hexdigest()[:FINGERPRINT_CHARS]


@lru_cache(maxsize=4)
def _house_css(surface: Surface) -> str:
    written = "\n".join((CSS / name).read_text(encoding="utf-8") for name in FILES[surface])
    return _INDENT.sub("\n", _COMMENT.sub("", written)).strip()
