"""Keyset pages: the next one starts after the last row seen, so page 1,000 costs as page one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")

PAGE_ROWS = 50
EXPORT_ROWS = 500
"""So many rows of a list are read at once for its export."""
COUNTED_MAX = 1_000
"""Lists count exactly up to here, and say "more than" beyond it."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, newest first, and where the neighbours start (None: there are none)."""

    rows: Sequence[Row]
    older_than: int | None
    newer_than: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after a row of the list (by id), or before one, or at the top."""

    after: int | None = None
    before: int | None = None


TOP = Place()


@dataclass(frozen=True, slots=True)
class Found(Generic[Row]):
    """A page of rows. `count` is exact up to COUNTED_MAX and says no more beyond it."""

    page: Page[Row]
    count: int


def cut(
    fetched: Sequence[Row],
    key: Callable[[Row], int],
    *,
    before: int | None,
    after: int | None,
    size: int = PAGE_ROWS,
) -> Page[Row]:
    """Make a page of up to `size + 1` fetched rows: one more than shown tells that more exist.

    Rows come newest first, except that with `after` they come oldest first and are turned here.
    """
    more = len(fetched) > size
    rows = list(fetched[:size])
    if after is not None:
        rows.reverse()
        older, newer = True, more
    else:
        older, newer = more, before is not None
    return Page(
        rows,
        older_than=key(rows[-1]) if rows and older else None,
        newer_than=key(rows[0]) if rows and newer else None,
    )
