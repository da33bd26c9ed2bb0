"""Posting through the ledger's own function beside raw SQL, one at a time and many at once."""

import sqlite3
import time
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

from bench.harness.firm import bench_firm
from bench.harness.rounds import median_seconds
from bench.harness.table import Table

ROUNDS = 7
ALONE = 200
TOGETHER = 1_000
GOAL_RATIO = 0.3
CENTS = 125

_numbers = count(1)


def _product(account_id: int, postings: int, transactions: int) -> float:
    from payments.ledger.accounts import AccountKey
    from payments.ledger.actions import Entry, transfer
    from payments.ledger.models import AccountKind
    from portal.core import clock, db

    debit = AccountKey(AccountKind.PROCESSOR, account_id, "USD")
    credit = AccountKey(AccountKind.INCOME, account_id, "USD")
    began = time.perf_counter()
    for _ in range(transactions):
        with clock.one_reading(), db.transaction() as session:
            for _ in range(postings):
                once = f"bench:{next(_numbers)}"
                transfer(session, Entry(once, "settled", debit, credit, CENTS, "bench", "bench"))
    return time.perf_counter() - began


def _raw(connection: sqlite3.Connection, ids: tuple[int, int], postings: int, times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(postings):
            for statement, values in raw_posting(ids):
                connection.execute(statement, values)
        connection.execute("COMMIT")
    return time.perf_counter() - began


def raw_posting(ids: tuple[int, int]) -> Iterator[tuple[str, tuple[object, ...]]]:
    """One transfer and its two kept balances, in SQL."""
    yield (
        "INSERT INTO ledger_transfer (once, state, situation, debit_id, credit_id, amount_cents,"
        " cause, actor, reason, at) VALUES (?, 'posted', 'settled', ?, ?, ?, 'bench', 'bench', '',"
        " '2026-01-01 00:00:00.000000')",
        (f"raw:{next(_numbers)}", *ids, CENTS),
    )
    for account in ids:
        yield (
            "UPDATE ledger_balance SET posted_cents = posted_cents + ? WHERE account_id = ?",
            (CENTS, account),
        )


def raw_connection(file: Path) -> sqlite3.Connection:
    """As durable as the product's own."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def main() -> None:
    """Measure and print."""
    from portal.core import db

    table = Table("Ledger, postings (SQLite)")
    with bench_firm() as firm:
        db.connect(firm.environ["DATABASE_URL"])
        _product(firm.account_id, 1, 1)
        connection = raw_connection(firm.sqlite_file)
        first, second = connection.execute("SELECT id FROM ledger_account ORDER BY id").fetchall()
        ids = (first[0], second[0])
        for what, postings, times in (("one at a time", 1, ALONE), ("1,000 at once", TOGETHER, 1)):
            found = median_seconds(
                {
                    "raw SQL": partial(_raw, connection, ids, postings, times),
                    "product": partial(_product, firm.account_id, postings, times),
                },
                ROUNDS,
            )
            for name, seconds in found.items():
                table.note(f"{what}, {name}", f"{postings * times / seconds:.0f}/s")
            table.at_least(f"{what}: of raw SQL", found["raw SQL"] / found["product"], GOAL_RATIO)
        connection.close()
        db.disconnect()
    table.show()


if __name__ == "__main__":
    main()
