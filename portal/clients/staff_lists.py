"""What the lists of Contacts and of Matters have in common: their files, and their log words."""

from flask import url_for
from flask_login import current_user

from portal.clients import importing as _kinds  # noqa: F401  they register themselves
from portal.clients import log_words as _log_words  # noqa: F401  they register themselves
from portal.web.staff_shell import is_open


def import_url(kind: str) -> str | None:
    """Where a file of these is brought, for whoever may; an empty list offers it."""
    open_to_them = is_open("imports.index", current_user.may)
    return url_for("imports.index", kind=kind) if open_to_them else None
