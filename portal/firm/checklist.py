"""What a new firm does first: steps that are looked at, never ticked off by hand.

Features fill the list on import. A step says what was found, and where to go on; whoever opens
**Settings** sees the truth of this moment.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session


class State(StrEnum):
    """How far a step is. *Waiting*: under way by itself, so that the page asks again soon."""

    DONE = "done"
    TO_DO = "to do"
    WAITING = "waiting"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Action:
    """Where a step goes on: a link, or with `busy` (the words meanwhile) a button that posts.

    Pages are named by their endpoints, so that no feature is tied to another. One that this
    deployment has not, or that the user may not open, is not offered.
    """

    label: str
    endpoint: str
    busy: str = ""
    values: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at a step found: sentences, figures with their labels, and what to do next.

    `to_copy` is a label, the text, and the words of its button.
    """

    state: State
    words: tuple[str, ...]
    facts: tuple[tuple[str, str | datetime], ...] = ()
    actions: tuple[Action, ...] = ()
    to_copy: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `place` orders them. One that is not `required` is told, and holds nothing up."""

    key: str
    place: int
    title: Any
    look: Callable[[Session], Found]
    required: bool = True


STEPS: dict[str, Step] = {}

Look = Callable[[Session], Found]


def step(key: str, place: int, title: Any, *, required: bool = True) -> Callable[[Look], Look]:
    """Register the function that looks at a step. `title` is a lazy text."""

    def register(look: Look) -> Look:
        if key in STEPS:
            raise ValueError(f"two steps named {key}")
        STEPS[key] = Step(key, place, title, look, required)
        return look

    return register


def steps() -> list[Step]:
    """Every step, in order."""
    return sorted(STEPS.values(), key=lambda one: one.place)


def is_done(session: Session) -> bool:
    """Whether a firm is set up: every required step is done now."""
    return all(one.look(session).state is State.DONE for one in steps() if one.required)
