"""Figures as staff pages write them, read out of the HTML that a window's own person is sent.

Drawing a page costs ten times as much as sending it, and what the pages look like is looked over
elsewhere; so the places where a figure must be the same are asked for, not drawn.
"""

import re
import time
from collections.abc import Callable

from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Page, expect

from tests.journeys.letters import SECONDS_MAX
from tests.support.page import words

COMES_LATER = "[data-script][hx-trigger=load]"


class Sheet:
    """One page of the firm's, with its figures."""

    def __init__(self, html: str, address: str) -> None:
        self._html = BeautifulSoup(html, "html.parser")
        self._address = address

    def parts(self, selector: str) -> list[Tag]:
        """Everything that fits a CSS selector."""
        return list(self._html.select(selector))

    def text(self, selector: str) -> str:
        """What the one thing that fits says."""
        (found,) = self.parts(selector) or [None]
        assert found is not None, f"no {selector} on {self._address}"
        return words(found.get_text(" "))

    def line(self, part: str, key: str) -> str:
        """One line of a summary, by its name: its name and what it says."""
        for row in self.parts(f"{part} .summary-row"):
            term = row.find("dt")
            if term is not None and words(term.get_text(" ")) == key:
                return words(row.get_text(" "))
        raise AssertionError(f"no line {key!r} in {part} on {self._address}")

    def column(self, table: str, label: str) -> list[str]:
        """The cells of one column, from the top."""
        cells = self.parts(f"{table} tbody [data-label='{label}']")
        return [words(cell.get_text(" ")) for cell in cells]


def sent(page: Page, path: str) -> Sheet:
    """The page at this path, as the server sends it to whoever is signed in at this window.

    With the parts in it that the page's script asks for as soon as it stands.
    """
    sheet = Sheet(_got(page, path), path)
    for part in sheet.parts(COMES_LATER):
        html = _got(page, str(part["hx-get"]), {"HX-Request": "true"})
        part.replace_with(BeautifulSoup(html, "html.parser"))
    return sheet


def _got(page: Page, path: str, headers: dict[str, str] | None = None) -> str:
    answer = page.context.request.get(path, headers=headers)
    assert answer.status == 200, f"{answer.status}: {path}"
    return answer.text()


def drawn(page: Page, path: str) -> Sheet:
    """The same, opened in the window."""
    page.goto(path)
    expect(page.locator(COMES_LATER)).to_have_count(0)
    return Sheet(page.content(), path)


def until(holds: Callable[[], None]) -> None:
    """Come back when nothing in `holds` fails; fail as it does where that never comes."""
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        try:
            return holds()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.3)


def says(sentence: str, figure: str) -> bool:
    """Whether this very figure stands in a sentence: $5.00 does not stand in $25.00."""
    return re.search(rf"(?<![\d,.]){re.escape(figure)}(?![\d])", sentence) is not None
