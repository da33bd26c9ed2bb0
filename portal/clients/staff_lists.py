"""What the lists of Contacts and of Matters have in common: their words and their pages."""

from collections.abc import Callable

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.clients import importing as _kinds  # noqa: F401  they register themselves
from portal.clients import log_words as _log_words  # noqa: F401  they register themselves
from portal.web import lists
from portal.web.pagination import Found, Place
from portal.web.staff_shell import is_open


def count_words(found: Found, counted: Callable[[int], str]) -> str:
    """How many there are, and how many of them are on this page."""
    return lists.count_words(
        found.count,
        len(found.page.rows),
        counted,
        lambda most: _("More than %(count)s", count=most),
    )


def pages(found: Found, address: Callable[..., str]) -> dict[str, str | None]:
    """The addresses of the page before and the page after; `address` takes `after` or `before`."""
    further, back = found.page.older_than, found.page.newer_than
    return {
        "previous_url": address(before=back) if back else None,
        "next_url": address(after=further) if further else None,
    }


def turned(place: Place) -> bool:
    """Whether this is a page other than the first."""
    return place.after is not None or place.before is not None


def import_url(kind: str) -> str | None:
    """Where a file of these is brought, for whoever may; an empty list offers it."""
    open_to_them = is_open("imports.index", current_user.may)
    return url_for("imports.index", kind=kind) if open_to_them else None
