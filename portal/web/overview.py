"""What stands on the staff's **Overview**: features fill it in as their views are registered.

Work is counted while the page is made, as it is what the page is for. Panels are fetched once it
stands, each by the name of its endpoint, so that no feature is tied to another and a slow sum
holds up nobody who only wants to know what waits.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import format_decimal
from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.web.pagination import COUNTED_MAX
from portal.web.staff_shell import May, is_open


@dataclass(frozen=True, slots=True)
class Work:
    """So much of one kind waits for the user: the sooner, the smaller its `place`.

    `label` are the words of the link, which the count follows; `words` say what is to be done.
    `endpoint` with `values` is the list of just these. `urgent`: somebody loses money by waiting.
    """

    place: int
    label: str
    count: int
    words: str
    icon: str
    endpoint: str
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    urgent: bool = False

    @property
    def url(self) -> str:
        """The list of what waits."""
        return url_for(self.endpoint, **self.values)

    @property
    def how_many(self) -> str:
        """The count as it is shown: nothing is counted beyond COUNTED_MAX."""
        if self.count > COUNTED_MAX:
            return _("more than %(count)s", count=format_decimal(COUNTED_MAX))
        return format_decimal(self.count)


@dataclass(frozen=True, slots=True)
class Panel:
    """A part that is fetched by its endpoint: a fragment for htmx, by itself a whole page."""

    endpoint: str
    label: Any


Look = Callable[[Session], Iterable[Work]]
_looks: list[Look] = []
_panels: list[Panel] = []


def look_for_work(look: Look) -> Look:
    """Register what counts the work of a feature for the user who is signed in. It answers every
    kind that this user can do something about, also those of which nothing waits."""
    if look not in _looks:
        _looks.append(look)
    return look


def add_panel(endpoint: str, label: Any) -> None:
    """Show a panel, after those added before. `label` is its heading, a lazy text."""
    if all(known.endpoint != endpoint for known in _panels):
        _panels.append(Panel(endpoint, label))


def work(session: Session, may: May) -> list[Work]:
    """What waits for this user, the most urgent kind first; a kind of nothing is left out."""
    found = (one for look in _looks for one in look(session))
    waiting = [one for one in found if one.count and is_open(one.endpoint, may)]
    return sorted(waiting, key=lambda one: one.place)


def panels(may: May) -> list[Panel]:
    """The panels that this user may see."""
    return [panel for panel in _panels if is_open(panel.endpoint, may)]


def counted(session: Session, things: Select[Any]) -> int:
    """How many there are, exact up to COUNTED_MAX, and one more for all that is beyond."""
    few = things.limit(COUNTED_MAX + 1).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0
