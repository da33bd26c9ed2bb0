"""The product's worker as a process of its own, which a test kills while it charges plans.
python -m tests.support.plan_worker DATABASE_URL VAR.

Its leases are short, so that a killed worker's jobs come back soon; its mail goes nowhere.
"""

import sys
from email.message import EmailMessage
from pathlib import Path

from portal.core.config import Settings
from portal.core.jobs import queue, worker
from portal.core.processes import run_worker_process
from portal.outbox import smtp

LEASE_SECONDS = 3.0


class Nowhere(smtp.MailServer):
    """Takes every email."""

    def __init__(self) -> None:
        """It connects to nobody."""

    def send(self, message: EmailMessage) -> str:
        """Yes."""
        return "250 OK"


def main(url: str, var: str) -> None:
    """Work on this database until killed."""
    from app import create_app

    settings = Settings(
        secret_key="only-for-tests-" + "x" * 32,
        base_url="http://localhost:8000",
        database_url=url,
        var=Path(var),
        redis_url=None,
        mail=None,
        stripe=None,
    )
    app = create_app(settings)
    smtp.use(Nowhere())
    queue.LEASE_SECONDS, worker.RENEW_SECONDS = LEASE_SECONDS, LEASE_SECONDS / 4
    run_worker_process(worker.Worker(app.app_context))


if __name__ == "__main__":
    main(*sys.argv[1:])
