"""The firm's face: one `Brand` for pages, emails and the QR sheet (FEATURES B2)."""

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.errors import Missing
from portal.firm.colour import Palette, brand_palette
from portal.firm.models import CURRENCY_OF, Country, Firm
from portal.firm.stylesheets import Surface, fingerprint

LOGO_WIDTH_MAX, LOGO_HEIGHT_MAX = 320, 56
"""CSS pixels on a page; a screen with two dots a pixel finds twice as many in the file."""


@dataclass(frozen=True, slots=True)
class Brand:
    """What strangers see of the firm. `logo_url` is None while there is no logo.

    `logo_width` and `logo_height` are CSS pixels as shown: the room is kept before it has come.
    `languages` are those that clients may choose from, `locale` among them is the firm's own.
    """

    legal_name: str
    short_name: str
    colour: str
    phone: str
    email: str
    address: str
    locale: str
    languages: tuple[str, ...]
    timezone: str
    country: Country
    palette: Palette
    fingerprint: str
    logo_url: str | None
    logo_width: int
    logo_height: int

    @property
    def today(self) -> date:
        """The calendar day where the firm is, by business time."""
        return clock.today(self.timezone)

    @property
    def currency(self) -> str:
        """USD or CAD, by the firm's country."""
        return CURRENCY_OF[self.country]

    @property
    def on_brand(self) -> str:
        """Black or white: what reads best on the firm's colour."""
        return self.palette.on_brand

    @property
    def brand_text_light(self) -> str:
        """The firm's colour as text on a light page."""
        return self.palette.text_light

    @property
    def brand_text_dark(self) -> str:
        """The firm's colour as text on a dark page."""
        return self.palette.text_dark

    def stylesheet_url(self, surface: Surface | str) -> str:
        """Where the one sheet of a surface is served, kept by browsers until it changes."""
        return f"/brand/{self.fingerprint}/{Surface(surface)}.css"


BRAND_COLUMNS = (
    Firm.legal_name,
    Firm.short_name,
    Firm.colour,
    Firm.phone,
    Firm.email,
    Firm.address,
    Firm.locale,
    cast(Firm.languages, String),
    Firm.timezone,
    Firm.country,
    Firm.version,
    Firm.logo_width,
    Firm.logo_height,
)
_SELECT = select(*BRAND_COLUMNS).where(Firm.id == 1)


def brand(session: Session) -> Brand:
    """The firm's face now: one small SELECT, as every pay page asks for it.

    Raises `Missing` before the firm is set up.
    """
    row = session.execute(_SELECT).first()
    if row is None:
        raise Missing("No firm is set up yet. Run the command create-admin.")
    return brand_of(*row)


@lru_cache(maxsize=8)
def brand_of(
    legal_name: str,
    short_name: str,
    colour: str,
    phone: str,
    email: str,
    address: str,
    locale: str,
    languages: str,
    timezone: str,
    country: str,
    version: int,
    logo_width: int | None,
    logo_height: int | None,
) -> Brand:
    """The face that the values of `BRAND_COLUMNS` stand for, for a SELECT that reads more."""
    palette = brand_palette(colour)
    mark = fingerprint(palette, version)
    shown_width, shown_height = shown_size(logo_width or 0, logo_height or 0)
    return Brand(
        legal_name=legal_name,
        short_name=short_name,
        colour=palette.brand,
        phone=phone,
        email=email,
        address=address,
        locale=locale,
        languages=tuple(json.loads(languages)),
        timezone=timezone,
        country=Country(country),
        palette=palette,
        fingerprint=mark,
        logo_url=f"/brand/{mark}/logo.png" if logo_width else None,
        logo_width=shown_width,
        logo_height=shown_height,
    )


def shown_size(width: int, height: int) -> tuple[int, int]:
    """How large a logo of so many pixels stands on a page, in CSS pixels: never blown up."""
    shrink = max(1, width / LOGO_WIDTH_MAX, height / LOGO_HEIGHT_MAX)
    return round(width / shrink), round(height / shrink)
