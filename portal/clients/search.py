"""One search over everything at the firm that has a name or a number (FEATURES X2).

Each feature adds what it can find, and leads on to its own list, which has the rest. A source takes
what is `closed` to whoever looks, as every reading does, and searches ranges of an index, so that
a firm with a million bills is searched as fast as one with ten.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from portal.clients.access import Closed

SHOWN_MAX = 5
TYPED_CHARS_MIN = 2
TYPED_CHARS_MAX = 254


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found: what it is called, in two lines, and the page that it stands on.

    `figure` is an amount of money as it is read, `badge` the state in ready HTML. `exact`: its
    whole number or reference was typed, so it is what was meant.
    """

    label: str
    detail: str
    url: str
    figure: str = ""
    badge: str = ""
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Something that is searched. `find` answers the likeliest first, at most as many as it is
    told; `every` are the words of the link to the list at `endpoint`, which takes what was typed as
    `parameter` and finds the same."""

    label: Any
    every: Any
    endpoint: str
    parameter: str
    find: Callable[[Session, str, Closed, int], Sequence[Hit]]


@dataclass(frozen=True, slots=True)
class Group:
    """What one source found. `more`: its list has more than these."""

    source: Source
    hits: Sequence[Hit]
    more: bool

    @property
    def exact(self) -> bool:
        """Whether it found just the thing that was typed."""
        return any(hit.exact for hit in self.hits)


_sources: dict[str, Source] = {}


def add_source(source: Source) -> None:
    """Search something more, in the order shown."""
    _sources.setdefault(source.endpoint, source)


def typed_in(asked: str) -> str:
    """What was typed, as it is searched for: its spaces single, and no longer than a name."""
    return " ".join(asked.replace("\0", "").split())[:TYPED_CHARS_MAX]


def search(session: Session, typed: str, closed: Closed) -> list[Group]:
    """What was found, by kind; first the kind in which it is a whole number or reference. Nothing
    for what is shorter than `TYPED_CHARS_MIN`."""
    if len(typed) < TYPED_CHARS_MIN:
        return []
    groups: list[Group] = []
    for source in _sources.values():
        hits = source.find(session, typed, closed, SHOWN_MAX + 1)
        if hits:
            groups.append(Group(source, hits[:SHOWN_MAX], len(hits) > SHOWN_MAX))
    return sorted(groups, key=lambda group: not group.exact)
