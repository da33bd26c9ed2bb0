"""What clients see, in each other language: axe, the ruler, and English that was left standing."""

from typing import Any

from playwright.sync_api import Page

from bench.screens import accessibility
from bench.screens.findings import Finding
from bench.screens.looks import windows
from bench.screens.report import Row, Table, grouped, unreached, write
from bench.screens.visits import LOCALES, Visit
from tests.support.languages import english_left, visible

# A name is the same in every language, and so is what a person has written.
_NOT_OURS = ("Harborlight Test Credit Union",)
_WITHOUT_WHAT_PEOPLE_WROTE = """() => {
  for (const one of document.querySelectorAll(".bubble-text")) one.remove();
}"""


def measure(page: Page, visit: Visit, widths: tuple[int, ...]) -> dict[str, Any]:
    """Look the screen over, and read it."""
    said = accessibility.measure(page, visit, widths)
    spoken = page.locator("html").get_attribute("lang")
    page.evaluate(_WITHOUT_WHAT_PEOPLE_WROTE)
    read = visible(page.content())
    for name in _NOT_OURS:
        read = read.replace(name, "")
    left = english_left(read, LOCALES[visit.language].replace("-", "_"))
    return {**said, "english": left, "lang": spoken}


def tell(found: list[Finding], widths: tuple[int, ...]) -> None:
    """The table of each language, and what is English in it."""
    made = [one for one in found if not one.not_there]
    rows = [_row(name, some) for name, some in grouped(made, lambda one: one.language).items()]
    columns = (
        "language", "screens", "states", "looks", "axe violations", "scroll sideways",
        "not in it", "texts left in English",
    )  # fmt: skip
    about = (
        f"What clients see, {len(windows(widths))} windows each, as under Accessibility. *Not in "
        "it*: pages that say another language than was asked for. *Left in English*: texts of ours "
        "that the catalogs translate and that stand there in English all the same."
    )
    left = [
        (one.screen, one.state, one.language, text) for one in made for text in one.said["english"]
    ]
    tables = [Table("Looked at", columns, rows), *accessibility.faults(found)]
    if left:
        tables.append(Table("Left in English", ("screen", "state", "language", "text"), left))
    write("Languages", about, [*tables, unreached(found)])


def _row(name: str, some: list[Finding]) -> Row:
    counts = list(accessibility.counted(some).rows[-1])[1:]
    other = sum(one.said["lang"] != LOCALES[name] for one in some)
    return (LOCALES[name], *counts, other, sum(len(one.said["english"]) for one in some))
