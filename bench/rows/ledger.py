"""Posting through the ledger's own functions beside raw SQL, one at a time and many at once."""

import time
from contextlib import nullcontext
from functools import partial
from itertools import count

from bench.harness.firm import BenchFirm, bench_firm
from bench.harness.postgres import postgresql
from bench.harness.raw import CENTS, Raw, insert_transfer, move_balances, two_accounts
from bench.harness.rounds import median_seconds
from bench.harness.table import Table
from payments.ledger.accounts import AccountKey
from payments.ledger.actions import Entry, transfer, transfer_all
from payments.ledger.models import AccountKind
from portal.core import clock, db

ROUNDS = 7
ALONE = 200
TOGETHER = 1_000
GOAL_RATIO = 0.3

_numbers = count(1)


def _entry(account_id: int) -> Entry:
    debit = AccountKey(AccountKind.PROCESSOR, account_id, "USD")
    credit = AccountKey(AccountKind.INCOME, account_id, "USD")
    once = f"bench:{next(_numbers)}"
    return Entry(once, "settled", debit, credit, CENTS, "bench", "bench")


def _alone(account_id: int) -> float:
    began = time.perf_counter()
    # The demo clock is read once a request or job, and not at all by a firm that is live.
    with clock.one_reading():
        for _ in range(ALONE):
            with db.transaction() as session:
                transfer(session, _entry(account_id))
    return time.perf_counter() - began


def _together(account_id: int) -> float:
    began = time.perf_counter()
    with clock.one_reading(), db.transaction() as session:
        transfer_all(session, [_entry(account_id) for _ in range(TOGETHER)])
    return time.perf_counter() - began


def _raw(raw: Raw, ids: tuple[int, int], postings: int, times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        transfers = [insert_transfer(ids) for _ in range(postings)]
        balances = [move for _ in range(postings) for move in move_balances(ids)]
        raw.transaction([*transfers, *balances])
    return time.perf_counter() - began


def measure(table: Table, database: str, firm: BenchFirm) -> None:
    """Both ways to post, on one kind of database."""
    url = firm.environ["DATABASE_URL"]
    db.connect(url)
    _alone(firm.account_id)
    raw = Raw(url)
    ids = two_accounts(raw)
    for what, product, postings, times in (
        ("one at a time", _alone, 1, ALONE),
        (f"{TOGETHER:,} at once", _together, TOGETHER, 1),
    ):
        found = median_seconds(
            {
                "raw SQL": partial(_raw, raw, ids, postings, times),
                "product": partial(product, firm.account_id),
            },
            ROUNDS,
        )
        at = f"{database}, {what}"
        for name, seconds in found.items():
            table.note(f"{at}, {name}", f"{postings * times / seconds:.0f}/s")
        table.at_least(f"{at}: of raw SQL", found["raw SQL"] / found["product"], GOAL_RATIO)
    raw.close()
    db.disconnect()


def main() -> None:
    """Measure and print."""
    table = Table("Ledger, postings")
    for database, made in (("SQLite", nullcontext(None)), ("PostgreSQL", postgresql())):
        with made as url, bench_firm(url) as firm:
            measure(table, database, firm)
    table.show()


if __name__ == "__main__":
    main()
