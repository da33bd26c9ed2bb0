"""What every journey starts from: the printed links, a window, a payer, and the firm's sign-in."""

import re
from collections.abc import Callable, Generator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.journeys import office
from tests.journeys.paying import Pace, Payer, PayPage
from tests.journeys.screens import DESK_LIGHT, Screen
from tests.support.browser import Product

# A busy machine is slow, and Transactions asks for news every five seconds.
PATIENCE_MILLISECONDS = 20_000
expect.set_options(timeout=PATIENCE_MILLISECONDS)

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def operating_link(product: Product) -> str:
    """The account link of the operating account, as the demo printed it."""
    found = re.search(r"Pay into Harlow & Reyes Operating\s+(\S+)", product.printed)
    assert found is not None, product.printed
    return found.group(1)


@pytest.fixture
def trust_link(browser: Browser, product: Product, staff_state: Any) -> str:
    """The account link of the trust account, as **New charge** has it now: a test retires it."""
    context = browser.new_context(base_url=product.base_url, storage_state=staff_state)
    page = context.new_page()
    page.goto(office.NEW_CHARGE)
    link = office.account_card(page, "IOLTA Trust").get_by_label("Payment link").input_value()
    context.close()
    return link


@pytest.fixture(scope="session")
def pace() -> Pace:
    """One for all: every browser here has the same address."""
    return Pace()


@pytest.fixture
def payer() -> Payer:
    """A stranger."""
    return Payer()


@pytest.fixture
def visit(
    new_context: Callable[..., BrowserContext], browser_context_args: dict[str, Any]
) -> Generator[Visit]:
    """Open a window on a screen. A script that fails or a complaint of the browser fails a test."""
    complaints: list[str] = []

    def listen(said: ConsoleMessage) -> None:
        # The browser writes a line for each refused request; what the page then shows is tested.
        if said.type == "error" and "Failed to load resource" not in said.text:
            complaints.append(said.text)

    def open_window(screen: Screen = DESK_LIGHT, **options: Any) -> Page:
        size = {"width": screen.width, "height": screen.height}
        context = new_context(viewport=size, color_scheme=screen.scheme, **options)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", listen)
        return context.new_page()

    yield open_window
    assert complaints == []


@pytest.fixture
def pay_page(visit: Visit, pace: Pace) -> Callable[..., PayPage]:
    """A window for a payer."""
    return lambda screen=DESK_LIGHT, **options: PayPage(visit(screen, **options), pace)


@pytest.fixture
def payments_found(staff: Visit) -> Callable[[str], int]:
    """How many payments **Transactions** finds for a payer's email."""

    def count(email: str) -> int:
        page = staff()
        page.goto(f"{office.TRANSACTIONS}?payer={email}")
        return page.locator("#transactions-table tbody tr").count()

    return count


@pytest.fixture(scope="session")
def staff_state(browser: Browser, product: Product) -> Any:
    """The cookies of Ada, signed in once for all tests that are not about signing in."""
    context = browser.new_context(base_url=product.base_url)
    office.sign_in(context.new_page())
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def staff(visit: Visit, staff_state: Any) -> Visit:
    """A window for Ada, signed in."""
    return lambda screen=DESK_LIGHT, **options: visit(
        screen, **{"storage_state": staff_state, **options}
    )
