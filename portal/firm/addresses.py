"""Email addresses as people type them."""

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
    try:
        # The demo's people live under .test, which has no mail of its own by RFC 6761.
        valid = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as problem:
        raise Invalid(_("Enter an email address like name@example.com."), field) from problem
    if len(valid.normalized) > EMAIL_CHARS_MAX:
        raise Invalid(_("This email address is too long."), field)
    return valid.normalized.lower()
