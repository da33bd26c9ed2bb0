"""How heavy the pages are and whether they stand still (BARS "Pages")."""

import gzip
import re
from collections.abc import Generator

import pytest
from playwright.sync_api import Page, Response, expect

from tests.journeys import office
from tests.journeys.conftest import Visit
from tests.journeys.paying import Pace, PayPage
from tests.journeys.screens import DESK_LIGHT, PHONE_DARK, Screen
from tests.support.browser import Product
from tests.support.trickle import slow_line

PAY_BYTES_MAX = 24_000
PAY_REQUESTS_MAX = 3
STAFF_BYTES_MAX = 50_000
STAFF_REPEAT_BYTES_MAX = 15_000
LAYOUT_SHIFT_MAX = 0.02
# What the sandbox puts in the place of the processor's own script and frames.
PROCESSOR = re.compile(r"/sandbox/|/static/(js|css)/sandbox-stripe")
STAFF_PAGES = (
    office.TRANSACTIONS,
    office.NEW_CHARGE,
    "/staff/emails",
    "/staff/contacts",
    "/staff/bills",
)
MORE_LISTS = (
    "/staff/trust-requests",
    "/staff/matters",
    "/staff/settings/users",
    "/staff/settings/activity-log",
)

WATCH_SHIFTS = """
  window.shifted = 0;
  window.moved = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) {
      window.shifted += entry.value;
      for (const { node, previousRect, currentRect } of entry.sources)
        window.moved.push([node?.outerHTML?.slice(0, 80), previousRect, currentRect]);
    }
  }).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def slow_product(product: Product) -> Generator[str]:
    """The product at the end of a slow line."""
    with slow_line(product.base_url) as address:
        yield address


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
    own = {url: size for url, size in scale.weight().items() if not PROCESSOR.search(url)}
    assert sum(own.values()) <= PAY_BYTES_MAX, own
    kinds = {one.url: one.request.resource_type for one in scale.responses}
    readable = [url for url, kind in kinds.items() if kind in ("document", "stylesheet", "image")]
    readable = [url for url in readable if not PROCESSOR.search(url)]
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


def test_X5_a_staff_page_is_light_and_lighter_the_second_time(staff_anew: Visit) -> None:
    page = staff_anew()
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
    screen: Screen, operating_link: str, visit: Visit, pace: Pace
) -> None:
    paying = PayPage(visit(screen), pace)
    paying.page.add_init_script(WATCH_SHIFTS)
    paying.open(operating_link)
    paying.page.wait_for_load_state("networkidle")
    _expect_stood_still(paying.page)


@pytest.mark.parametrize(
    "screen, address",
    [
        *((DESK_LIGHT, address) for address in (*STAFF_PAGES, *MORE_LISTS)),
        *((PHONE_DARK, address) for address in STAFF_PAGES),
    ],
    ids=str,
)
def test_X5_nothing_on_a_staff_page_moves_while_it_loads(
    screen: Screen, address: str, staff_anew: Visit, slow_product: str
) -> None:
    page = staff_anew(screen)
    page.add_init_script(WATCH_SHIFTS)
    # A payment of another test that takes a step just now moves the list for a good reason.
    page.route(re.compile(r"[?&]seen="), lambda route: route.fulfill(status=204))
    answer = page.goto(slow_product + address)
    assert answer is not None
    assert answer.status == 200
    page.wait_for_load_state("networkidle")
    _expect_stood_still(page)


def _expect_stood_still(page: Page) -> None:
    shifted = page.evaluate("window.shifted")
    assert shifted <= LAYOUT_SHIFT_MAX, page.evaluate("JSON.stringify(window.moved, null, 1)")
