"""What the tests of framed pages ask of them."""

from typing import Any

from tests.support.page import Page


def body(page: Page) -> dict[str, Any]:
    """What the page says to the script that talks to the website."""
    return {name: said for name, said in page.one("body").attrs.items() if "embed" in name}


def told(page: Page) -> dict[str, Any]:
    """What the website is told of a payment."""
    (part,) = page.select("[data-embed-event]")
    names = ("event", "reference", "status", "amount")
    found = {name: part.get(f"data-embed-{name}") for name in names}
    return {name: said for name, said in found.items() if said is not None}


def may_frame(page: Page) -> list[str]:
    """The websites that browsers let frame a page; none where an older header forbids it too."""
    policy = page.headers["Content-Security-Policy"]
    (said,) = [part.strip() for part in policy.split(";") if "frame-ancestors" in part]
    sites = said.removeprefix("frame-ancestors").split()
    assert ("X-Frame-Options" in page.headers) == (sites == ["'none'"])
    return sites
