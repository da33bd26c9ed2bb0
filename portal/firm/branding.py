"""Publishing the firm's face: nothing is seen before, everything at once then (FEATURES B1, B2)."""

from base64 import b64encode
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import audit
from portal.core.errors import Conflict, Invalid, Missing
from portal.firm.actions import FirmDetails, checked_firm
from portal.firm.brand import Brand, shown_size
from portal.firm.colour import brand_palette
from portal.firm.logos import Logo
from portal.firm.models import Country, Firm

_LOGO = {"logo_png", "logo_width", "logo_height"}

TIME_ZONES = {
    Country.US: (
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Phoenix",
        "America/Los_Angeles",
        "America/Anchorage",
        "Pacific/Honolulu",
        "America/Puerto_Rico",
        "Pacific/Guam",
    ),
    Country.CA: (
        "America/St_Johns",
        "America/Halifax",
        "America/Toronto",
        "America/Winnipeg",
        "America/Regina",
        "America/Edmonton",
        "America/Vancouver",
        "America/Whitehorse",
    ),
}
"""What is offered; a firm set up in another zone of the world keeps its own."""


class Outdated(Conflict):
    """Somebody published after this page was opened: its form must not undo that unseen.

    `parts` are the fields in which what was typed differs from what is published now.
    """

    def __init__(self, parts: tuple[str, ...]) -> None:
        super().__init__(_("Somebody published the branding after you opened this page."))
        self.parts = parts


def published(session: Session) -> Firm:
    """The firm as clients see it. Raises `Missing` before it is set up."""
    found = session.get(Firm, 1)
    if found is None:
        raise Missing(_("No firm is set up yet. Run the command create-admin."))
    return found


def details_of(firm: Firm) -> FirmDetails:
    """What the firm says of itself now."""
    return FirmDetails(
        legal_name=firm.legal_name,
        short_name=firm.short_name,
        country=firm.country,
        jurisdiction=firm.jurisdiction,
        locale=firm.locale,
        timezone=firm.timezone,
        colour=firm.colour,
        phone=firm.phone,
        email=firm.email,
        address=firm.address,
        languages=tuple(firm.languages),
    )


def logo_of(firm: Firm) -> Logo | None:
    """The logo that clients see now."""
    if firm.logo_png is None or firm.logo_width is None or firm.logo_height is None:
        return None
    return Logo(firm.logo_png, firm.logo_width, firm.logo_height)


def publish(
    session: Session, details: FirmDetails, logo: Logo | None, *, version: int, by: str
) -> tuple[str, ...]:
    """Show clients this face from now on; answers the names of what changed, if anything did.

    `version` is that of the firm as the person was shown it. The country decides the currency of
    the books, so it stays. Raises `Invalid` with the field that cannot be used, `Outdated` where
    somebody published meanwhile, `Conflict` for another country.
    """
    values = checked_firm(details, logo)
    firm = session.scalar(
        select(Firm).where(Firm.id == 1).with_for_update().execution_options(populate_existing=True)
    )
    if firm is None:
        raise Missing(_("No firm is set up yet. Run the command create-admin."))
    if firm.country != values["country"]:
        raise Conflict(_("The country of a firm cannot be changed: its books are in one currency."))
    changed = _differing(firm, values)
    if firm.version != version:
        raise Outdated(changed)
    if values["timezone"] not in (*TIME_ZONES[Country(firm.country)], firm.timezone):
        raise Invalid(_("Choose a time zone from this list."), "timezone")
    if changed:
        for name, value in values.items():
            setattr(firm, name, value)
        firm.version += 1
        session.flush()
        audit.record(session, by, "firm.published", "firm", version=firm.version, changed=changed)
    return changed


def _differing(firm: Firm, values: dict[str, Any]) -> tuple[str, ...]:
    names = [name for name, value in values.items() if getattr(firm, name) != value]
    return tuple(dict.fromkeys("logo" if name in _LOGO else name for name in names))


def draft(
    face: Brand, details: FirmDetails, colour: str, *, waiting: Logo | None, remove_logo: bool
) -> Brand:
    """The published face as it would be with these details, however unfinished: for a preview.

    `colour` is one that can be used. Nothing is kept; a logo that waits rides in its own address.
    """
    palette = brand_palette(colour)
    seen = replace(
        face,
        legal_name=details.legal_name,
        short_name=details.short_name,
        phone=details.phone,
        email=details.email,
        address=details.address,
        palette=palette,
        colour=palette.brand,
    )
    if waiting is None:
        return replace(seen, logo_url=None) if remove_logo else seen
    width, height = shown_size(waiting.width, waiting.height)
    address = f"data:image/png;base64,{b64encode(waiting.png).decode()}"
    return replace(seen, logo_url=address, logo_width=width, logo_height=height)
