"""`flask check-books` over 100,000 completed payments: one of the product's, and copies of it."""

import time
from contextlib import nullcontext
from typing import Any

from sqlalchemy import text, update

from bench.harness.authorized import pay
from bench.harness.firm import STRIPE, BenchFirm, bench_firm
from bench.harness.postgres import postgresql
from bench.harness.processor import use_at_once
from bench.harness.rounds import median_seconds
from bench.harness.table import Table

PAYMENTS = 100_000
ROUNDS = 3
GOAL_SECONDS = 5.0
NUMBERS = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :times)"
NAMED = "replace(one.{0}, (SELECT public_id FROM payment WHERE id = 1), 'p' || n)"


def _copies() -> dict[Any, dict[str, str]]:
    """The tables of a payment, and the columns in which its copies differ."""
    from sqlalchemy import func, select

    from payments.ledger.models import Transfer
    from payments.transactions.models import Payment, PaymentStep
    from portal.core import db
    from portal.outbox.models import Notice

    with db.read() as session:
        transfers = session.scalar(select(func.count()).select_from(Transfer))
    unique = ("public_id", "reference", "status_token", "nonce", "intent_id")
    return {
        Payment: dict.fromkeys(unique, "'p' || n"),
        PaymentStep: {"payment_id": "n + 1"},
        Transfer: {
            "once": NAMED.format("once"),
            "cause": NAMED.format("cause"),
            "pending_id": f"one.pending_id + {transfers} * n",
        },
        Notice: {"once": NAMED.format("once")},
    }


def _multiply(times: int) -> None:
    """Copies of the one completed payment with everything that hangs on it, in sets."""
    from payments.ledger.models import LedgerBalance
    from portal.core import db

    copies = _copies()
    with db.transaction() as session:
        for model, differs in copies.items():
            table = model.__table__
            columns = [column.name for column in table.columns if column.name != "id"]
            values = ", ".join(differs.get(name, f"one.{name}") for name in columns)
            statement = (
                f"INSERT INTO {table.name} ({', '.join(columns)}) {NUMBERS} "
                f"SELECT {values} FROM {table.name} one, n ORDER BY n, one.id"
            )
            session.execute(text(statement), {"times": times})
        session.execute(
            update(LedgerBalance).values(posted_cents=LedgerBalance.posted_cents * (times + 1))
        )
        session.execute(text("ANALYZE"))


def _check() -> float:
    from payments.transactions.checks import all_problems
    from portal.core import db

    began = time.perf_counter()
    with db.read() as session:
        found = all_problems(session)
    if found:
        raise RuntimeError(f"the copies are not true books: {found[0]}")
    return time.perf_counter() - began


def measure(table: Table, database: str, firm: BenchFirm) -> None:
    """The check on one kind of database."""
    from app import create_app
    from portal.core import db

    create_app(firm.settings(**STRIPE))
    use_at_once(available=True)
    pay(firm, 12_345)
    _multiply(PAYMENTS - 1)
    seconds = median_seconds({"check": _check}, ROUNDS)["check"]
    db.disconnect()
    what = f"{database}, check-books at {PAYMENTS:,} payments: seconds"
    table.at_most(what, seconds, GOAL_SECONDS, "{:.1f}")


def main() -> None:
    """Measure and print."""
    table = Table("The books' own check")
    for database, made in (("SQLite", nullcontext(None)), ("PostgreSQL", postgresql())):
        with made as url, bench_firm(url) as firm:
            measure(table, database, firm)
    table.show()


if __name__ == "__main__":
    main()
