"""A real worker process with jobs of the tests' own: python -m tests.support.worker_process URL.

`RETAINER_TEST_LEASE_SECONDS` shortens its leases, so that a killed worker's jobs come back soon.
"""

import os
import sys
import time

from portal.core import audit, clock, db, demo_clock
from portal.core.jobs import queue, worker
from portal.core.jobs.handlers import HANDLERS, RECURRING
from portal.core.processes import run_worker_process


def note(text: str) -> None:
    """Leave a line that the test can read."""
    with db.transaction() as session:
        audit.record(session, f"worker:{os.getpid()}", "noted", text)


def slow(name: str, seconds: float) -> None:
    """Note the beginning, take its time, note the end."""
    note(f"{name} began")
    time.sleep(seconds)
    note(f"{name} ended")


def break_the_loop() -> None:
    """Have the next renewal of the leases fail, and with it the worker's loop."""

    def broken(*_: object) -> None:
        raise RuntimeError("the heart stood still")

    queue.renew = broken


def main(url: str) -> None:
    """Work on this database until told to stop."""
    HANDLERS.clear()
    RECURRING.clear()
    HANDLERS.update({"test.slow": slow, "test.note": note, "test.break": break_the_loop})
    lease = float(os.environ.get("RETAINER_TEST_LEASE_SECONDS", "60"))
    queue.LEASE_SECONDS, worker.RENEW_SECONDS = lease, lease / 4
    db.connect(url)
    clock.use_offset_from(demo_clock.read_offset)
    run_worker_process(worker.Worker())


if __name__ == "__main__":
    main(sys.argv[1])
