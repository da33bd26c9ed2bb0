"""Some browsers at once, each in a process of its own, that make the visits between them."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from playwright.sync_api import Browser, Error, Page, sync_playwright

from bench.screens.findings import Finding, Kept, finding
from bench.screens.opening import NotThere
from bench.screens.site import ADA, CLEO, NORA, Cookies, signed_in
from bench.screens.visits import FLOW, LOCALES, MISTAKE, Visit
from tests.support.browser import chromium

Measure = Callable[[Page, Visit], dict[str, Any]]
WAIT_MILLISECONDS_MAX = 20_000
# Ten minutes after signing in, some pages of the settings ask who it is.
SIGNED_IN_SECONDS_MAX = 240
# Whose browser wishes for the language; a stranger's is chosen in the address.
IN_PORTAL = {CLEO, NORA}


@dataclass(frozen=True)
class Job:
    """What one process does. `front` is where it looks, where that is not the product's own
    address; `context` are Playwright's options for every window; `alone`: each visit has its own.
    """

    visits: Sequence[Visit]
    base_url: str
    cookies: dict[str, Cookies]
    command: str
    measure: Measure
    front: str = ""
    context: dict[str, Any] = field(default_factory=dict[str, Any])
    alone: bool = False


def launch(playwright: Any) -> Browser:
    """The installed Chromium."""
    arguments = ["--disable-gpu", "--no-first-run", "--disable-background-networking"]
    return playwright.chromium.launch(executable_path=chromium(), args=[*arguments, "--no-sandbox"])


def work(job: Job) -> None:
    """Make the visits of one process."""
    with sync_playwright() as playwright:
        browser, kept = launch(playwright), Kept(job.command)
        windows = Windows(browser, job)
        for number, visit in enumerate(job.visits, 1):
            kept.add(_one(windows, visit, job))
            if number % 20 == 0:
                print(f"  {number} of {len(job.visits)}", flush=True)
        browser.close()


def share(job: Job, processes: int) -> None:
    """Make all visits, by so many processes."""
    shares = [replace(job, visits=job.visits[nth::processes]) for nth in range(processes)]
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(work, shares))


def _one(windows: "Windows", visit: Visit, job: Job) -> Finding:
    try:
        page = windows.page_of(visit)
        return finding(visit, job.measure(page, visit))
    except NotThere as why:
        return finding(visit, {}, str(why))
    except Error as broken:
        return finding(visit, {}, broken.message.splitlines()[0][:200])


class Windows:
    """A window for each person, anew where the cookies must not be old or another's."""

    def __init__(self, browser: Browser, job: Job) -> None:
        self._browser, self._job = browser, job
        self._pages: dict[str, Page] = {}
        self._signed_in_at = 0.0

    def page_of(self, visit: Visit) -> Page:
        """The window of whoever makes this visit."""
        who = f"{visit.person} {visit.language}".strip()
        old = who == ADA and time.monotonic() - self._signed_in_at > SIGNED_IN_SECONDS_MAX
        alone = self._job.alone or visit.state in {FLOW, MISTAKE}
        if who in self._pages and (alone or old):
            self._pages.pop(who).context.close()
        if old:
            self._job.cookies[who] = signed_in(self._browser, self._job.base_url)
            self._signed_in_at = time.monotonic()
        if who not in self._pages:
            self._pages[who] = self._open(visit)
        return self._pages[who]

    def _open(self, visit: Visit) -> Page:
        at = self._job.front or self._job.base_url
        wished = visit.language if visit.person in IN_PORTAL else ""
        locale = LOCALES.get(wished, "en-US")
        context = self._browser.new_context(base_url=at, locale=locale, **self._job.context)
        context.set_default_timeout(WAIT_MILLISECONDS_MAX)
        context.add_cookies(self._job.cookies[visit.person])  # type: ignore[arg-type]
        return context.new_page()
