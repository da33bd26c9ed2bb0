"""The navigation of the staff pages and **Create New**: what works and may be done, no more."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for


@dataclass(frozen=True)
class NavigationEntry:
    """One link of the navigation; entries of one `section` stand under its name together."""

    label: Any
    endpoint: str
    section: Any = None


_entries: list[NavigationEntry] = []
_creates: dict[str, Any] = {}


def add_to_navigation(entry: NavigationEntry) -> None:
    """Show a page in the navigation. Called by app.py, in the order shown."""
    if entry.endpoint not in {known.endpoint for known in _entries}:
        _entries.append(entry)


def navigation(holds: Callable[..., bool]) -> list[dict[str, Any]]:
    """The entries that this user may open, by section, the current ones marked."""
    here = (request.endpoint or "").split(".")[0]
    views = current_app.view_functions
    sections: dict[str, dict[str, Any]] = {}
    for entry in _entries:
        if not _open(getattr(views[entry.endpoint], "needs", ()), holds):
            continue
        url, current = url_for(entry.endpoint), entry.endpoint.split(".")[0] == here
        link = {"label": entry.label, "url": url, "current": current, "children": []}
        if entry.section is None:
            sections[entry.endpoint] = link
            continue
        name = str(entry.section)
        section = sections.setdefault(
            name, {"label": entry.section, "url": url, "current": False, "children": []}
        )
        section["children"].append(link)
        section["current"] = section["current"] or current
    return list(sections.values())


def add_to_create_menu(label: Any, endpoint: str) -> None:
    """Offer something in **Create New**. Called by app.py, in the order shown."""
    _creates[endpoint] = label


def create_menu(holds: Callable[..., bool]) -> list[dict[str, Any]]:
    """What this user may make: where the page exists and is open to their level (FEATURES N9)."""
    views = current_app.view_functions
    return [
        {"label": label, "url": url_for(endpoint)}
        for endpoint, label in _creates.items()
        if endpoint in views and _open(getattr(views[endpoint], "needs", ()), holds)
    ]


def _open(needs: tuple[str, ...], holds: Callable[..., bool]) -> bool:
    return not needs or holds(*needs)
