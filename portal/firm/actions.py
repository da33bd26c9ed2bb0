"""Changing the firm and its people."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core import audit, ids
from portal.core.errors import Conflict, Invalid
from portal.firm import queries
from portal.firm.addresses import checked_email
from portal.firm.colour import normalised_hex
from portal.firm.lines import name_line
from portal.firm.logos import Logo
from portal.firm.models import Country, Firm, Level, User, UserLevel
from portal.firm.users import name_key

LOCALES = {
    Country.US: ("en_US", "es_US"),
    Country.CA: ("en_CA", "fr_CA"),
}
"""What a firm itself may speak, its country's first."""

OFFERED = {
    Country.US: ("en_US", "fr_CA", "es_US"),
    Country.CA: ("en_CA", "fr_CA", "es_US"),
}
"""What its clients may be offered (FEATURES B3)."""


@dataclass(frozen=True, slots=True)
class FirmDetails:
    """What a firm says of itself. `colour` is #rrggbb; `languages` None means its own alone."""

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
    languages: tuple[str, ...] | None = None


def set_up_firm(
    session: Session, details: FirmDetails, logo: Logo | None = None, by: str = "system"
) -> Firm:
    """Write down a new firm's name, place and face. `by` is an actor of the log.

    From then on `branding.publish` changes them. Raises `Invalid` with the field that cannot be
    used, `Conflict` where the firm is set up already.
    """
    if queries.firm(session) is not None:
        raise Conflict(_("The firm is set up already. Change it in Settings, under Branding."))
    firm = Firm(id=1, version=1, **checked_firm(details, logo))
    session.add(firm)
    session.flush()
    audit.record(session, by, "firm.set_up", "firm", version=firm.version)
    return firm


def checked_firm(details: FirmDetails, logo: Logo | None) -> dict[str, Any]:
    """The columns of a firm. Raises `Invalid` with the field that cannot be used."""
    if details.country not in list(Country):
        raise Invalid(_("Choose the United States or Canada."), "country")
    country = Country(details.country)
    if details.timezone not in available_timezones():
        raise Invalid(_("Choose a time zone, such as America/New_York."), "timezone")
    return {
        "logo_png": logo and logo.png,
        "logo_width": logo and logo.width,
        "logo_height": logo and logo.height,
        "colour": _colour(details.colour),
        "legal_name": name_line("legal_name", details.legal_name, 120),
        "short_name": name_line("short_name", details.short_name, 60),
        "address": name_line("address", details.address, 300),
        "phone": name_line("phone", details.phone, 40),
        "email": checked_email(details.email),
        "jurisdiction": name_line("jurisdiction", details.jurisdiction, 60),
        "country": country,
        "timezone": details.timezone,
        **_languages(details, country),
    }


def _colour(typed: str) -> str:
    try:
        return normalised_hex(typed)
    except ValueError as problem:
        raise Invalid(str(problem), "colour") from problem


def _languages(details: FirmDetails, country: Country) -> dict[str, Any]:
    if details.locale not in LOCALES[country]:
        raise Invalid(
            _("Choose one of these languages: %(ones)s.", ones=", ".join(LOCALES[country])),
            "locale",
        )
    offered = {details.locale} if details.languages is None else set(details.languages)
    if not offered:
        raise Invalid(_("Choose at least one language."), "languages")
    if not offered <= set(OFFERED[country]):
        raise Invalid(_("Choose only languages from this list."), "languages")
    if details.locale not in offered:
        raise Invalid(_("The firm’s own language must be among them."), "languages")
    in_order = [one for one in OFFERED[country] if one in offered]
    return {"locale": details.locale, "languages": in_order}


def add_user(
    session: Session,
    *,
    email: str,
    name: str,
    levels: Iterable[Level],
    password_hash: str | None,
    job_title: str = "",
    public_id: str | None = None,
    by: str = "system",
) -> User:
    """Let somebody sign in, with these permission levels (FEATURES N9).

    The hash comes from `passwords.hash_password`, made before this transaction. Raises `Invalid`
    for an address or name that cannot be used, `Conflict` where the address has a user already.
    """
    if queries.user_by_email(session, address := checked_email(email)) is not None:
        raise _address_taken(address)
    held = sorted(set(levels))
    user = User(
        public_id=public_id or ids.public_id(),
        email=address,
        name=(kept := name_line("name", name, 120)),
        name_key=name_key(kept),
        job_title=job_title.strip()[:80],
        password_hash=password_hash,
        disabled_at=None,
        levels=[UserLevel(level=level) for level in held],
    )
    session.add(user)
    try:
        session.flush()
    except IntegrityError as raced:  # two people took the address at once
        raise _address_taken(address) from raced
    audit.record(session, by, "user.added", f"user:{user.public_id}", levels=held)
    return user


def _address_taken(address: str) -> Conflict:
    return Conflict(_("There is a user with the address %(email)s already.", email=address))
