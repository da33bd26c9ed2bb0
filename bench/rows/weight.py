"""What the pay page and a staff page weigh, compressed, and how many requests they take.

A repeat view fetches what browsers were not told to keep for good. The staff page is Transactions
with fifty rows.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

from bench.harness.firm import SANDBOX, STRIPE, BenchFirm, bench_firm
from bench.harness.load import request
from bench.harness.payments import add_payments
from bench.harness.servers import Server, granian
from bench.harness.staff import TRANSACTIONS, signed_in
from bench.harness.table import Table

LEVEL = 6  # nginx's and most servers' choice for pages
GOAL_PAY_BYTES, GOAL_PAY_REQUESTS = 24_000, 3
GOAL_STAFF_BYTES, GOAL_STAFF_AGAIN_BYTES, GOAL_FRAGMENT_BYTES = 50_000, 15_000, 6_000
PAYMENTS = 500

Headers = Mapping[str, str]


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
            late = "defer" in has or "async" in has or has.get("type") == "module"
            (self.afterwards if late else self.to_be_read).append(has["src"] or "")
        elif tag == "link" and has.get("rel") == "icon":
            self.afterwards.append(has["href"] or "")


@dataclass(frozen=True)
class Weighed:
    """One answer: its compressed bytes, and whether browsers are told to keep it for good."""

    size: int
    kept: bool = False


@dataclass(frozen=True)
class View:
    """What a page needs by address: until it can be read, and afterwards."""

    to_be_read: dict[str, Weighed]
    afterwards: dict[str, Weighed]

    def size(self, *, again: bool = False) -> int:
        """All of it; `again`: what is fetched on a repeat view."""
        weighed = (self.to_be_read | self.afterwards).values()
        return sum(one.size for one in weighed if not (again and one.kept))


def _weighed(server: Server, path: str, headers: Headers) -> Weighed:
    asked = request("GET", path, headers={"Accept-Encoding": "gzip", **headers})
    answers = server.ask([asked], 1)
    if not answers.statuses[200]:
        raise RuntimeError(f"{path} answered {dict(answers.statuses)}")
    body = answers.last_body
    size = len(body if body.startswith(b"\x1f\x8b") else gzip.compress(body, LEVEL))
    return Weighed(size, kept=b"immutable" in answers.last_head.lower())


def _view(server: Server, path: str, headers: Headers) -> View:
    parts = _Parts()
    parts.feed(server.ask([request("GET", path, headers={**headers})], 1).last_body.decode())
    return View(
        {name: _weighed(server, name, headers) for name in (path, *parts.to_be_read)},
        {name: _weighed(server, name, headers) for name in parts.afterwards},
    )


def _tell(table: Table, page: str, path: str, view: View) -> None:
    for parts, when in ((view.to_be_read, ""), (view.afterwards, ", afterwards")):
        for name, one in parts.items():
            what = "the page" if name == path else name.partition("?")[0].rpartition("/")[2]
            table.note(f"{page}: {what}{when}", str(one.size))


def _pay_page(table: Table, firm: BenchFirm) -> None:
    path = f"/pay/{firm.link_token}"
    with granian("product", firm.given(**STRIPE)) as server:
        view = _view(server, path, {})
    _tell(table, "pay", path, view)
    ready = view.to_be_read
    table.at_most("pay: requests until it can be read", len(ready), GOAL_PAY_REQUESTS, "{:.0f}")
    size = sum(one.size for one in ready.values())
    table.at_most("pay: bytes until it can be read", size, GOAL_PAY_BYTES, "{:.0f}")
    table.at_most("pay: bytes of ours in all", view.size(), GOAL_PAY_BYTES, "{:.0f}")


def _staff_page(table: Table, firm: BenchFirm) -> None:
    add_payments(firm.environ["DATABASE_URL"], firm.account_id, PAYMENTS)
    staff = signed_in(firm)
    with granian("product", firm.given(**SANDBOX)) as server:
        view = _view(server, TRANSACTIONS, staff)
        fragment = _weighed(server, TRANSACTIONS, {**staff, "HX-Request": "true"}).size
    _tell(table, "staff", TRANSACTIONS, view)
    table.at_most("staff: bytes, first view", view.size(), GOAL_STAFF_BYTES, "{:.0f}")
    table.at_most("staff: bytes, again", view.size(again=True), GOAL_STAFF_AGAIN_BYTES, "{:.0f}")
    table.at_most("staff: bytes, HTMX answer", fragment, GOAL_FRAGMENT_BYTES, "{:.0f}")


def main() -> None:
    """Measure and print."""
    table = Table("Weight of the pay page and of Transactions (compressed bytes)")
    with bench_firm() as firm:
        _pay_page(table, firm)
        _staff_page(table, firm)
    table.show()


if __name__ == "__main__":
    main()
