"""How heavy the pages are and whether they stand still (BARS "Pages")."""

import gzip
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, expect

from tests.journeys import office
from tests.journeys.conftest import Visit
from tests.journeys.paying import PayPage
from tests.journeys.screens import DESK_LIGHT, PHONE_DARK, Screen

PAY_BYTES_MAX = 24_000
PAY_REQUESTS_MAX = 3
STAFF_BYTES_MAX = 50_000
STAFF_REPEAT_BYTES_MAX = 15_000
LAYOUT_SHIFT_MAX = 0.02
PROCESSOR = "/sandbox/"

WATCH_SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
"""


class Scale:
    """Weighs what a page fetches, compressed as a front would send it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.responses: list[Response] = []
        page.on("response", lambda response: self.responses.append(response))

    def weight(self) -> dict[str, int]:
        """Bytes by address, without what the browser had already."""
        had = self._page.evaluate(
            """performance.getEntriesByType("resource")
                 .filter((one) => one.transferSize === 0).map((one) => one.name)"""
        )
        return {
            one.url: len(gzip.compress(one.body(), 9))
            for one in self.responses
            if one.status == 200 and one.url not in had
        }


def test_P2_the_pay_page_is_light_and_readable_before_the_processors_script(
    operating_link: str, visit: Visit
) -> None:
    """At most 24 kB and three requests until it can be read: page, style sheet, logo.

    The page's own script is deferred: counted by its weight, as is everything but the processor's.
    """
    page = visit()
    scale = Scale(page)
    page.goto(operating_link)
    expect(page.get_by_label("Card number")).to_be_visible()
    own = {url: size for url, size in scale.weight().items() if PROCESSOR not in url}
    assert sum(own.values()) <= PAY_BYTES_MAX, own
    kinds = {one.url: one.request.resource_type for one in scale.responses}
    readable = [url for url, kind in kinds.items() if kind in ("document", "stylesheet", "image")]
    readable = [url for url in readable if PROCESSOR not in url and "sandbox-stripe" not in url]
    assert len(readable) <= PAY_REQUESTS_MAX, readable
    assert all("htmx" not in url for url in own)
    assert all(kind != "font" for kind in kinds.values())
    stood, asked = page.evaluate(
        """() => [
          performance.getEntriesByType("navigation")[0].loadEventStart,
          performance.getEntriesByName(new URL("/sandbox/stripe.js", location).href)[0].startTime,
        ]"""
    )
    assert stood <= asked, "the processor's script is asked for once the page itself stands"


def test_X5_a_staff_page_is_light_and_lighter_the_second_time(staff: Visit) -> None:
    page = staff()
    scale = Scale(page)
    page.goto(office.TRANSACTIONS)
    first = scale.weight()
    assert sum(first.values()) <= STAFF_BYTES_MAX, first
    scale.responses.clear()
    page.goto(office.TRANSACTIONS)
    again = scale.weight()
    assert sum(again.values()) <= STAFF_REPEAT_BYTES_MAX, again


@pytest.mark.parametrize("screen", [DESK_LIGHT, PHONE_DARK], ids=str)
def test_P2_nothing_on_the_pay_page_moves_while_it_loads(
    screen: Screen, operating_link: str, pay_page: Callable[[Screen], PayPage]
) -> None:
    paying = pay_page(screen)
    paying.page.add_init_script(WATCH_SHIFTS)
    paying.open(operating_link)
    paying.page.wait_for_load_state("networkidle")
    assert paying.page.evaluate("window.shifted") <= LAYOUT_SHIFT_MAX


@pytest.mark.parametrize(
    "address",
    [office.TRANSACTIONS, office.NEW_CHARGE, "/staff/emails", "/staff/contacts", "/staff/bills"],
)
@pytest.mark.parametrize("screen", [DESK_LIGHT, PHONE_DARK], ids=str)
def test_X5_nothing_on_a_staff_page_moves_while_it_loads(
    screen: Screen, address: str, staff: Visit
) -> None:
    page = staff(screen)
    page.add_init_script(WATCH_SHIFTS)
    # A payment of another test that takes a step just now moves the list for a good reason.
    page.route(re.compile(r"[?&]seen="), lambda route: route.fulfill(status=204))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shifted") <= LAYOUT_SHIFT_MAX
