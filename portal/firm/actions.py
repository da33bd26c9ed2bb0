"""Changing the firm and its people."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree
from zoneinfo import available_timezones

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.core import audit, ids
from portal.core.errors import Conflict, Invalid
from portal.firm import queries
from portal.firm.addresses import checked_email
from portal.firm.colour import normalised_hex
from portal.firm.models import Country, Firm, Level, User, UserLevel

LOCALES = {
    Country.US: ("en_US", "es_US"),
    Country.CA: ("en_CA", "fr_CA"),
}
LOGO_BYTES_MAX = 60_000
_SVG_ROOT = "{http://www.w3.org/2000/svg}svg"


@dataclass(frozen=True, slots=True)
class FirmDetails:
    """What a firm says of itself. `colour` is #rrggbb, `logo_svg` the text of an SVG file."""

    legal_name: str
    short_name: str
    country: str
    jurisdiction: str
    locale: str
    timezone: str
    colour: str
    phone: str
    email: str
    address: str
    logo_svg: str | None = None


def set_up_firm(session: Session, details: FirmDetails, by: str = "system") -> Firm:
    """Set or change the firm's name, place and face (FEATURES B1). `by` is an actor of the log.

    The country decides the currency, so it cannot change once set. Raises `Invalid` with the field
    that cannot be used, `Conflict` for another country.
    """
    values = _checked(details)
    firm = queries.firm(session)
    if firm is None:
        firm = Firm(id=1, version=1, **values)
        session.add(firm)
    elif firm.country != values["country"]:
        raise Conflict(_("The country of a firm cannot be changed: its books are in one currency."))
    else:
        for name, value in values.items():
            setattr(firm, name, value)
        firm.version += 1
    session.flush()
    audit.record(session, by, "firm.set_up", "firm", version=firm.version)
    return firm


def _checked(details: FirmDetails) -> dict[str, str | None]:
    if details.country not in list(Country):
        raise Invalid(_("Choose the United States or Canada."), "country")
    country = Country(details.country)
    if details.locale not in LOCALES[country]:
        raise Invalid(
            _("Choose one of these languages: %(ones)s.", ones=", ".join(LOCALES[country])),
            "locale",
        )
    if details.timezone not in available_timezones():
        raise Invalid(_("Choose a time zone, such as America/New_York."), "timezone")
    try:
        colour = normalised_hex(details.colour)
    except ValueError as problem:
        raise Invalid(str(problem), "colour") from problem
    return {
        "legal_name": _line("legal_name", details.legal_name, 120),
        "short_name": _line("short_name", details.short_name, 60),
        "country": country,
        "jurisdiction": _line("jurisdiction", details.jurisdiction, 60),
        "locale": details.locale,
        "timezone": details.timezone,
        "colour": colour,
        "logo_svg": _logo(details.logo_svg),
        "phone": _line("phone", details.phone, 40),
        "email": checked_email(details.email),
        "address": _line("address", details.address, 300),
    }


def _line(field: str, typed: str, chars_max: int) -> str:
    """One line of text that stands on pages and in email headers."""
    text = re.sub(r"[\s\x00-\x1f\x7f]+", " ", typed).strip()
    if not text:
        raise Invalid(_("Fill this in."), field)
    if len(text) > chars_max:
        raise Invalid(_("Use at most %(most)s characters.", most=chars_max), field)
    return text


def _logo(svg: str | None) -> str | None:
    """An SVG file as it may be published. It is served sandboxed, so a script in it never runs."""
    if svg is None:
        return None
    # Declared entities are how a small file unfolds into a huge one: none are needed in a logo.
    if len(svg.encode()) > LOGO_BYTES_MAX or "<!" in svg.replace("<!--", ""):
        raise Invalid(_("The logo must be a plain SVG file of at most 60 kB."), "logo_svg")
    try:
        root = ElementTree.fromstring(svg)  # noqa: S314 (no entity can be declared, see above)
    except ElementTree.ParseError as problem:
        raise Invalid(_("The logo is not a readable SVG file."), "logo_svg") from problem
    if root.tag != _SVG_ROOT:
        raise Invalid(_("The logo is not an SVG file."), "logo_svg")
    return svg


def add_user(
    session: Session,
    *,
    email: str,
    name: str,
    levels: Iterable[Level],
    password_hash: str,
    job_title: str = "",
    by: str = "system",
) -> User:
    """Let somebody sign in, with these permission levels (FEATURES N9).

    The hash comes from `passwords.hash_password`, made before this transaction. Raises `Invalid`
    for an address or name that cannot be used, `Conflict` where the address has a user already.
    """
    address = checked_email(email)
    if queries.user_by_email(session, address) is not None:
        raise Conflict(_("There is a user with the address %(email)s already.", email=address))
    user = User(
        public_id=ids.public_id(),
        email=address,
        name=_line("name", name, 120),
        job_title=job_title.strip()[:80],
        password_hash=password_hash,
        disabled_at=None,
        levels=[UserLevel(level=level) for level in sorted(set(levels))],
    )
    session.add(user)
    session.flush()
    audit.record(
        session,
        by,
        "user.added",
        f"user:{user.public_id}",
        levels=[row.level for row in user.levels],
    )
    return user
