"""What every journey starts from: the printed links, a window, a payer, and the firm's sign-in."""

import re
import time
from collections.abc import Callable, Generator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys import embedding, office
from tests.journeys.paying import Pace, Payer, PayPage
from tests.journeys.screens import DESK_LIGHT, Screen
from tests.journeys.sent_to_clients import Firm, desk_of, firm_with_mail
from tests.journeys.windows import Windows, listen
from tests.support.browser import Product

# A busy machine is slow, and Transactions asks for news every five seconds. What is there already
# is not waited for, so patience costs nothing but where something fails.
PATIENCE_MILLISECONDS = 60_000
# A change of bank accounts asks who it is ten minutes after the sign-in, which has its own tests.
SIGNED_IN_SECONDS_MAX = 240
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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is walked at the firm with a mail server, so that one run need not start both."""
    for item in items:
        if "mailing" in getattr(item, "fixturenames", ()):
            item.add_marker("mailing")


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """A file that names a `base_url` here has its windows open there; None: nowhere."""
    return {}


@pytest.fixture
def site(request: pytest.FixtureRequest, browser_context_args: dict[str, Any]) -> str | None:
    """Where this test's windows open: at the firm with a mail server where it asks for that one,
    else at the demo firm. Only this one is started."""
    if "base_url" in browser_context_args:
        return browser_context_args["base_url"]
    if "mailing" in request.fixturenames:
        mailing: Firm = request.getfixturevalue("mailing")
        return mailing.product.base_url
    product: Product = request.getfixturevalue("product")
    return product.base_url


@pytest.fixture
def visit(
    new_context: Callable[..., BrowserContext],
    browser_context_args: dict[str, Any],
    site: str | None,
) -> Generator[Visit]:
    """Open a window on a screen. A script that fails or a complaint of the browser fails a test."""
    complaints: list[str] = []
    at = {} if "base_url" in browser_context_args else {"base_url": site}

    def open_window(screen: Screen = DESK_LIGHT, **options: Any) -> Page:
        size = {"width": screen.width, "height": screen.height}
        options = {"viewport": size, "color_scheme": screen.scheme, **at, **options}
        context = new_context(**options)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        listen(context, complaints)
        return context.new_page()

    yield open_window
    assert complaints == []


@pytest.fixture(scope="session")
def kept_windows(browser: Browser) -> Windows:
    """Those of all tests."""
    return Windows(browser, PATIENCE_MILLISECONDS)


@pytest.fixture
def windows(kept_windows: Windows) -> Generator[Windows]:
    """Those that this test opens. What a script or the browser complains of there fails it."""
    yield kept_windows
    assert kept_windows.put_away() == []


@pytest.fixture
def pay_page(windows: Windows, site: str | None, pace: Pace) -> Callable[..., PayPage]:
    """A window for a payer."""
    return lambda screen=DESK_LIGHT: PayPage(windows.open("payer", screen, site), pace)


@pytest.fixture
def website(product: Product, operating_link: str) -> Generator[embedding.Website]:
    """The sample website with the operating account's snippet, listed for it."""
    with (
        embedding.website(operating_link) as served,
        embedding.listed(product.var, operating_link, served.origin),
    ):
        yield served


@pytest.fixture
def framed(visit: Visit, pace: Pace) -> Callable[..., PayPage]:
    """A window on a website's page, with the pay page open in its frame. The website's smooth
    scrolling is off: a press would fall where the button no longer is."""

    def open_frame(address: str, screen: Screen = DESK_LIGHT) -> PayPage:
        page = visit(screen, reduced_motion="reduce")
        return PayPage(page, pace, embedding.open_frame(page, address))

    return open_frame


@pytest.fixture
def payments_found(staff: Visit) -> Callable[[str], int]:
    """How many payments **Transactions** finds for a payer's email."""

    def count(email: str) -> int:
        page = staff()
        page.goto(f"{office.TRANSACTIONS}?payer={email}")
        return page.locator("#transactions-table tbody tr").count()

    return count


@pytest.fixture(scope="session")
def ada_signed_in(browser: Browser, product: Product) -> Callable[[], Any]:
    """The cookies of Ada, who signs in anew before she would be asked whether it is her."""
    signed_in: list[tuple[float, Any]] = []

    def state() -> Any:
        if not signed_in or time.monotonic() - signed_in[-1][0] > SIGNED_IN_SECONDS_MAX:
            context = browser.new_context(base_url=product.base_url)
            office.sign_in(context.new_page())
            signed_in.append((time.monotonic(), context.storage_state()))
            context.close()
        return signed_in[-1][1]

    return state


@pytest.fixture
def staff_state(ada_signed_in: Callable[[], Any]) -> Any:
    """The cookies of Ada, for all tests that are not about signing in."""
    return ada_signed_in()


@pytest.fixture
def staff_anew(visit: Visit, staff_state: Any) -> Visit:
    """A window for Ada, signed in, with nothing in its cache."""
    return lambda screen=DESK_LIGHT, **options: visit(
        screen, **{"storage_state": staff_state, **options}
    )


@pytest.fixture
def staff(windows: Windows, site: str | None, staff_state: Any, staff_anew: Visit) -> Visit:
    """A window for Ada, signed in; one of her own where it is to be special."""
    cookies = staff_state["cookies"]

    def open_window(screen: Screen = DESK_LIGHT, **options: Any) -> Page:
        if options:
            return staff_anew(screen, **options)
        return windows.open("Ada", screen, site, cookies)

    return open_window


@pytest.fixture(scope="session")
def mailing(tmp_path_factory: pytest.TempPathFactory) -> Generator[Firm]:
    """The demo firm once more, whose emails go to a real mail server."""
    with firm_with_mail(tmp_path_factory.mktemp("mailing") / "var") as running:
        yield running


@pytest.fixture(scope="module")
def desk(mailing: Firm, browser: Browser) -> Generator[Page]:
    """Ada's window at that firm, signed in once for a file."""
    with desk_of(mailing, browser) as page:
        yield page


@pytest.fixture
def window(mailing: Firm, windows: Windows) -> Callable[..., PayPage]:
    """A window for somebody who opens what that firm emailed."""
    return lambda screen=DESK_LIGHT: PayPage(windows.open("client", screen, None), mailing.pace)
