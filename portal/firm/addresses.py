"""Email addresses as people type them."""

import hashlib

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _

from portal.core.errors import Invalid

EMAIL_CHARS_MAX = 254


def lowered(typed: str) -> str:
    """An address as it is kept and looked up: in lower case, without what paste adds around it."""
    return typed.replace("\0", "").strip().lower()


def checked_email(typed: str, field: str = "email") -> str:
    """The address in lower case. Raises `Invalid` beside `field` for what no mail could reach.

    Only its form is checked; nobody is asked over the network.
    """
    address = lowered(typed)
    if len(address) > EMAIL_CHARS_MAX:
        raise Invalid(_("This email address is too long."), field)
    try:
        # The demo's people live under .test, which has no mail of its own by RFC 6761.
        valid = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as problem:
        raise Invalid(_("Enter an email address like name@example.com."), field) from problem
    if len(valid.normalized) > EMAIL_CHARS_MAX:
        raise Invalid(_("This email address is too long."), field)
    return valid.normalized.lower()


def counted_as(typed: str) -> str:
    """What a limit on tries about one address counts by: one short name for every way to type the
    address, however much was sent."""
    try:
        address = checked_email(typed)
    except Invalid:
        address = lowered(typed)[:EMAIL_CHARS_MAX]
    return hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()


def masked(address: str) -> str:
    """An address for the eyes of whoever has it already, as `c•••@example.com`."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
