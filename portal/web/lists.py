"""What every list of the staff pages has in common: its tabs, its pages, and how much there is."""

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from portal.web.pagination import COUNTED_MAX, Page

Address = Callable[..., str]


def tabs(
    names: Iterable[tuple[str | None, str]], current: str | None, address: Callable[[Any], str]
) -> list[dict[str, Any]]:
    """A tab for each of the named values, None being all of them; `address` takes the value."""
    return [
        {
            "label": label,
            "url": address(value),
            "current": current == value,
            "id": f"tab-{value or 'all'}",
        }
        for value, label in names
    ]


def pages(page: Page[Any], address: Address) -> dict[str, str | None]:
    """The neighbours of a page that stands newest first; `address` takes `before` or `after`."""
    older, newer = page.older_than, page.newer_than
    return {
        "previous_url": address(after=newer) if newer else None,
        "next_url": address(before=older) if older else None,
    }


def places(page: Page[Any], address: Address) -> dict[str, str | None]:
    """The neighbours of a page that begins at a `Place`; `address` takes `after` or `before`."""
    further, back = page.older_than, page.newer_than
    return {
        "previous_url": address(before=back) if back else None,
        "next_url": address(after=further) if further else None,
    }


def count_words(
    count: int,
    shown: int,
    counted: Callable[[int], str],
    more: Callable[[str], str] = lambda most: _("More than %(count)s", count=most),
) -> str:
    """How many fit, exact up to COUNTED_MAX, and how many of them are on this page."""
    most = count > COUNTED_MAX
    told = more(format_decimal(COUNTED_MAX)) if most else counted(count)
    if most or shown < count:
        return _("%(all)s, %(shown)s on this page", all=told, shown=shown)
    return told
