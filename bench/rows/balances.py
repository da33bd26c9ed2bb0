"""Reading balances at few and at many postings, and the recomputing check beside a raw scan."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from sqlalchemy import create_engine

from bench.harness.bulk import fill
from bench.harness.firm import bench_firm
from bench.harness.postgres import postgresql
from bench.harness.raw import Raw
from bench.harness.rounds import least_seconds, median_seconds
from bench.harness.table import Table
from payments.ledger.accounts import AccountKey
from payments.ledger.models import AccountKind, LedgerAccount, LedgerBalance, Transfer
from payments.ledger.queries import balance, recompute
from portal.core.db import Database

READ_ROUNDS, CHECK_ROUNDS = 21, 5
FEW, MANY = 1_000, 1_000_000
ACCOUNTS = 200
CENTS = 100
GOAL_GROWTH = 1.1
GOAL_CHECK = 1.3
SCAN = (
    "SELECT account, SUM(cents) FROM (SELECT debit_id AS account, amount_cents AS cents"
    " FROM ledger_transfer UNION ALL SELECT credit_id, amount_cents FROM ledger_transfer) AS legs"
    " GROUP BY account"
)
POSTED = {"state": "posted", "situation": "settled", "cause": "bench", "actor": "bench"}
POSTED |= {"reason": "", "at": "2026-01-01 00:00:00.000000"}


@dataclass(frozen=True)
class Books:
    """Books with many postings, open for reading."""

    database: Database
    bank_account_id: int


def _books(stack: ExitStack, url: str | None, postings: int) -> Books:
    """Fees paid out of the processor's balance, spread over many clients."""
    firm = stack.enter_context(bench_firm(url))
    url, bank = firm.environ["DATABASE_URL"], firm.account_id
    engine = create_engine(url)
    accounts = [(1, f"{bank}:processor", "processor", "USD", bank, None)]
    accounts += [
        (client + 1, f"{bank}:client_credit:c{client}", "client_credit", "USD", bank, client)
        for client in range(1, ACCOUNTS + 1)
    ]
    columns = ("id", "key", "kind", "currency", "bank_account_id", "client_id")
    fill(engine, LedgerAccount.__table__, columns, accounts)
    columns = ("once", "debit_id", "credit_id", "amount_cents", *POSTED)
    fixed = tuple(POSTED.values())
    rows = ((f"bench:{n:08d}", 1, 2 + n % ACCOUNTS, CENTS, *fixed) for n in range(postings))
    fill(engine, Transfer.__table__, columns, rows)
    each = [(2 + n, True, len(range(n, postings, ACCOUNTS)) * CENTS) for n in range(ACCOUNTS)]
    kept = [(*one, 0, 0) for one in [(1, False, postings * CENTS), *each]]
    columns = ("account_id", "floored", "posted_cents", "pending_cents", "held_cents")
    fill(engine, LedgerBalance.__table__, columns, kept)
    engine.dispose()
    database = Database(url)
    stack.callback(database.dispose)
    return Books(database, bank)


def _read(books: Books) -> float:
    bank = books.bank_account_id
    began = time.perf_counter()
    with books.database.read() as session:
        for client in range(1, ACCOUNTS + 1):
            balance(session, AccountKey(AccountKind.CLIENT_CREDIT, bank, "USD", client))
    return time.perf_counter() - began


def _check(books: Books) -> float:
    began = time.perf_counter()
    with books.database.read() as session:
        wrong = [key for key, kept, summed in recompute(session) if kept != summed]
    if wrong:
        raise RuntimeError(f"the check found {wrong}")
    return time.perf_counter() - began


def _scan(books: Books) -> float:
    raw = Raw(books.database.url.render_as_string(hide_password=False))
    began = time.perf_counter()
    raw.execute(SCAN).fetchall()
    seconds = time.perf_counter() - began
    raw.close()
    return seconds


def measure(table: Table, name: str, few: Books, many: Books) -> None:
    """Reading and checking on one kind of database."""
    reading = {"few": partial(_read, few), "many": partial(_read, many)}
    for once in reading.values():
        once()
    found = least_seconds(reading, READ_ROUNDS)
    for size, seconds in found.items():
        table.note(f"{name}, one balance of {size}", f"{seconds / ACCOUNTS * 1e6:.0f} µs")
    table.at_most(f"{name}, read: many of few", found["many"] / found["few"], GOAL_GROWTH)
    checking = {"check": partial(_check, many), "scan": partial(_scan, many)}
    found = median_seconds(checking, CHECK_ROUNDS)
    table.note(f"{name}, check, equal to the cent", f"{found['check'] * 1_000:.0f} ms")
    table.note(f"{name}, raw scan", f"{found['scan'] * 1_000:.0f} ms")
    table.at_most(f"{name}, check: of the raw scan", found["check"] / found["scan"], GOAL_CHECK)


def main() -> None:
    """Measure and print."""
    table = Table(f"Balances ({FEW:,} and {MANY:,} postings)")
    with ExitStack() as stack:
        measure(table, "SQLite", _books(stack, None, FEW), _books(stack, None, MANY))
    with ExitStack() as stack:
        urls = [stack.enter_context(postgresql()) for _ in range(2)]
        few, many = (_books(stack, url, n) for url, n in zip(urls, (FEW, MANY), strict=True))
        measure(table, "PostgreSQL", few, many)
    table.show()


if __name__ == "__main__":
    main()
