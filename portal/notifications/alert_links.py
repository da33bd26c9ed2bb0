"""What one does about an alert: each kind has one action, which is a page of the staff (M7).

Whoever raises an alert registers its action beside it. Features to the right of this one add what
they know; this one knows none of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from portal.core import audit

Days = Callable[[Session, list[str]], Mapping[str, datetime]]
"""For subjects of one kind, in one reading: until when something has to be done. A subject that is
left out has no such day."""


class Topic(StrEnum):
    """What an alert is about, as the list is filtered."""

    TRUST = "trust"
    BACK = "back"  # money that comes back: refunds, disputes, returns
    PAYMENTS = "payments"
    PLANS = "plans"
    STRIPE = "stripe"  # its webhooks, and what it says of the bank accounts
    OTHER = "other"


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

    def arguments(self, subject: str) -> dict[str, str] | None:
        """What the page's address is built from: of "payment:<id>", or "plan:<id>:<number>", the
        id is what `argument` names. None where the subject names nothing that the page needs."""
        if self.argument is None:
            return dict(self.fixed)
        named = subject.split(":")[1:2]
        return {**self.fixed, self.argument: named[0]} if named else None


ACTIONS: dict[str, Action] = {}
DUE: dict[str, Days] = {}
TOPICS: dict[str, Topic] = {}


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


def file_under(topic: Topic, *kinds: str) -> None:
    """Have the list's filter find alerts of these kinds there; any other is `Topic.OTHER`."""
    TOPICS.update(dict.fromkeys(kinds, topic))


def topic_of(kind: str) -> Topic:
    """Where alerts of this kind are found."""
    return TOPICS.get(kind, Topic.OTHER)


def action_of(kind: str, subject: str) -> Action | None:
    """The one thing to do about an alert: what was named for its kind, else to look at what it is
    about, where that has a page of its own ("contact:<public id>")."""
    if kind in ACTIONS:
        return ACTIONS[kind]
    known = audit.KINDS.get(subject.split(":")[0])
    if known is None or known.endpoint is None:
        return None
    return Action(_("Look at it"), known.endpoint, "public_id", {})
