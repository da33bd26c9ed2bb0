"""The navigation of the staff pages: an entry for every page that works, and none for one that does not."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import request, url_for


@dataclass(frozen=True)
class NavigationEntry:
    """One link of the staff navigation. `count` adds a number to look at, as for open alerts."""

    label: Callable[[], str]
    endpoint: str
    section: str
    needs: tuple[str, ...] = ()
    count: Callable[[], int] | None = None


_entries: list[NavigationEntry] = []


def add_to_navigation(entry: NavigationEntry) -> None:
    """Show a page in the navigation. Called by app.py, in the order shown."""
    if entry.endpoint not in {known.endpoint for known in _entries}:
        _entries.append(entry)


def navigation(holds: Callable[..., bool]) -> list[dict[str, object]]:
    """The entries that this user may open, the current one marked."""
    here = request.endpoint or ""
    return [
        {
            "label": entry.label(),
            "url": url_for(entry.endpoint),
            "current": here.split(".")[0] == entry.endpoint.split(".")[0],
            "section": entry.section,
            "count": entry.count() if entry.count else 0,
        }
        for entry in _entries
        if not entry.needs or holds(*entry.needs)
    ]
