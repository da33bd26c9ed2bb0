"""Pages of a client's own that **Settings** leads to, whichever feature they belong to (UX C14)."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class OwnPage:
    """One page: its heading, a sentence on what is done there, and its endpoint."""

    label: Any
    words: Any
    endpoint: str


_pages: list[OwnPage] = []


def add_own_page(label: Any, words: Any, endpoint: str) -> None:
    """Show a page in the clients' settings, in the order added. Called while the app is made."""
    if endpoint not in {page.endpoint for page in _pages}:
        _pages.append(OwnPage(label, words, endpoint))


def own_pages() -> tuple[OwnPage, ...]:
    """Every such page."""
    return tuple(_pages)
