"""From webhooks to true books: the product's web server and its worker, as they run.

The burst: 1,000 payments are authorized; then their money becomes available and all their webhooks
come at once. It is over when every payment is Completed and the books' own check finds nothing.
The drain: the same again, but the worker is stopped until all webhooks are taken, so that it has
the machine to itself; its pace is held against as much raw SQL in one transaction a payment.
"""

import json
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from functools import partial

from bench.harness.authorized import authorize, books_are_true, completed_within
from bench.harness.events import webhooks
from bench.harness.firm import STRIPE, BenchFirm, bench_firm
from bench.harness.postgres import postgresql
from bench.harness.processor import use_at_once
from bench.harness.raw import Raw, insert_transfer, move_balances, two_accounts
from bench.harness.servers import Server, granian, running
from bench.harness.table import Table

PAYMENTS = 1_000
CONNECTIONS = 8
GOAL_SECONDS = 15.0
GOAL_RATIO = 0.4
WAIT_SECONDS_MAX = 180.0
SECRET = STRIPE["STRIPE_WEBHOOK_SECRETS"]
WORKER = [sys.executable, "-m", "flask", "--app", "bench.harness.targets:product", "worker"]

Given = dict[str, object]


@contextmanager
def _settings(firm: BenchFirm) -> Generator[Given]:
    """What web and worker are started with: a mail server, and a processor with the money there.

    This process uses the same firm, with a processor whose money comes in two days.
    """
    from app import create_app
    from portal.core import db
    from portal.outbox import sink

    with sink.running(firm.var, sender="firm@firm.test") as mail:
        reach = {"MAIL_SERVER": mail.server, "MAIL_PORT": str(mail.port), "MAIL_USE_TLS": "false"}
        settings = {**STRIPE, **reach}
        create_app(firm.settings(**settings))
        use_at_once(available=False)
        yield {**firm.given(**settings), "at_once": "available"}
        db.disconnect()


def _put_off() -> None:
    """Nobody waits here for what is owed so far: the emails about the authorizing."""
    from sqlalchemy import update

    from portal.core import clock, db
    from portal.core.jobs.models import Job, JobState

    with db.transaction() as session:
        tomorrow = clock.now() + timedelta(days=1)
        session.execute(update(Job).where(Job.state == JobState.OWED).values(due_at=tomorrow))


def _worker_waits() -> bool:
    """Whether the worker is up, and through with what it does at its start."""
    from portal.core import clock, db
    from portal.core.jobs import queue

    with clock.one_reading(), db.read() as session:
        return queue.last_heartbeat(session) is not None and not queue.any_due(session)


def _wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT_SECONDS_MAX
    while not what():
        if time.monotonic() > until:
            raise RuntimeError("the worker was too slow")
        time.sleep(0.2)


@contextmanager
def _worker(given: Given) -> Generator[None]:
    with running(WORKER, {"BENCH_GIVEN": json.dumps(given)}):
        yield


def _send(web: Server, intents: list[str]) -> float:
    """All their webhooks; answers the seconds until all were taken."""
    answers = web.ask(webhooks(SECRET, intents), PAYMENTS, CONNECTIONS)
    if answers.statuses[200] != PAYMENTS:
        raise RuntimeError(f"the webhooks were answered {dict(answers.statuses)}")
    return answers.seconds


def _burst(firm: BenchFirm, web: Server, given: Given) -> tuple[float, float]:
    """Seconds until all were taken, and until the books were true."""
    intents = authorize(firm, PAYMENTS)
    _put_off()
    with _worker(given):
        _wait_for(_worker_waits)
        began = time.monotonic()
        taken = _send(web, intents)
        _wait_for(partial(books_are_true, PAYMENTS))
        return taken, time.monotonic() - began


def _drain(firm: BenchFirm, web: Server, given: Given) -> float:
    """Seconds from the first to the last payment Completed, once all webhooks were taken."""
    intents = authorize(firm, PAYMENTS)
    _put_off()
    _send(web, intents)
    with _worker(given):
        _wait_for(partial(books_are_true, PAYMENTS * 2))
    return completed_within(PAYMENTS).total_seconds()


def _raw_seconds(url: str) -> float:
    """State, three postings and two balances in one raw transaction for each payment."""
    raw = Raw(url)
    raw.execute("CREATE TABLE raw_state (id INTEGER PRIMARY KEY, status TEXT NOT NULL)")
    ids = two_accounts(raw)
    # The drill writes into books that nobody reads afterwards: floors and triggers stay on.
    began = time.perf_counter()
    for number in range(PAYMENTS):
        state = ("INSERT INTO raw_state VALUES (?, 'completed')", (number,))
        postings = [insert_transfer(ids) for _ in range(3)]
        raw.transaction([state, *postings, *move_balances(ids)])
    seconds = time.perf_counter() - began
    raw.close()
    return seconds


def measure(table: Table, database: str, firm: BenchFirm) -> None:
    """The burst and the drain on one kind of database."""
    with _settings(firm) as given, granian("product", given) as web:
        taken, seconds = _burst(firm, web, given)
        drained = _drain(firm, web, given)
    raw = _raw_seconds(firm.environ["DATABASE_URL"])
    table.note(f"{database}, burst: all taken after", f"{taken:.1f} s")
    what = f"{database}, burst: seconds until the books are true"
    table.at_most(what, seconds, GOAL_SECONDS, "{:.1f}")
    table.note(f"{database}, drain", f"{PAYMENTS / drained:.0f}/s")
    table.note(f"{database}, raw transactions", f"{PAYMENTS / raw:.0f}/s")
    table.at_least(f"{database}, drain: of raw transactions", raw / drained, GOAL_RATIO)


def main() -> None:
    """Measure and print."""
    table = Table(f"Webhooks, {PAYMENTS:,} to true books")
    for database, made in (("SQLite", nullcontext(None)), ("PostgreSQL", postgresql())):
        with made as url, bench_firm(url) as firm:
            measure(table, database, firm)
    table.show()


if __name__ == "__main__":
    main()
