"""What looking a screen over finds, and what it does not look at twice."""

import pytest
from playwright.sync_api import Page

from tests.journeys import looking
from tests.journeys.conftest import Visit
from tests.journeys.screens import DESK_LIGHT

GOOD = "<tr><td><a href='/{0}'>Bill {0}</a></td></tr>"
NAMELESS = "<tr><td><a href='/x'></a></td></tr>"
REFERS_TO_NOBODY = "<tr><td><input aria-labelledby='nobody'></td></tr>"


def written(page: Page, *rows: str) -> Page:
    """A page with a table of these rows."""
    body = "".join(rows)
    page.set_content(
        f"<!doctype html><html lang=en><title>Bills</title><main><h1>Bills</h1><table>"
        f"<thead><tr><th scope=col>Bill</th></tr></thead><tbody>{body}</tbody></table></main>"
    )
    return page


@pytest.mark.parametrize("bad", [NAMELESS, REFERS_TO_NOBODY])
def test_a_fault_in_the_last_of_many_rows_is_found(bad: str, visit: Visit) -> None:
    rows = [GOOD.format(number) for number in range(5)]
    with pytest.raises(AssertionError, match="Rule Violated"):
        looking.look_over(written(visit(), *rows, bad), (DESK_LIGHT,))


def test_a_page_made_as_one_before_is_not_scanned_again(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans: list[str] = []
    run = looking.run_axe
    monkeypatch.setattr(looking, "run_axe", lambda page: scans.append(page.url) or run(page))
    monkeypatch.setattr(looking, "EVERY_SCREEN", False)
    page, rows = visit(), [GOOD.format(number) for number in range(9)]
    for some in (rows[:3], rows[5:], [rows[0], "<tr><td>None</td></tr>"]):
        looking.look_over(written(page, *some), (DESK_LIGHT,))
    assert len(scans) == 2
