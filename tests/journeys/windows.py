"""Windows that are kept from test to test.

A new window is a new process with nothing compiled and nothing cached, and costs as much as four
pages. So one that a test has left as it found it is emptied and given to the next.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page

from tests.journeys.screens import Screen

# What a test may do to a window that stays in it: then it is closed, and no other test has it.
SCRIPTS = ("add_init_script", "expose_binding", "expose_function")
LASTING = (*SCRIPTS, "route", "set_extra_http_headers")
LASTING_FOR_ALL = (*SCRIPTS, "route", "set_offline", "grant_permissions", "new_cdp_session")


def listen(context: BrowserContext, complaints: list[str]) -> None:
    """Note what scripts fail with and what the browser complains of, in any window of these."""

    def note(said: ConsoleMessage) -> None:
        # The browser writes a line for each refused request; what the page then shows is tested.
        if said.type != "error" or "Failed to load resource" in said.text:
            return
        last = complaints[-1] if complaints else ""
        if said.text.startswith("htmx:sendAbort") and last.startswith("htmx:afterRequest"):
            complaints.pop()  # the two lines of a request that somebody cut short by leaving
            return
        complaints.append(said.text)

    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", note)


@dataclass
class Window:
    """One window with cookies and a cache of its own."""

    page: Page
    complaints: list[str] = field(default_factory=list[str])
    lasting: bool = False

    def empty(self) -> None:
        """Leave the page, and forget what it has stored. Raises Error where that cannot be."""
        for other in self.page.context.pages:
            if other is not self.page:
                other.close()
        self.page.evaluate("try { localStorage.clear(); sessionStorage.clear() } catch {}")
        self.page.goto("about:blank")
        self.page.context.clear_cookies()

    def watch_for_what_lasts(self) -> None:
        """Notice when somebody does to it what emptying does not undo."""
        for owner, names in ((self.page, LASTING), (self.page.context, LASTING_FOR_ALL)):
            for name in names:
                setattr(owner, name, self._noting(getattr(owner, name)))

    def _noting(self, done: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any, **options: Any) -> Any:
            self.lasting = True
            return done(*arguments, **options)

        return noted


class Windows:
    """All kept windows of a run, by whose they are and the site they open at."""

    def __init__(self, browser: Browser, patience_milliseconds: int) -> None:
        self._browser = browser
        self._patience_milliseconds = patience_milliseconds
        self._free: dict[tuple[str, str | None], list[Window]] = defaultdict(list)
        self._open: list[tuple[tuple[str, str | None], Window]] = []

    def open(
        self, whose: str, screen: Screen, base_url: str | None, cookies: Sequence[Any] = ()
    ) -> Page:
        """An empty window on this screen, with these cookies."""
        kind = (whose, base_url)
        window = self._free[kind].pop() if self._free[kind] else self._new(base_url)
        self._open.append((kind, window))
        page = window.page
        page.context.add_cookies(list(cookies))
        page.set_viewport_size({"width": screen.width, "height": screen.height})
        page.emulate_media(
            media="null", color_scheme=screen.scheme, reduced_motion="null", forced_colors="null"
        )
        return page

    def _new(self, base_url: str | None) -> Window:
        context = self._browser.new_context(base_url=base_url)
        context.set_default_timeout(self._patience_milliseconds)
        window = Window(context.new_page())
        listen(context, window.complaints)
        window.watch_for_what_lasts()
        return window

    def put_away(self) -> list[str]:
        """Empty what a test has opened; answers what was complained of there."""
        complaints: list[str] = []
        for kind, window in self._open:
            complaints += window.complaints  # what is cut short by leaving is none of the test's
            try:
                window.empty()
            except Error:  # the test has closed it, or left it broken
                window.lasting = True
            window.complaints.clear()
            if window.lasting:
                window.page.context.close()
            else:
                self._free[kind].append(window)
        self._open.clear()
        return complaints
