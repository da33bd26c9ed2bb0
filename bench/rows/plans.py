"""Payment plans that all fall due on one day: how long until each is charged.

The goal is 10,000 within ten minutes on this machine. Fewer are made and charged, and the time is
counted up to 10,000: each is charged by a job of its own, so it grows with their number.
"""

import time
from datetime import timedelta

from sqlalchemy import func, select

from bench.harness.firm import SANDBOX, BenchFirm, bench_firm
from bench.harness.mail import near
from bench.harness.options import full
from bench.harness.plans import add_plan
from bench.harness.table import Table
from bench.rows.bulk_send import worker
from payments.transactions.models import Origin, Payment
from payments.transactions.states import Status
from portal.core.db import Database

PLANS = 1_000 if full() else 200
GOAL_PLANS, GOAL_MINUTES = 10_000, 10.0
SECONDS_MAX = 3_600


def furnish(firm: BenchFirm) -> None:
    """So many plans that start tomorrow, and everything else that is owed now done."""
    from app import create_app
    from payments.methods.standing import today
    from portal.core import db

    app = create_app(firm.settings(**SANDBOX))
    with app.app_context():
        with db.read() as session:
            starts_on = today(session) + timedelta(days=1)
        for _ in range(PLANS):
            add_plan(firm, starts_on)
    db.disconnect()


def go_to_their_day(firm: BenchFirm) -> None:
    """Advance the demo clock past nine in the morning of the day that all are due on."""
    from app import create_app
    from portal.core import db, demo_clock

    create_app(firm.settings(**SANDBOX))
    with db.transaction() as session:
        demo_clock.advance(session, timedelta(hours=40))
    db.disconnect()


def until_charged(database: Database, plans: int) -> None:
    """Until the processor has taken on so many."""
    until = time.monotonic() + SECONDS_MAX
    taken = Payment.status.in_([Status.AUTHORIZED, Status.COMPLETED])
    counted = select(func.count()).where(Payment.origin == Origin.PLAN, taken)
    while time.monotonic() < until:
        with database.read() as session:
            if (session.scalar(counted) or 0) >= plans:
                return
        time.sleep(0.2)
    raise TimeoutError(f"{plans} plans were not charged in {SECONDS_MAX} s")


def main() -> None:
    """Measure and print."""
    table = Table("Payment plans")
    with bench_firm() as firm, near() as host:
        furnish(firm)
        database = Database(firm.environ["DATABASE_URL"])
        go_to_their_day(firm)
        with worker(firm, host):
            until_charged(database, 1)
            began = time.perf_counter()
            until_charged(database, PLANS)
            seconds = time.perf_counter() - began
        database.dispose()
    minutes = seconds / PLANS * GOAL_PLANS / 60
    table.note(f"{PLANS:,} plans due on one day, in seconds", f"{seconds:.1f}")
    table.at_most(f"counted up to {GOAL_PLANS:,}, in minutes", minutes, GOAL_MINUTES, "{:.1f}")
    table.show()


if __name__ == "__main__":
    main()
