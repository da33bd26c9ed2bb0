"""The product's worker as a process of its own, which a test kills: it sends to the SMTP server at
a port of this machine. python -m tests.support.notice_worker DATABASE_URL VAR PORT [THREADS].

Its leases are short, so that a killed worker's jobs come back soon.
"""

import sys
from pathlib import Path

from portal.core.config import Settings
from portal.core.jobs import queue, worker
from portal.core.processes import run_worker_process
from portal.outbox import smtp
from tests.portal.outbox.mail_server import at_port

LEASE_SECONDS = 2.0


def main(url: str, var: str, port: str, threads: str = str(worker.THREADS)) -> None:
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
    smtp.use(smtp.MailServer(at_port(int(port))))
    queue.LEASE_SECONDS, worker.RENEW_SECONDS = LEASE_SECONDS, LEASE_SECONDS / 4
    run_worker_process(worker.Worker(app.app_context, int(threads)))


if __name__ == "__main__":
    main(*sys.argv[1:])
