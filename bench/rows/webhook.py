"""Accepting webhooks beside a signature check with one durable INSERT, on both databases."""

from contextlib import nullcontext

from bench.harness.events import made_up_intents, webhooks
from bench.harness.firm import STRIPE, bench_firm
from bench.harness.load import Answers
from bench.harness.postgres import postgresql
from bench.harness.rounds import interleaved, told
from bench.harness.servers import Server, granian
from bench.harness.table import Table

ROUNDS = 7
COUNT = {1: 150, 8: 300}
GOAL_RATIO = 0.7
GOAL_P99_MS = 50.0
SECRET = STRIPE["STRIPE_WEBHOOK_SECRETS"]


def _burst(server: Server, connections: int) -> Answers:
    count = COUNT[connections]
    return server.ask(webhooks(SECRET, made_up_intents(count)), count, connections)


def measure(table: Table, database: str, url: str | None) -> None:
    """The product and the bare app on one kind of database."""
    with bench_firm(url) as firm:
        given = firm.given(**STRIPE)
        address = firm.environ["DATABASE_URL"]
        with (
            granian("bare_webhook", {"database": address, "secret": SECRET}) as bare,
            granian("product", given) as product,
        ):
            servers = {"bare": bare, "product": product}
            for connections in COUNT:
                for server in servers.values():
                    _burst(server, connections)
                found = interleaved(
                    {
                        name: (lambda server=server, n=connections: _burst(server, n))
                        for name, server in servers.items()
                    },
                    ROUNDS,
                )
                at = f"{database}, {connections} connection{'s' if connections > 1 else ''}"
                for name, one in found.items():
                    table.note(f"{at}, {name}", told(one))
                ratio = found["product"].per_second / found["bare"].per_second
                table.at_least(f"{at}: of the bare one", ratio, GOAL_RATIO)
                if connections == 8:
                    table.at_most(f"{at}: p99 in ms", found["product"].p99, GOAL_P99_MS, "{:.1f}")


def main() -> None:
    """Measure and print."""
    table = Table("Webhooks, accepting")
    for database, made in (("SQLite", nullcontext(None)), ("PostgreSQL", postgresql())):
        with made as url:
            measure(table, database, url)
    table.show()


if __name__ == "__main__":
    main()
