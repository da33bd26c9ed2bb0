"""Linking a payment to a client and applying it to 200 open bills, all in one transaction.

Beside as much in plain SQL; and for a client with 10,000 paid bills beside one with ten.
"""

import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

from sqlalchemy import create_engine

from bench.harness.authorized import pay
from bench.harness.bills import CENTS, Debtor, add_debtor, add_paid_bills
from bench.harness.firm import STRIPE, BenchFirm, bench_firm
from bench.harness.postgres import postgresql
from bench.harness.processor import use_at_once
from bench.harness.raw import Raw
from bench.harness.raw_link import raw_link
from bench.harness.rounds import least_seconds, median_seconds
from bench.harness.table import Table

ROUNDS = 5
OPEN_BILLS = 200
FEW, MANY = 10, 10_000
GOAL_GROWTH = 1.2
GOAL_RATIOS = {"SQLite": 0.3, "PostgreSQL": 0.5}


@dataclass(frozen=True)
class Waiting:
    """A completed payment of what a client owes, waiting for **Link**."""

    debtor: Debtor
    payment_id: int
    public_id: str


def _waiting(firm: BenchFirm) -> Waiting:
    from payments.transactions.queries import by_id
    from portal.core import db

    debtor = add_debtor(firm, OPEN_BILLS)
    payment_id = pay(firm, OPEN_BILLS * CENTS)
    with db.read() as session:
        return Waiting(debtor, payment_id, by_id(session, payment_id).public_id)


def _linked(waiting: Iterator[Waiting]) -> float:
    from payments.transactions.linking import link, target
    from portal.clients.access import NOTHING_CLOSED
    from portal.core import clock, db

    one = next(waiting)
    began = time.perf_counter()
    with clock.one_reading(), db.transaction() as session:
        to = target(session, f"contact:{one.debtor.public_id}", NOTHING_CLOSED)
        receipt = link(session, one.public_id, to, apply=True, expected=None, by="bench")
    seconds = time.perf_counter() - began
    if receipt.applied_cents != OPEN_BILLS * CENTS:
        raise RuntimeError(f"{receipt.applied_cents} cents were applied")
    return seconds


def _previewed(waiting: Waiting) -> float:
    from payments.transactions.linking import preview, target
    from payments.transactions.queries import by_id
    from portal.clients.access import NOTHING_CLOSED
    from portal.core import db

    began = time.perf_counter()
    with db.read() as session:
        to = target(session, f"contact:{waiting.debtor.public_id}", NOTHING_CLOSED)
        preview(session, by_id(session, waiting.payment_id), to, apply=True)
    return time.perf_counter() - began


def _raw(raw: Raw, waiting: Iterator[Waiting]) -> float:
    one = next(waiting)
    began = time.perf_counter()
    raw_link(raw, one.payment_id, one.debtor)
    return time.perf_counter() - began


def measure(table: Table, database: str, firm: BenchFirm) -> None:
    """Product and plain SQL, few and many paid bills, on one kind of database."""
    from app import create_app
    from portal.core import db

    create_app(firm.settings(**STRIPE))
    use_at_once(available=True)
    # Each round needs a client whose bills are open, and one more goes first to warm up.
    few, many, plain = ([_waiting(firm) for _ in range(ROUNDS + 1)] for _ in range(3))
    url = firm.environ["DATABASE_URL"]
    engine = create_engine(url)
    paid = {one.debtor: MANY if one in many else FEW for one in (*few, *many, *plain)}
    add_paid_bills(engine, firm, paid)
    engine.dispose()
    previewing = {"few": partial(_previewed, few[-1]), "many": partial(_previewed, many[-1])}
    for once in previewing.values():
        once()
    previewed = least_seconds(previewing, ROUNDS)
    raw = Raw(url)
    contenders = {
        "raw SQL": partial(_raw, raw, iter(plain)),
        "few": partial(_linked, iter(few)),
        "many": partial(_linked, iter(many)),
    }
    for once in contenders.values():
        once()
    found = median_seconds(contenders, ROUNDS)
    raw.close()
    db.disconnect()
    _tell(table, database, found, previewed)


def _tell(
    table: Table, database: str, found: dict[str, float], previewed: dict[str, float]
) -> None:
    for name, what in (("raw SQL", ""), ("few", f", {FEW} paid"), ("many", f", {MANY:,} paid")):
        table.note(f"{database}, {name.split()[0]}{what}", f"{found[name] * 1e3:.1f} ms")
    ratio = found["raw SQL"] / found["few"]
    table.at_least(f"{database}: of raw SQL", ratio, GOAL_RATIOS[database])
    table.at_most(f"{database}: many paid of few", found["many"] / found["few"], GOAL_GROWTH)
    ratio = previewed["many"] / previewed["few"]
    times = f"{previewed['few'] * 1e3:.1f} and {previewed['many'] * 1e3:.1f} ms"
    table.at_most(f"{database}: the preview, many paid of few ({times})", ratio, GOAL_GROWTH)


def main() -> None:
    """Measure and print."""
    table = Table(f"Link and apply to {OPEN_BILLS} open bills")
    for database, made in (("SQLite", nullcontext(None)), ("PostgreSQL", postgresql())):
        with made as url, bench_firm(url) as firm:
            measure(table, database, firm)
    table.show()


if __name__ == "__main__":
    main()
