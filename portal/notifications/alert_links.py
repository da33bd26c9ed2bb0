"""What one does about an alert: each kind has one action, which is a page of the staff (M7).

Whoever raises an alert registers its action beside it. Features to the right of this one add what
they know; this one knows none of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

Days = Callable[[Session, list[str]], Mapping[str, datetime]]
"""For subjects of one kind, in one reading: until when something has to be done. A subject that is
left out has no such day."""


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing to do about alerts of a kind: `words` on the way to the page `endpoint`.

    The page is of the thing that the alert is about, where it has an `argument`; `fixed` is what
    stands in its address whatever that is.
    """

    words: Any
    endpoint: str
    argument: str | None
    fixed: Mapping[str, str]

    def arguments(self, subject: str) -> dict[str, str]:
        """What the page's address is built from: of "payment:<id>", or "plan:<id>:<number>", the
        id is what `argument` names."""
        named = subject.split(":")[1:2]
        return dict(self.fixed) | ({self.argument: named[0]} if self.argument and named else {})


ACTIONS: dict[str, Action] = {}
DUE: dict[str, Days] = {}


def leads_to(
    kind: str, words: Any, endpoint: str, argument: str | None = "public_id", **fixed: str
) -> None:
    """Name the one action of alerts of this kind, as `raise_alert` calls it.

    `words` is lazy text ("Open the dispute"), `endpoint` a staff page; whoever may not open that
    page is not offered it. The page's `argument` is what stands after ":" of the alert's subject
    (`payment:<public id>`), None for a page of none. Raises ValueError for a kind that has one
    already.
    """
    if kind in ACTIONS:
        raise ValueError(f"alerts of the kind {kind!r} have an action already")
    ACTIONS[kind] = Action(words, endpoint, argument, fixed)


def due_by(kind: str, days: Days) -> None:
    """Have alerts of this kind say how many days are left, and stand before the others."""
    DUE[kind] = days
