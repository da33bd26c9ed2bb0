"""Looking a screen over: at each width and in each theme, with axe and with a ruler."""

import itertools
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe, AxeResults
from playwright.sync_api import Frame, Page

from tests.journeys.screens import (
    DESK_DARK,
    DESK_LIGHT,
    EVERY_SCREEN,
    PHONE_DARK,
    PHONE_LIGHT,
    Screen,
)

# Each look takes a pair, so that every width and theme is seen with every other; all on demand.
PAIRS = ((DESK_LIGHT, PHONE_DARK), (DESK_DARK, PHONE_LIGHT))

# What axe sees of a page is its elements, how they are dressed, what they refer to, and whether
# they hold words: not which words. A row made as an earlier one of its table is left out.
SHAPE = """() => {
  const ids = new Map();
  for (const { id } of document.querySelectorAll("[id]")) ids.set(id, (ids.get(id) ?? 0) + 1);
  const words = /^(src|name|value|action|datetime|title|alt|placeholder|label|aria-label)$/;
  const refers = /^(for|aria-(labelledby|describedby|controls|owns|activedescendant|details))$/;
  const told = (element, name, value) => {
    if (name === "data-seen-already") return "";
    if (name === "id") return ids.get(value);
    if (refers.test(name)) return value.split(/\\s+/).map((id) => ids.has(id));
    if (name === "href" && element.localName !== "link")
      return value[0] === "#" ? ids.has(value.slice(1)) : Boolean(value);
    if (words.test(name) || /^(hx-|data-(?!theme))/.test(name)) return Boolean(value.trim());
    return value.replace(location.origin, "");
  };
  const dress = (element) => [...element.attributes]
    .map(({ name, value }) => `${name}=${told(element, name, value)}`).sort().join(" ");
  const shape = (element) => {
    const rows = element.localName === "tbody" ? new Set() : null;
    const inside = [];
    for (const child of element.childNodes) {
      if (child.nodeType === 3 && child.data.trim()) inside.push("words");
      if (child.nodeType !== 1) continue;
      const made = shape(child);
      if (rows) child.toggleAttribute("data-seen-already", rows.has(made));
      if (!rows?.has(made)) inside.push(made);
      rows?.add(made);
    }
    return `<${element.localName} ${dress(element)}>${(rows ? inside.sort() : inside).join("")}</>`;
  };
  return shape(document.documentElement);
}"""
RUN = """() => axe.run(
  { exclude: [["[data-seen-already]"]] }, { resultTypes: ["violations"] }
)"""

_axe = Axe()
_next_pair = itertools.cycle(PAIRS)
_looked_over: set[tuple[Screen, str]] = set()


def pair(number: int) -> tuple[Screen, ...]:
    """One pair; every screen on demand."""
    return sum(PAIRS, ()) if EVERY_SCREEN else PAIRS[number]


def look_over(page: Page, screens: tuple[Screen, ...] = ()) -> None:
    """Nothing for axe to find and nothing to scroll sideways: on these screens, or on a pair.

    A page that is made as one that axe has seen on that screen already has only the ruler put to
    it, unless every screen is asked for.
    """
    for screen in screens or (sum(PAIRS, ()) if EVERY_SCREEN else next(_next_pair)):
        page.set_viewport_size({"width": screen.width, "height": screen.height})
        page.emulate_media(color_scheme=screen.scheme)
        page.wait_for_load_state()  # a press waits for the next page to begin, not for all of it
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= screen.width, f"{wide} px wide on {screen}: {page.url}"
        seen = (screen, page.evaluate(SHAPE))
        if seen in _looked_over and not EVERY_SCREEN:
            continue
        found = AxeResults(run_axe(page))
        assert found.violations_count == 0, f"{screen}, {page.url}\n{found.generate_report()}"
        _looked_over.add(seen)


def run_axe(page: Page | Frame) -> dict[str, Any]:
    """What axe finds on the page as it stands, the marked rows left out."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe.axe_script)
    return page.evaluate(RUN)


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
