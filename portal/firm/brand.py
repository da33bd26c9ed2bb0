"""The firm's face: one `Brand` for pages, emails and the QR sheet (FEATURES B2)."""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.errors import Missing
from portal.firm.colour import Palette, brand_palette
from portal.firm.models import CURRENCY_OF, Country, Firm
from portal.firm.stylesheets import Surface, fingerprint


@dataclass(frozen=True, slots=True)
class Brand:
    """What strangers see of the firm. `logo_url` is None while there is no logo.

    `logo_email_url` stays None: mail programs do not show SVG, so the name stands in its place.
    """

    legal_name: str
    short_name: str
    colour: str
    phone: str
    email: str
    address: str
    locale: str
    timezone: str
    country: Country
    palette: Palette
    fingerprint: str
    logo_url: str | None
    logo_email_url: None = None

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
    Firm.timezone,
    Firm.country,
    Firm.version,
    func.length(Firm.logo_svg),
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
    timezone: str,
    country: str,
    version: int,
    logo_chars: int | None,
) -> Brand:
    """The face that the values of `BRAND_COLUMNS` stand for, for a SELECT that reads more."""
    palette = brand_palette(colour)
    mark = fingerprint(palette, version, logo_chars)
    return Brand(
        legal_name=legal_name,
        short_name=short_name,
        colour=palette.brand,
        phone=phone,
        email=email,
        address=address,
        locale=locale,
        timezone=timezone,
        country=Country(country),
        palette=palette,
        fingerprint=mark,
        logo_url=f"/brand/{mark}/logo.svg" if logo_chars else None,
    )
