"""The pay page beside R, a bare Flask page of the same size, at 1 and at 8 connections."""

import html
from functools import partial

from bench.harness.bare import as_template
from bench.harness.firm import SANDBOX, STRIPE, BenchFirm, bench_firm
from bench.harness.load import request
from bench.harness.rounds import interleaved, told
from bench.harness.servers import Server, granian
from bench.harness.table import Table

ROUNDS = 9
COUNT = {1: 400, 8: 600}
WARM_UP = 200
GOAL_RATIO = 0.8
GOAL_P99_RATIO = 1.5


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
        page = bare_template(stripe.page(path))
        given = {"database": firm.environ["DATABASE_URL"], "page": page}
        with granian("bare_page", given) as bare:
            servers = {"R": bare, "with Stripe's keys": stripe, "in the sandbox": sandbox}
            for name, server in servers.items():
                table.note(f"bytes of the page, {name}", str(len(server.page(path).encode())))
            for connections in COUNT:
                compare(table, servers, dict.fromkeys(servers, path), connections, GOAL_RATIO)


def compare(
    table: Table, servers: dict[str, Server], paths: dict[str, str], connections: int, goal: float
) -> None:
    """The servers in turn under the same load; all but R are held against R."""
    asked = {name: [request("GET", path)] for name, path in paths.items()}
    for name, server in servers.items():
        server.ask(asked[name], WARM_UP, connections)
    found = interleaved(
        {
            name: partial(server.ask, asked[name], COUNT[connections], connections)
            for name, server in servers.items()
        },
        ROUNDS,
    )
    at = f"{connections} connection{'s' if connections > 1 else ''}"
    for name, one in found.items():
        table.note(f"{at}, {name}", told(one))
    bare = found.pop("R")
    for name, one in found.items():
        table.at_least(f"{at}, {name}: of R", one.per_second / bare.per_second, goal)
        table.at_most(f"{at}, {name}: p99 of R's", one.p99 / bare.p99, GOAL_P99_RATIO)
        table.note(f"{at}, {name}: of R by processor time", f"{bare.cpu / one.cpu:.2f}")


def main() -> None:
    """Measure and print."""
    table = Table("Pay page")
    with bench_firm() as firm:
        measure(firm, table)
    table.show()


if __name__ == "__main__":
    main()
