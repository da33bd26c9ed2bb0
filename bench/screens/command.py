"""`bench/pages.py`: choose what is measured, measure it, print the table, write it down."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from playwright.sync_api import sync_playwright

from bench.screens import accessibility, budgets, clicks, languages
from bench.screens.browsers import Job, Measure, launch, share
from bench.screens.findings import Kept
from bench.screens.flows import FLOWS
from bench.screens.front import compressing
from bench.screens.listing import SCREENS
from bench.screens.plan import (
    Found,
    empty_visits,
    explore,
    explore_new_firm,
    in_other_languages,
    largest,
    visits,
)
from bench.screens.site import Site, demo, new_firm
from bench.screens.visits import Visit


@dataclass(frozen=True)
class Asked:
    """The command line."""

    command: str
    only: tuple[str, ...]
    widths: tuple[int, ...]
    processes: int
    tries: int
    resume: bool
    tell: bool

    def wants(self, key: str) -> bool:
        """Whether this visit was asked for."""
        return not self.only or any(word in key for word in self.only)


def read(arguments: Sequence[str] | None = None) -> Asked:
    """The command line, read."""
    parser = argparse.ArgumentParser(prog="bench/pages.py", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--only", default="", help="screens and states: bills.,dialog")
    parser.add_argument("--widths", default="320,400,1280", help="in CSS pixels")
    parser.add_argument("--parallel", type=int, default=2, help="browsers at once")
    parser.add_argument("--tries", type=int, default=3, help="on the slow phone, at most")
    parser.add_argument("--resume", action="store_true", help="go on with the run before")
    parser.add_argument("--tell", action="store_true", help="only tell what earlier runs found")
    said = parser.parse_args(arguments)
    return Asked(
        said.command,
        tuple(word for word in said.only.split(",") if word),
        tuple(int(width) for width in said.widths.split(",")),
        said.parallel,
        said.tries,
        said.resume,
        said.tell,
    )


def main() -> None:
    """Measure, print, write."""
    asked = read()
    kept = Kept(asked.command)
    if not asked.tell:
        _measure_all(asked, kept)
    _tell(asked, kept)


def _measure_all(asked: Asked, kept: Kept) -> None:
    if not asked.resume:
        kept.forget(asked.wants)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        with demo(browser) as site:
            found = explore(browser, site)
            _say_what_is_missing(found)
            _make(asked, site, kept, COMMANDS[asked.command](found))
            if asked.command == "budgets" and asked.wants(clicks.SCREEN):
                kept.forget(lambda key: key.startswith(clicks.SCREEN))
                for way in clicks.count(browser, site):
                    kept.add(way)
        if asked.command == "accessibility":
            with new_firm(browser) as site:
                _make(asked, site, kept, empty_visits(explore_new_firm(browser, site)))
        browser.close()


COMMANDS: dict[str, Callable[[Found], list[Visit]]] = {
    "accessibility": visits,
    "languages": lambda found: in_other_languages(visits(found)),
    "budgets": largest,
}


def _say_what_is_missing(found: Found) -> None:
    seen = found.screens() | {flow.shows for flow in FLOWS.values()}
    print(f"{len(seen)} screens. Not found: {', '.join(sorted(SCREENS - seen)) or 'none'}.")


def _make(asked: Asked, site: Site, kept: Kept, looked: list[Visit]) -> None:
    wanted = [one for one in looked if asked.wants(one.key)]
    left = kept.not_yet(wanted) if asked.resume else wanted
    print(f"{len(left)} visits", flush=True)
    job = Job(left, site.base_url, site.cookies, asked.command, _measure(asked))
    if asked.command != "budgets":
        return share(job, asked.processes)
    with compressing(site.base_url) as front:
        job = replace(job, front=front, context=budgets.CONTEXT, alone=True)
        return share(job, asked.processes)


def _measure(asked: Asked) -> Measure:
    if asked.command == "budgets":
        return partial(budgets.measure, tries=asked.tries)
    looking = accessibility if asked.command == "accessibility" else languages
    return partial(looking.measure, widths=asked.widths)


def _tell(asked: Asked, kept: Kept) -> None:
    if asked.command == "budgets":
        budgets.tell(kept.all())
    elif asked.command == "accessibility":
        accessibility.tell(kept.all(), asked.widths)
    else:
        languages.tell(kept.all(), asked.widths)


if __name__ == "__main__":
    main()
