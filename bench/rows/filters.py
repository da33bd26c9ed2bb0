"""Each filter of Transactions on many payments beside the same on few, first and middle page.

1,000,000 and 10,000 payments by default, 10,000,000 and 1,000,000 with `--full`.
"""

import time
from datetime import timedelta
from functools import partial
from statistics import median

from bench.harness.firm import bench_firm
from bench.harness.options import full
from bench.harness.payments import PAYERS, add_payments
from bench.harness.table import Table
from payments.transactions.listing import Wanted, find
from payments.transactions.states import Status
from portal.core import clock, db

ROUNDS = 15
GOAL = 1.2
FEW, MANY = 10_000, 1_000_000


def _filters(account_id: int) -> dict[str, Wanted]:
    day = clock.wall_time() - timedelta(days=2)
    return {
        "no filter": Wanted(),
        "status": Wanted(status=Status.COMPLETED),
        "account": Wanted(bank_account_id=account_id),
        "date": Wanted(made_from=day - timedelta(days=3), made_before=day),
        "payer": Wanted(payer=f"payer{PAYERS // 2}@payers.test"),
    }


def _milliseconds(wanted: Wanted, before: int | None) -> float:
    began = time.perf_counter()
    with db.read() as session:
        find(session, wanted, before=before, after=None)
    return (time.perf_counter() - began) * 1_000


def _measured(payments: int) -> dict[str, float]:
    with bench_firm() as firm:
        add_payments(firm.sqlite_file, firm.account_id, payments)
        db.connect(firm.environ["DATABASE_URL"])
        found: dict[str, float] = {}
        for name, wanted in _filters(firm.account_id).items():
            for page, before in (("first page", None), ("middle page", payments // 2)):
                once = partial(_milliseconds, wanted, before)
                once()
                found[f"{name}, {page}"] = median(once() for _ in range(ROUNDS))
        db.disconnect()
    return found


def main() -> None:
    """Measure and print."""
    few, many = (MANY, MANY * 10) if full() else (FEW, MANY)
    table = Table(f"Transactions, filters (SQLite, {many:,} payments beside {few:,})")
    small, large = _measured(few), _measured(many)
    for name, milliseconds in large.items():
        table.note(f"{name}", f"{small[name]:.2f} ms, {milliseconds:.2f} ms")
        table.at_most(f"{name}: many of few", milliseconds / small[name], GOAL)
    table.show()


if __name__ == "__main__":
    main()
