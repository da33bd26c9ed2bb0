"""Looking a screen over: at each width and in each theme, with axe and with a ruler."""

import itertools
import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.journeys.screens import DESK_DARK, DESK_LIGHT, PHONE_DARK, PHONE_LIGHT, Screen

# Each look takes a pair, so that every width and theme is seen with every other; all on demand.
EVERY_SCREEN = bool(os.environ.get("RETAINER_TEST_EVERY_SCREEN"))
PAIRS = ((DESK_LIGHT, PHONE_DARK), (DESK_DARK, PHONE_LIGHT))

_axe = Axe()
_next_pair = itertools.cycle(PAIRS)


def look_over(page: Page, screens: tuple[Screen, ...] = ()) -> None:
    """Nothing for axe to find and nothing to scroll sideways: on these screens, or on a pair."""
    for screen in screens or (sum(PAIRS, ()) if EVERY_SCREEN else next(_next_pair)):
        page.set_viewport_size({"width": screen.width, "height": screen.height})
        page.emulate_media(color_scheme=screen.scheme)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= screen.width, f"{wide} px wide on {screen}: {page.url}"
        found = _axe.run(page)
        assert found.violations_count == 0, f"{screen}, {page.url}\n{found.generate_report()}"


@contextmanager
def altered(var: Path, change: str, undo: str) -> Generator[None]:
    """A state that no payer can bring about at will, written into the product's own database."""
    with closing(sqlite3.connect(var / "retainer.db", timeout=10)) as database:
        try:
            with database:
                assert database.execute(change).rowcount == 1, change
            yield
        finally:
            with database:
                database.execute(undo)
