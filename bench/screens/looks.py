"""Looking at a page as it stands: each width, light and dark, with axe and with a ruler."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.journeys.screens import Screen

WIDTHS = {320: 640, 400: 800, 1280: 800}
SETTLE_MILLISECONDS_MAX = 4_000
REST_MILLISECONDS = 500

_axe = Axe()
_RUN = """() => axe.run(document, { resultTypes: ["violations"] }).then((found) =>
  found.violations.map((one) => [one.id, one.nodes.map((node) => node.target.join(" "))]))"""
# A theme that changes fades over; what is half-way has other colours than either. A page made for a
# frame has no paper of its own: axe takes white for it, where browsers paint the theme's.
_STAND_STILL = """async () => {
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  for (const one of document.getAnimations()) try { one.finish(); } catch { one.cancel(); }
  const { body, documentElement } = document;
  if (body.classList.contains("framed")) documentElement.style.background = "Canvas";
  await new Promise(requestAnimationFrame);
}"""
# How much wider than the window the page is, and what sticks out of it.
_RULER = """() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide <= 0) return [0, []];
  const out = [...document.body.querySelectorAll("*")].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width && box.right > document.documentElement.clientWidth + 1
      && ![...one.children].some((child) => child.getBoundingClientRect().right >= box.right);
  });
  return [wide, out.slice(0, 3).map((one) => one.outerHTML.slice(0, 120))];
}"""


@dataclass(frozen=True)
class Look:
    """What was found on one screen in one window: axe's rules with their elements, and how many
    CSS pixels the page is wider than the window."""

    width: int
    scheme: str
    violations: list[tuple[str, list[str]]]
    sideways: int
    sticking_out: list[str]

    @property
    def is_clean(self) -> bool:
        """Nothing to mend."""
        return not self.violations and not self.sideways


def windows(widths: tuple[int, ...]) -> list[Screen]:
    """Every width by day and by night."""
    return [
        Screen(width, WIDTHS.get(width, 800), scheme)
        for width, scheme in itertools.product(widths, ("light", "dark"))
    ]


def settle(page: Page) -> None:
    """Wait until the page has fetched what it fetches by itself; polling is not waited for."""
    page.wait_for_load_state()
    page.wait_for_function(
        "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')",
        timeout=SETTLE_MILLISECONDS_MAX,
    )


def look(page: Page, screens: list[Screen]) -> Iterator[Look]:
    """Look at the page as it stands in each of these windows."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe.axe_script)
    for screen in screens:
        page.set_viewport_size({"width": screen.width, "height": screen.height})
        page.emulate_media(color_scheme=screen.scheme, reduced_motion="reduce")
        page.evaluate(_STAND_STILL)
        found: list[Any] = page.evaluate(_RUN)
        if found:  # on a busy machine a theme may not have come to rest yet: what stays is a fault
            page.wait_for_timeout(REST_MILLISECONDS)
            found = page.evaluate(_RUN)
        wide, out = page.evaluate(_RULER)
        yield Look(screen.width, screen.scheme, [(r, n) for r, n in found], wide, out)
