"""The navigation of the staff pages and **Create New**: what works and may be done, no more."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from flask import current_app, request, url_for
from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from portal.core import db
from portal.web.navigation import CREATE_NEW, NAVIGATION
from portal.web.permissions import Permission

May = Callable[[Permission], bool]


@dataclass(frozen=True, slots=True)
class Counter:
    """How many things wait for the user behind an entry, and the page that tells it anew.

    `at_most` is one statement, read together with those of the other entries; where it finds none
    there are none, and else `exactly` tells. `name` is what the count's places on the page are
    called by.
    """

    at_most: Callable[[], ScalarSelect[int]]
    exactly: Callable[[Session], int]
    news: str
    name: str


_counters: dict[str, Counter] = {}


def count_by(endpoint: str, counter: Counter) -> None:
    """Show beside an entry how much there waits for the user. It is counted once a page.

    `news` of the counter is the endpoint that an open page asks with `seen`: 204 while the count is
    that. What is counted is said by `layouts/_counter.html`, which knows the name.
    """
    _counters[endpoint] = counter


def _count() -> dict[str, int]:
    """All entries' counts. One SELECT where nothing waits."""
    with db.read() as session:
        most = session.execute(select(*(one.at_most() for one in _counters.values()))).one()
        return {
            endpoint: counter.exactly(session) if found else 0
            for (endpoint, counter), found in zip(_counters.items(), most, strict=True)
        }


def navigation(may: May) -> list[dict[str, Any]]:
    """The entries that this user may open, by section, the current ones marked."""
    here = request.endpoint or ""
    sections: dict[str, dict[str, Any]] = {}
    counted = cache(_count)
    for entry in NAVIGATION:
        if not is_open(entry.endpoint, may):
            continue
        url, current = url_for(entry.endpoint), entry.holds(here)
        link = {"label": entry.label, "url": url, "current": current, "children": []}
        if entry.endpoint in _counters:
            # Counted when the page shows it: fragments, which have no bar, never ask.
            counter = _counters[entry.endpoint]
            count = partial(lambda endpoint: counted()[endpoint], entry.endpoint)
            link |= {"count": count, "news": counter.news, "counts": counter.name}
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


def create_menu(may: May) -> list[dict[str, Any]]:
    """What this user may make (FEATURES N9)."""
    return [
        {"label": label, "url": url_for(endpoint)}
        for label, endpoint in CREATE_NEW
        if is_open(endpoint, may)
    ]


def is_open(endpoint: str, may: May) -> bool:
    """Whether this deployment has the page and the user may do what it needs."""
    view = current_app.view_functions.get(endpoint)
    return view is not None and may(view.needs)  # type: ignore[attr-defined]
