"""Somebody at a browser without script: fetches pages, fills in forms, presses buttons."""

from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient

from tests.support.page import Page, faults, filled_in

REDIRECTS_MAX = 5


class Visitor:
    """One browser with its cookies. Every HTML page it fetches is checked; none may be a 5xx."""

    def __init__(self, app: Flask, base_url: str) -> None:
        self.app = app
        self.base_url = base_url
        self.http: FlaskClient = app.test_client()

    def get(self, address: str, *, status: int = 200, **more: Any) -> Page:
        """Fetch a page and follow where it leads. Fails unless it ends with `status`."""
        return self.ask("GET", address, status=status, **more)

    def post(self, address: str, data: Any = None, *, status: int = 200, **more: Any) -> Page:
        """Send a form and follow where it leads. Fails unless it ends with `status`."""
        return self.ask("POST", address, status=status, data=data, **more)

    def ask(
        self,
        method: str,
        address: str,
        *,
        status: int | None = 200,
        follow: bool = True,
        htmx: bool = False,
        **more: Any,
    ) -> Page:
        """One request; with `htmx` as the page's script makes it. `status=None`: any below 500."""
        if htmx:
            more["headers"] = {**more.get("headers", {}), "HX-Request": "true"}
        page = self._fetch(method, address, **more)
        left = REDIRECTS_MAX if follow else 0
        while left and page.status in {301, 302, 303} and "Location" in page.headers:
            left -= 1
            page = self._fetch("GET", urljoin(page.address, page.headers["Location"]))
        assert page.status < 500, f"{page.address} answered {page.status}: {page.text}"
        assert status in (None, page.status), f"{page.address}: {page.status}: {page.text}"
        if page.is_html and page.status not in {301, 302, 303, 304}:
            assert faults(page) == [], f"{page.address}: {faults(page)}"
        return page

    def _fetch(self, method: str, address: str, **more: Any) -> Page:
        whole = urljoin(self.base_url, address)
        parts = urlsplit(whole)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        response = self.http.open(path, method=method, base_url=self.base_url, **more)
        return Page(response, whole)

    def click(self, page: Page, label: str, *, status: int = 200) -> Page:
        """Follow a link by its label."""
        return self.get(page.link(label), status=status)

    def submit(
        self, page: Page, button: str, *, status: int = 200, follow: bool = True, **fields: Any
    ) -> Page:
        """Press a button: its form goes out as it stands, with `fields` typed over it.

        A field given as None is left out, as an unticked box is.
        """
        form, pressed = page.form(button)
        sent: dict[str, Any] = {**filled_in(form, pressed), **fields}
        sent = {name: value for name, value in sent.items() if value is not None}
        action = str(pressed.get("formaction") or form.get("action") or page.address)
        address = urljoin(page.address, action)
        if str(form.get("method", "get")).lower() == "get":
            return self.ask("GET", address, query_string=sent, status=status, follow=follow)
        return self.ask("POST", address, data=sent, status=status, follow=follow)
