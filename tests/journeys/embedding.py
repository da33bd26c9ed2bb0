"""A law firm's website on an origin of its own, with the pay page of an account link in a frame."""

import re
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Frame, Page, expect

from tests.support.source import ROOT

SAMPLE = ROOT / "docs" / "sample-website"
SNIPPET = re.compile(r"(?s)<div data-portal-pay.*?</script>")
KINDS = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript"}

# What the website hears, in order; added to every page before its own scripts. A step is noted by
# its name.
HEAR = """
  window.heard = [];
  const hear = ({ type, target, detail }) => {
    heard.push([detail.step ?? type.replace("portal:", ""), detail, target.id]);
    document.documentElement.dataset.heard = heard.map(([name]) => name).join(" ");
  };
  const told = "ready step submitted processing succeeded failed cancelled blocked";
  for (const type of told.split(" ")) addEventListener(`portal:${type}`, hear);
"""


def snippet(link: str, hints: str = "") -> str:
    """What **Embed on your website** prints for a link, with these hints in it."""
    portal = "{0.scheme}://{0.netloc}".format(urlsplit(link))
    return (
        f'<div id="pay-here" data-portal-pay data-title="Pay Harlow &amp; Reyes" {hints}>'
        f'<a href="{escape(link)}">Pay online securely</a></div>'
        f'<script src="{portal}/embed/v1.js" async></script>'
    )


@dataclass
class Website:
    """What answers at `origin`: the sample website with this snippet in it, and further `pages`.

    Its policy lets scripts and frames of its own and of the portal in, and no inline style, as that
    of a careful website.
    """

    origin: str
    snippet: str
    pages: dict[str, str] = field(default_factory=dict[str, str])
    policy: str = ""

    def answer(self, path: str) -> tuple[str, bytes] | None:
        """The kind and the bytes of what stands at this path."""
        if path in self.pages:
            return KINDS.get(Path(path).suffix, KINDS[".html"]), self.pages[path].encode()
        file = SAMPLE / ("index.html" if path == "/" else path[1:])
        if file.parent != SAMPLE or not file.is_file():
            return None
        text = file.read_text(encoding="utf-8")
        if path == "/":
            text = SNIPPET.sub(lambda _found: self.snippet, text)
        return KINDS[file.suffix], text.encode()


@contextmanager
def website(link: str, hints: str = "") -> Generator[Website]:
    """The sample website with the snippet of this link, served from an origin of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = site.answer(urlsplit(self.path).path)
            kind, body = found or ("text/plain", b"")
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", site.policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    portal = "{0.scheme}://{0.netloc}".format(urlsplit(link))
    # 127.0.0.1 and localhost are as foreign to each other as any two websites.
    site = Website(f"http://127.0.0.1:{server.server_port}", snippet(link, hints))
    site.policy = (
        f"default-src 'none'; script-src 'self' {portal}; frame-src 'self' http:; "
        "style-src 'self'; img-src data:"
    )
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def listed(var: Path, link: str, origin: str, **choices: int) -> Generator[None]:
    """This website may frame the link, which has these choices, as an administrator set them."""
    token = urlsplit(link).path.rsplit("/", 1)[1]
    of_link = "(SELECT id FROM account_link WHERE token = ?)"
    with closing(sqlite3.connect(var / "retainer.db", timeout=30)) as database:
        with database:
            database.execute(
                "INSERT INTO link_site (account_link_id, origin, added_at, added_by)"
                f" VALUES ({of_link}, ?, '2026-01-01 00:00:00.000000', 'a test')",
                (token, origin),
            )
            for name, value in choices.items():
                database.execute(
                    f"UPDATE account_link SET {name} = ? WHERE token = ?", (value, token)
                )
        yield
        with database:
            database.execute("DELETE FROM link_site WHERE origin = ?", (origin,))
            for name in choices:
                database.execute(f"UPDATE account_link SET {name} = 0 WHERE token = ?", (token,))


def frame_of(page: Page) -> Frame:
    """The frame that the loader has built, wherever on the page its box stands."""
    page.locator("[data-portal-pay]").scroll_into_view_if_needed()
    handle = page.locator("[data-portal-pay] iframe").element_handle()
    assert handle is not None
    frame = handle.content_frame()
    assert frame is not None
    return frame


def open_frame(page: Page, address: str) -> Frame:
    """Open a website's page, and come back when its frame can be paid in."""
    page.add_init_script(HEAR)
    page.goto(address)
    frame = frame_of(page)
    expect(frame.get_by_label("Card number")).to_be_visible()
    return frame


def expect_heard(page: Page, names: str) -> list[dict[str, str]]:
    """What the website has heard in the end, each dispatched on the snippet's own box; answers the
    details of what is no step, in order."""
    expect(page.locator("html")).to_have_attribute("data-heard", names)
    found: list[tuple[str, dict[str, str], str]] = page.evaluate("window.heard")
    assert {box for _name, _detail, box in found} == {"pay-here"}, found
    return [detail for _name, detail, _box in found if "step" not in detail]
