"""The pay page beside R, a bare Flask page of the same size, at 1 and at 8 connections."""

import html

from bench.harness.bare import as_template
from bench.harness.firm import SANDBOX, STRIPE, BenchFirm, bench_firm
from bench.harness.load import Order, load, request
from bench.harness.rounds import Figures, interleaved
from bench.harness.servers import Server, granian
from bench.harness.table import Table

ROUNDS = 7
COUNT = {1: 600, 8: 900}
GOAL_RATIO = 0.8
GOAL_P99_RATIO = 1.5


def page_of(server: Server, path: str) -> str:
    """The page as the server answers it now."""
    return load(Order(server.port, [request("GET", path)], 1, 1)).last_body.decode()


def bare_template(page: str) -> str:
    """The pay page with its names taken out: R's template."""
    from portal.firm.demo import HARLOW_REYES as FIRM

    names = {
        "Harlow & Reyes – legal services": "account.public_label",
        FIRM.legal_name: "firm.legal_name",
        FIRM.short_name: "firm.short_name",
        FIRM.phone: "firm.phone",
        FIRM.email: "firm.email",
        FIRM.address: "firm.address",
    }
    return as_template(page, {html.escape(text): said for text, said in names.items()})


def measure(firm: BenchFirm, table: Table) -> None:
    """Both ways to run the product, and R, in the same rounds."""
    path = f"/pay/{firm.link_token}"
    with (
        granian("product", firm.given(**STRIPE)) as stripe,
        granian("product", firm.given(**SANDBOX)) as sandbox,
    ):
        page = bare_template(page_of(stripe, path))
        given = {"database": firm.environ["DATABASE_URL"], "page": page}
        with granian("bare_page", given) as bare:
            servers = {"R": bare, "with Stripe's keys": stripe, "in the sandbox": sandbox}
            table.note("bytes of the page, R", str(len(page_of(bare, path))))
            table.note("bytes of the page, product", str(len(page_of(stripe, path))))
            for connections, count in COUNT.items():
                _compare(table, servers, request("GET", path), connections, count)


def _compare(
    table: Table, servers: dict[str, Server], asked: bytes, connections: int, count: int
) -> None:
    def run(server: Server) -> Figures:
        return load(Order(server.port, [asked], count, connections))  # type: ignore[return-value]

    for server in servers.values():
        load(Order(server.port, [asked], 50 * connections, connections))
    found = interleaved(
        {name: (lambda server=server: run(server)) for name, server in servers.items()},  # type: ignore[misc]
        ROUNDS,
    )
    at = f"{connections} connection{'s' if connections > 1 else ''}"
    for name, one in found.items():
        figure = f"{one.per_second:.0f}/s  p50 {one.p50:.2f} ms  p99 {one.p99:.2f} ms"
        table.note(f"{at}, {name}", figure)
    bare = found.pop("R")
    for name, one in found.items():
        table.at_least(f"{at}, {name}: of R", one.per_second / bare.per_second, GOAL_RATIO)
        table.at_most(f"{at}, {name}: p99 of R's", one.p99 / bare.p99, GOAL_P99_RATIO)


def main() -> None:
    """Measure and print."""
    table = Table("Pay page")
    with bench_firm() as firm:
        measure(firm, table)
    table.show()


if __name__ == "__main__":
    main()
