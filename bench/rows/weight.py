"""What the pay page weighs, compressed, and how many requests it takes until it can be read."""

import gzip
from html.parser import HTMLParser

from bench.harness.firm import STRIPE, bench_firm
from bench.harness.load import request
from bench.harness.servers import Server, granian
from bench.harness.table import Table

LEVEL = 6  # nginx's and most servers' choice for pages
GOAL_BYTES = 24_000
GOAL_REQUESTS = 3


class _Parts(HTMLParser):
    """What the page asks for: to be read (style sheet, images), and afterwards (scripts, icon)."""

    def __init__(self) -> None:
        super().__init__()
        self.to_be_read: list[str] = []
        self.afterwards: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        if tag == "link" and has.get("rel") == "stylesheet":
            self.to_be_read.append(has["href"] or "")
        elif tag == "img":
            self.to_be_read.append(has["src"] or "")
        elif tag == "script" and has.get("src"):
            late = "defer" in has or "async" in has
            (self.afterwards if late else self.to_be_read).append(has["src"] or "")
        elif tag == "link" and has.get("rel") == "icon":
            self.afterwards.append(has["href"] or "")


def _compressed(server: Server, path: str) -> int:
    headers = {"Accept-Encoding": "gzip"}
    body = server.ask([request("GET", path, headers=headers)], 1).last_body
    return len(body if body.startswith(b"\x1f\x8b") else gzip.compress(body, LEVEL))


def main() -> None:
    """Measure and print."""
    table = Table("Pay page, weight (compressed bytes)")
    with bench_firm() as firm, granian("product", firm.given(**STRIPE)) as server:
        path = f"/pay/{firm.link_token}"
        parts = _Parts()
        parts.feed(server.page(path))
        wanted = {name: _compressed(server, name) for name in (path, *parts.to_be_read)}
        later = {name: _compressed(server, name) for name in parts.afterwards}
    shown = {path: "the page"}
    for name, size in wanted.items():
        table.note(shown.get(name, name.partition("?")[0].rpartition("/")[2]), str(size))
    for name, size in later.items():
        table.note(f"{name.partition('?')[0].rpartition('/')[2]}, afterwards", str(size))
    table.at_most("requests until it can be read", len(wanted), GOAL_REQUESTS, "{:.0f}")
    table.at_most("bytes until it can be read", sum(wanted.values()), GOAL_BYTES, "{:.0f}")
    everything = sum(wanted.values()) + sum(later.values())
    table.at_most("bytes of ours in all", everything, GOAL_BYTES, "{:.0f}")
    table.show()


if __name__ == "__main__":
    main()
