"""Each filter of Transactions on many payments beside the same on few, first and middle page.

1,000,000 and 100,000 payments by default, 10,000,000 and 1,000,000 with `--full`.
"""

import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from bench.harness.firm import bench_firm
from bench.harness.options import full
from bench.harness.payments import REGULAR, REGULAR_EMAIL, add_payments, reference
from bench.harness.postgres import postgresql
from bench.harness.rounds import least_seconds
from bench.harness.table import Table
from payments.transactions.listing import Wanted, find
from payments.transactions.states import Status
from portal.clients.access import NOTHING_CLOSED
from portal.core.db import Database

ROUNDS = 31
GOAL = 1.2
FEW, MANY = 100_000, 1_000_000
# Either side of the middle payment, a minute apart: more than a page, more than is counted.
DATE_RANGE = timedelta(minutes=1_500)


@dataclass(frozen=True)
class Filled:
    """A firm with many payments, the filters to ask of it, and the id of its middle payment."""

    database: Database
    filters: dict[str, Wanted]
    middle: int


def _filled(stack: ExitStack, url: str | None, payments: int) -> Filled:
    firm = stack.enter_context(bench_firm(url))
    began = add_payments(firm.environ["DATABASE_URL"], firm.account_id, payments)
    middle = began + timedelta(minutes=payments // 2)
    date = Wanted(made_from=middle - DATE_RANGE, made_before=middle + DATE_RANGE)
    account = firm.account_id
    filters = {
        "no filter": Wanted(),
        "status": Wanted(status=Status.COMPLETED),
        "account": Wanted(bank_account_id=account),
        "status and account": Wanted(status=Status.AUTHORIZED, bank_account_id=account),
        "linked": Wanted(linked=True),
        "not linked": Wanted(linked=False),
        "date": date,
        "payer, email": Wanted(payer=REGULAR_EMAIL),
        "payer, name": Wanted(payer=REGULAR),
        "payer, many so named": Wanted(payer="Dana Whitfield 1"),
        "reference": Wanted(payer=reference(payments // 4)),
        "not linked, account": Wanted(linked=False, bank_account_id=account),
        "linked, payer": Wanted(linked=True, payer=REGULAR_EMAIL),
        "status, account, date": replace(date, status=Status.COMPLETED, bank_account_id=account),
    }
    database = Database(firm.environ["DATABASE_URL"])
    stack.callback(database.dispose)
    return Filled(database, filters, payments // 2)


def _seconds(filled: Filled, name: str, *, from_middle: bool) -> float:
    before = filled.middle if from_middle else None
    began = time.perf_counter()
    with filled.database.read() as session:
        found = find(session, filled.filters[name], NOTHING_CLOSED, before=before, after=None)
    seconds = time.perf_counter() - began
    if not found.page.rows:
        raise RuntimeError(f"{name} found nothing")
    return seconds


def measure(table: Table, database: str, small: Filled, large: Filled) -> None:
    """Every filter on both, in turn."""
    for name in small.filters:
        for page, from_middle in (("first page", False), ("middle page", True)):
            contenders = {
                "few": partial(_seconds, small, name, from_middle=from_middle),
                "many": partial(_seconds, large, name, from_middle=from_middle),
            }
            for once in contenders.values():
                once()
            found = least_seconds(contenders, ROUNDS)
            times = f"{found['few'] * 1e3:.1f} and {found['many'] * 1e3:.1f} ms"
            what = f"{database}, {name}, {page} ({times})"
            table.at_most(what, found["many"] / found["few"], GOAL)


def main() -> None:
    """Measure and print."""
    few, many = (MANY, MANY * 10) if full() else (FEW, MANY)
    table = Table(f"Transactions, filters ({many:,} payments beside {few:,})")
    with ExitStack() as stack:
        measure(table, "SQLite", _filled(stack, None, few), _filled(stack, None, many))
    with ExitStack() as stack:
        urls = [stack.enter_context(postgresql()) for _ in range(2)]
        small, large = (_filled(stack, url, n) for url, n in zip(urls, (few, many), strict=True))
        measure(table, "PostgreSQL", small, large)
    table.show()


if __name__ == "__main__":
    main()
