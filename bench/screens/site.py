"""The product that is measured: the demo firm, furnished, and whoever looks at it, signed in."""

import re
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Browser

from app import create_app
from bench.screens.errands import run_errands, sign_in
from bench.screens.furnish import client_cookie, furnish
from portal.core import config, db, environment
from portal.web.client_sessions import COOKIE
from tests.journeys import first_run
from tests.support.browser import Product, start_product

ADA, CLEO, NORA, STRANGER, FOUNDER = "Ada", "Cleo", "Nora", "a stranger", "Ada of a new firm"
Cookies = list[dict[str, Any]]


@dataclass(frozen=True)
class Site:
    """A running product, the cookies of those who look at it, and where else to begin.

    `operating_link` is the pay link that the demo prints; a new firm has none.
    """

    base_url: str
    cookies: dict[str, Cookies]
    product: Product
    app: Flask
    operating_link: str = ""
    places: tuple[str, ...] = ()
    public_places: tuple[str, ...] = ()


@contextmanager
def demo(browser: Browser) -> Generator[Site]:
    """The demo firm with everything in it that a screen could show."""
    with tempfile.TemporaryDirectory(prefix="retainer-screens-") as folder:
        product = start_product(Path(folder) / "var")
        try:
            with _in_use(product) as app:
                link = re.search(r"Pay into Harlow & Reyes Operating\s+(\S+)", product.printed)
                assert link is not None, product.printed
                operating_link = urlsplit(link[1]).path
                made = furnish(app, operating_link)
                tokens = {CLEO: client_cookie("Cleo Marsh"), NORA: made.empty_portal}
                cookies = {who: cookies_of(token) for who, token in tokens.items()}
                cookies[STRANGER] = []
                run_errands(browser, product.base_url)
                cookies[ADA] = signed_in(browser, product.base_url)
                begin = (operating_link, made.places, made.public_places)
                yield Site(product.base_url, cookies, product, app, *begin)
        finally:
            product.stop()


@contextmanager
def new_firm(browser: Browser) -> Generator[Site]:
    """A firm of one administrator who has done nothing yet: every list is empty."""
    with tempfile.TemporaryDirectory(prefix="retainer-screens-") as folder:
        product = first_run.new_firm(Path(folder) / "var")
        try:
            with _in_use(product) as app:
                cookies = signed_in(browser, product.base_url, first_run.EMAIL, first_run.PASSWORD)
                yield Site(product.base_url, {FOUNDER: cookies}, product, app)
        finally:
            product.stop()


@contextmanager
def _in_use(product: Product) -> Generator[Flask]:
    environ = environment.gather(product.var)
    app = create_app(config.load_settings(environ, product.var))
    try:
        yield app
    finally:
        db.disconnect()


def cookies_of(token: str) -> Cookies:
    """The cookies of a client's browser."""
    where = {"domain": "localhost", "path": "/", "secure": True}
    return [{"name": COOKIE, "value": token, **where}]


def signed_in(browser: Browser, base_url: str, *who: str) -> Cookies:
    """The cookies of somebody of the firm; of the demo's administrator, where nobody is named."""
    context = browser.new_context(base_url=base_url)
    sign_in(context.new_page(), *who)
    cookies = [dict(one) for one in context.cookies()]
    context.close()
    return cookies
