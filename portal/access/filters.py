"""The filters of **Client portals** as they stand in the address of the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from portal.access.listing import Spot, Wanted
from portal.web.asked import words

UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class PortalFilters:
    """Which portals were asked for. `show` is none for all, else "unread"."""

    typed: str = ""
    show: str | None = None
    after: Spot | None = None
    before: Spot | None = None

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """The filters in a query string. Nothing in it can make the page fail."""
        typed = words(asked, "q")
        show = UNREAD if asked.get("show") == UNREAD else None
        after, before = Spot.read(asked.get("after", "")), Spot.read(asked.get("before", ""))
        return cls(typed, show, after, before)

    @property
    def wanted(self) -> Wanted:
        """What to look for."""
        return Wanted(self.typed, self.show == UNREAD, self.after, self.before)

    @property
    def turned(self) -> bool:
        """Whether this is a page other than the first."""
        return self.after is not None or self.before is not None

    def query(self, **changed: str | Spot | None) -> dict[str, str]:
        """The query string that asks for the same, some of it changed; the page is left out."""
        asked = {"q": self.typed, "show": self.show, **changed}
        return {name: str(value) for name, value in asked.items() if value}
