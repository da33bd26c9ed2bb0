"""The Overview in a browser: its panels come in without moving anything, and go without script."""

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.screens import DESK_LIGHT, PHONE_DARK, Screen, on_desk_and_phone

RECEIVABLES, WEEKLY = "Receivables by age", "Payments per week"
# Watches from the first paint how far the page moves by itself, as browsers add it up (CLS).
SHIFTS = """window.shifted = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
}).observe({ type: "layout-shift", buffered: true });"""
SHIFTED_MAX = 0.02
LISTS = re.compile("^(Transactions|Disputes|Alerts|Client portals|Bills|Trust requests)$")


@on_desk_and_phone
def test_X6_the_overview_tells_what_needs_work_and_draws_its_charts(
    screen: Screen, staff_anew: Visit
) -> None:
    page = staff_anew(screen)
    page.add_init_script(SHIFTS)
    page.goto("/staff/")
    for heading in (RECEIVABLES, WEEKLY):
        part = page.get_by_role("region", name=heading)
        expect(part.get_by_role("img", name=heading)).to_be_visible()
        expect(part.locator(".skeleton")).to_have_count(0)
    assert page.evaluate("window.shifted") <= SHIFTED_MAX
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    look_over(page)
    table = page.get_by_role("table", name=RECEIVABLES)
    expect(table).to_be_hidden()
    page.get_by_role("region", name=RECEIVABLES).locator("summary").press("Enter")
    expect(table).to_be_visible()
    page.get_by_role("region", name=WEEKLY).locator("summary").press("Enter")
    look_over(page)
    table.get_by_role("link", name="Not due yet").click()
    expect(page.get_by_role("heading", name="Bills", level=1)).to_be_visible()


def test_X6_each_kind_of_work_leads_to_its_list(staff: Visit) -> None:
    page = staff(DESK_LIGHT)
    page.goto("/staff/")
    links = page.get_by_role("region", name="What needs work").get_by_role("link")
    expect(links.first).to_be_visible()  # the demo firm has bills to approve
    for place in range(links.count()):
        links.nth(place).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(LISTS)
        page.go_back()


def test_X1_without_script_each_panel_is_a_page_of_its_own(staff: Visit) -> None:
    page = staff(PHONE_DARK, java_script_enabled=False)
    for heading in (RECEIVABLES, WEEKLY):
        page.goto("/staff/")
        part = page.get_by_role("region", name=heading)
        expect(part.locator(".skeleton")).to_be_hidden()
        part.get_by_role("link", name="Open it on a page of its own").click()
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        expect(page.get_by_role("img", name=heading)).to_be_visible()
        expect(page.get_by_role("table", name=heading)).to_be_visible()
