"""Reading balances at few and at many postings, and the recomputing check beside a raw scan.

100,000 postings by default, 1,000,000 with `--full`.
"""

import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.harness.firm import bench_firm
from bench.harness.options import full
from bench.harness.rounds import median_seconds
from bench.harness.table import Table

ROUNDS = 7
FEW = 1_000
ACCOUNTS = 200
READS = 50
CENTS = 100
GOAL_GROWTH = 1.1
GOAL_CHECK = 1.3
SCAN = (
    "SELECT account, SUM(cents) FROM (SELECT debit_id AS account, amount_cents AS cents"
    " FROM ledger_transfer UNION ALL SELECT credit_id, amount_cents FROM ledger_transfer)"
    " GROUP BY account"
)


def _post(file: Path, bank_account_id: int, postings: int) -> None:
    """Fill the books: fees paid out of the processor's balance, spread over many clients."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA synchronous = OFF")
    with connection:
        for number in range(ACCOUNTS + 1):
            kind = "processor" if number == 0 else "client_credit"
            key = f"{bank_account_id}:{kind}" + (f":c{number}" if number else "")
            connection.execute(
                "INSERT INTO ledger_account (id, key, kind, currency, bank_account_id, client_id)"
                " VALUES (?, ?, ?, 'USD', ?, ?)",
                (number + 1, key, kind, bank_account_id, number or None),
            )
        connection.executemany(
            "INSERT INTO ledger_transfer (once, state, situation, debit_id, credit_id,"
            " amount_cents, cause, actor, reason, at) VALUES (?, 'posted', 'settled', 1, ?, ?,"
            " 'bench', 'bench', '', '2026-01-01 00:00:00.000000')",
            ((f"bench:{n}", 2 + n % ACCOUNTS, CENTS) for n in range(postings)),
        )
        connection.execute(
            "INSERT INTO ledger_balance"
            " SELECT id, kind = 'client_credit', (SELECT COALESCE(SUM(amount_cents), 0)"
            " FROM ledger_transfer WHERE debit_id = a.id OR credit_id = a.id), 0, 0"
            " FROM ledger_account a"
        )
    connection.execute("ANALYZE")
    connection.close()


def _read(bank_account_id: int) -> float:
    from payments.ledger.accounts import AccountKey
    from payments.ledger.models import AccountKind
    from payments.ledger.queries import balance
    from portal.core import db

    began = time.perf_counter()
    with db.read() as session:
        for client in range(1, READS + 1):
            balance(session, AccountKey(AccountKind.CLIENT_CREDIT, bank_account_id, "USD", client))
    return time.perf_counter() - began


def _check() -> float:
    from payments.ledger.queries import recompute
    from portal.core import db

    began = time.perf_counter()
    with db.read() as session:
        wrong = [key for key, kept, summed in recompute(session) if kept != summed]
    if wrong:
        raise RuntimeError(f"the check found {wrong}")
    return time.perf_counter() - began


def _scan(file: Path) -> float:
    connection = sqlite3.connect(file)
    began = time.perf_counter()
    connection.execute(SCAN).fetchall()
    seconds = time.perf_counter() - began
    connection.close()
    return seconds


def _measured(postings: int, *, checked: bool) -> dict[str, float]:
    from portal.core import db

    with bench_firm() as firm:
        _post(firm.sqlite_file, firm.account_id, postings)
        db.connect(firm.environ["DATABASE_URL"])
        work: dict[str, Callable[[], float]] = {"read": partial(_read, firm.account_id)}
        if checked:
            work |= {"check": _check, "scan": partial(_scan, firm.sqlite_file)}
        for once in work.values():
            once()
        found = median_seconds(work, ROUNDS)
        db.disconnect()
    return found


def main() -> None:
    """Measure and print."""
    many = 1_000_000 if full() else 100_000
    table = Table(f"Balances (SQLite, {FEW:,} and {many:,} postings)")
    few, most = _measured(FEW, checked=False), _measured(many, checked=True)
    for name, found in ((f"{FEW:,}", few), (f"{many:,}", most)):
        table.note(f"one balance at {name}", f"{found['read'] / READS * 1e6:.0f} µs")
    table.at_most("read: many of few", most["read"] / few["read"], GOAL_GROWTH)
    table.note("check, equal to the cent", f"{most['check'] * 1_000:.0f} ms")
    table.note("raw scan", f"{most['scan'] * 1_000:.0f} ms")
    table.at_most("check: of the raw scan", most["check"] / most["scan"], GOAL_CHECK)
    table.show()


if __name__ == "__main__":
    main()
