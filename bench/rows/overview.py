"""Receivables by age on the Overview: of 1,000,000 bills beside 10,000, on both databases."""

import time
from contextlib import ExitStack
from datetime import date
from functools import partial

from bench.harness.bills import add_bills, add_debtor
from bench.harness.firm import STRIPE, bench_firm
from bench.harness.postgres import postgresql
from bench.harness.rounds import least_seconds
from bench.harness.table import Table
from payments.billing.ageing import ageing
from portal.clients.access import NOTHING_CLOSED
from portal.core.db import Database

ROUNDS = 31
GOAL_MS = 150.0
FEW, MANY = 10_000, 1_000_000
DAY = date(2024, 1, 1)


def _filled(stack: ExitStack, url: str | None, bills: int) -> Database:
    from app import create_app

    firm = stack.enter_context(bench_firm(url))
    create_app(firm.settings(**STRIPE))
    owners = [add_debtor(firm, 0) for _ in range(5)]
    database = Database(firm.environ["DATABASE_URL"])
    stack.callback(database.dispose)
    add_bills(database.engine, firm, owners, bills)
    return database


def _seconds(database: Database, unpaid: int) -> float:
    began = time.perf_counter()
    with database.read() as session:
        bands = ageing(session, DAY, NOTHING_CLOSED)
    seconds = time.perf_counter() - began
    if sum(band.bills for band in bands) != unpaid:
        raise RuntimeError("the bands do not hold every unpaid bill")
    return seconds


def measure(table: Table, engine: str, databases: dict[int, Database]) -> None:
    """Both sizes in turn. Three bills of twenty are unpaid, and these are what is added up."""
    contenders = {
        str(bills): partial(_seconds, database, bills * 3 // 20)
        for bills, database in databases.items()
    }
    for once in contenders.values():
        once()
    for bills, seconds in least_seconds(contenders, ROUNDS).items():
        what = f"{engine}, {int(bills):,} bills, {int(bills) * 3 // 20:,} of them unpaid, ms"
        table.at_most(what, seconds * 1e3, GOAL_MS)


def main() -> None:
    """Measure and print."""
    table = Table("Receivables by age")
    with ExitStack() as stack:
        measure(table, "SQLite", {bills: _filled(stack, None, bills) for bills in (FEW, MANY)})
    with ExitStack() as stack:
        urls = {bills: stack.enter_context(postgresql()) for bills in (FEW, MANY)}
        filled = {bills: _filled(stack, url, bills) for bills, url in urls.items()}
        measure(table, "PostgreSQL", filled)
    table.show()


if __name__ == "__main__":
    main()
