"""Where each screen is to be seen: found by following the links of the demo, as a person would.

An endpoint of the URL map that has been seen seldom is visited first, until every one has been
seen often enough or nothing leads further. Only GETs, which change nothing.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

from flask import Flask
from playwright.sync_api import APIResponse
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from bench.screens.listing import NO_SCREEN
from bench.screens.parts import NOTHING, Parts, is_whole, parts_of

Get = Callable[[str], APIResponse]
VISITS_MAX = 40
# A screen whose last addresses all showed it as it had been seen before is left alone.
NOTHING_NEW_MAX = 5
# As many pages of one screen are looked at as show something that the ones before do not.
SHOWN_MAX = 3
NEW_PARTS_MIN = 3


@dataclass(frozen=True)
class Seen:
    """A page that answered: its size, and what it is made of."""

    address: str
    size: int
    parts: Parts


@dataclass
class Map:
    """Endpoints by address, in the product's own words."""

    app: Flask
    base_url: str

    def endpoint(self, address: str, method: str = "GET") -> str | None:
        """Whose address this is; None for nobody's and for another site's."""
        url = urlsplit(urljoin(self.base_url, address))
        if f"{url.scheme}://{url.netloc}" != self.base_url:
            return None
        try:
            found, _values = self.app.url_map.bind(url.netloc).match(url.path, method=method)
        except (HTTPException, RequestRedirect):
            return None
        return str(found)

    def surface(self, endpoint: str) -> str:
        """`staff`, `client` or `public`; empty for the files of the repository."""
        blueprint = self.app.blueprints.get(endpoint.split(".")[0])
        return str(getattr(blueprint, "surface", ""))

    def path(self, address: str) -> str:
        """The address without the site."""
        url = urlsplit(urljoin(self.base_url, address))
        return f"{url.path}?{url.query}" if url.query else url.path


@dataclass
class Walk:
    """One person's way through the pages that they may see."""

    map: Map
    get: Get
    surfaces: frozenset[str]
    patience: int = NOTHING_NEW_MAX
    seen: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    elsewhere: list[str] = field(default_factory=list[str])
    _waiting: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    _known: set[str] = field(default_factory=set[str])
    _visits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _nothing_new: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _shown: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def begin(self, addresses: Iterable[str]) -> "Walk":
        """Follow everything that can be reached from here."""
        for address in addresses:
            self._note(address, "/")
        while endpoint := self._next():
            self._visits[endpoint] += 1
            self._look(endpoint, self._waiting[endpoint].popleft())
        return self

    def _next(self) -> str | None:
        open_ = [one for one, queue in self._waiting.items() if queue]
        open_ = [one for one in open_ if self._visits[one] < VISITS_MAX]
        open_ = [one for one in open_ if self._nothing_new[one] < self.patience]
        return min(open_, key=lambda one: self._visits[one], default=None)

    def _note(self, address: str, on: str) -> None:
        path = self.map.path(urljoin(self.map.base_url + on, address))
        endpoint = self.map.endpoint(urljoin(self.map.base_url + on, address))
        if endpoint is None or path in self._known or "lang=" in path:
            return
        self._known.add(path)
        if self.map.surface(endpoint) in self.surfaces:
            self._waiting[endpoint].append(path)
        else:
            self.elsewhere.append(path)

    def _look(self, endpoint: str, path: str) -> None:
        self._nothing_new[endpoint] += 1
        answer = self.get(path)
        if answer.status in {301, 302, 303}:
            return self._note(answer.headers["location"], path)
        if answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
            return None
        html = answer.text()
        parts = parts_of(html)
        if is_whole(html) and endpoint not in NO_SCREEN:
            self.seen[endpoint].append(Seen(path, len(html), parts))
        leads_to = {self.map.endpoint(link) or "" for link in parts.links}
        if (parts.made_of | leads_to) - self._shown[endpoint]:
            self._nothing_new[endpoint] = 0
        self._shown[endpoint] |= parts.made_of | leads_to
        for link in parts.links:
            self._note(link, path)
        for form in parts.forms:
            if not form.posted and "?" not in path:
                self._note(f"{path}?{urlencode({form.typed[0]: NOTHING})}", path)
        return None


def telling(seen: list[Seen]) -> list[Seen]:
    """A few of them that show between them most of what the screen can look like.

    Each next one is the one that is made of most that those before it are not.
    """
    left, chosen = sorted(seen, key=lambda one: -one.size), list[Seen]()
    shown: set[str] = set()
    while left and len(chosen) < SHOWN_MAX:
        best = max(left, key=lambda one: len(one.parts.made_of - shown))
        if chosen and len(best.parts.made_of - shown) < NEW_PARTS_MIN:
            break
        left.remove(best)
        chosen.append(best)
        shown |= best.parts.made_of
    return chosen
