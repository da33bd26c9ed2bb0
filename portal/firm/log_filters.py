"""The filters of **Settings → Activity log** as they stand in the address of the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from portal.core.audit import ACTIONS
from portal.web.asked import day, midnight, row_id

TYPED_CHARS_MAX = 120


@dataclass(frozen=True, slots=True)
class LogFilters:
    """What was asked for. What cannot be understood is left out, and `ignored` says so.

    `who` and `thing` are typed words, `about` is one thing as lines name it. Days are calendar days
    in the firm's zone, both of them included.
    """

    who: str = ""
    action: str = ""
    thing: str = ""
    about: str = ""
    first_day: date | None = None
    last_day: date | None = None
    before: int | None = None
    after: int | None = None
    ignored: tuple[str, ...] = ()

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """The filters in a query string. Nothing in it can make the page fail."""
        ignored: list[str] = []
        action = asked.get("action", "")
        if action and action not in ACTIONS:
            ignored.append(_("Nothing of that kind is recorded, so everything is shown."))
        first_day, last_day = day(asked.get("from", "")), day(asked.get("to", ""))
        if (asked.get("from") and not first_day) or (asked.get("to") and not last_day):
            ignored.append(_("A date could not be read, so it was left out."))
        return cls(
            who=_typed(asked.get("who", "")),
            action=action if action in ACTIONS else "",
            thing=_typed(asked.get("thing", "")),
            about=_typed(asked.get("about", "")),
            first_day=first_day,
            last_day=last_day,
            before=row_id(asked.get("before", "")),
            after=row_id(asked.get("after", "")),
            ignored=tuple(ignored),
        )

    @property
    def any(self) -> bool:
        """Whether anything is filtered at all."""
        return bool(self.query())

    @property
    def turned(self) -> bool:
        """Whether this is another page than the first."""
        return self.before is not None or self.after is not None

    def between(self, timezone: str) -> tuple[datetime | None, datetime | None]:
        """From when on, and before when. A day begins at midnight in the firm's zone."""
        zone = ZoneInfo(timezone)
        return (
            midnight(self.first_day, zone) if self.first_day else None,
            midnight(self.last_day + timedelta(days=1), zone) if self.last_day else None,
        )

    def query(self, **changed: str | int | None) -> dict[str, str | int]:
        """The query string that asks for the same, some of it changed; the page is left out."""
        asked: dict[str, str | int | None] = {
            "who": self.who,
            "action": self.action,
            "thing": self.thing,
            "about": self.about,
            "from": self.first_day.isoformat() if self.first_day else None,
            "to": self.last_day.isoformat() if self.last_day else None,
            **changed,
        }
        return {name: value for name, value in asked.items() if value}


def _typed(words: str) -> str:
    return " ".join(words.replace("\0", "").split())[:TYPED_CHARS_MAX]
