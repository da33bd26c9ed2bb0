"""From a burst of webhooks to true books: the product's web server and its worker, as they run.

1,000 payments are authorized; then their money becomes available and all their webhooks come at
once. The burst is over when every payment is Completed and the books' own check finds nothing.
"""

import json
import secrets
import sys
import time
from contextlib import ExitStack

from bench.harness.events import webhooks
from bench.harness.firm import STRIPE, BenchFirm, bench_firm
from bench.harness.processor import use_at_once
from bench.harness.servers import granian, running
from bench.harness.table import Table
from bench.rows.ledger import raw_connection, raw_posting

PAYMENTS = 1_000
GOAL_SECONDS = 15.0
GOAL_RATIO = 0.4
WAIT_SECONDS_MAX = 180.0
SECRET = STRIPE["STRIPE_WEBHOOK_SECRETS"]


def _authorize(firm: BenchFirm) -> list[str]:
    """Make the payments, each as a payer does; answers the names of their intents."""
    from sqlalchemy import select

    from payments.gateway.results import MethodKind
    from payments.transactions.actions import Attempt, carry_out, record_attempt
    from payments.transactions.models import Payment
    from portal.core import clock, db

    with clock.one_reading():
        for number in range(PAYMENTS):
            attempt = Attempt(
                nonce=secrets.token_urlsafe(18),
                bank_account_id=firm.account_id,
                account_link_id=None,
                amount_cents=10_000 + number,
                currency="USD",
                method=MethodKind.CARD,
                method_label="Visa •••• 4242",
                payer_name="Dana Whitfield",
                payer_email="dana@payer.test",
                paid_for="Lease review",
                payer_reference="",
                language="en_US",
                mandate_text=None,
                ip_address="192.0.2.10",
                user_agent="bench",
            )
            carry_out(record_attempt(attempt)[0], "ctoken_bench", None, "http://localhost/")
    with db.read() as session:
        return [intent or "" for intent in session.scalars(select(Payment.intent_id))]


def _idle() -> bool:
    from portal.core import clock, db
    from portal.core.jobs import queue

    with clock.one_reading(), db.read() as session:
        return not queue.any_due(session)


def _true() -> bool:
    from sqlalchemy import func, select

    from payments.transactions.checks import all_problems
    from payments.transactions.models import Payment
    from payments.transactions.states import Status
    from portal.core import db

    with db.read() as session:
        completed = select(func.count()).where(Payment.status == Status.COMPLETED)
        return session.scalar(completed) == PAYMENTS and not all_problems(session)


def _wait(until: float, *, for_true_books: bool) -> float:
    while time.monotonic() < until:
        if _true() if for_true_books else _idle():
            return time.monotonic()
        time.sleep(0.2)
    raise RuntimeError("the worker was too slow")


def _raw_seconds(firm: BenchFirm) -> float:
    """State, three postings and two balances in one raw transaction for each payment."""
    connection = raw_connection(firm.sqlite_file)
    connection.execute("CREATE TABLE raw_state (id INTEGER PRIMARY KEY, status TEXT NOT NULL)")
    accounts = connection.execute("SELECT id FROM ledger_account ORDER BY id LIMIT 2").fetchall()
    ids = (accounts[0][0], accounts[1][0])
    # The drill writes into books that nobody reads afterwards: floors and triggers stay on.
    began = time.perf_counter()
    for number in range(PAYMENTS):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO raw_state VALUES (?, 'completed')", (number,))
        postings = [raw_posting(ids) for _ in range(3)]
        for place, posting in enumerate(postings):
            for step, (statement, values) in enumerate(posting):
                if step == 0 or place == 0:
                    connection.execute(statement, values)
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return seconds


def _drained(firm: BenchFirm, table: Table) -> float:
    from app import create_app
    from portal.core import db
    from portal.outbox import sink

    with ExitStack() as stack:
        mail = stack.enter_context(sink.running(firm.var, sender="firm@firm.test"))
        reach = {"MAIL_SERVER": mail.server, "MAIL_PORT": str(mail.port), "MAIL_USE_TLS": "false"}
        settings = {**STRIPE, **reach}
        create_app(firm.settings(**settings))
        use_at_once(available=False)
        intents = _authorize(firm)
        given = {**firm.given(**settings), "at_once": "available"}
        web = stack.enter_context(granian("product", given))
        stack.enter_context(running(_worker_argv(), {"BENCH_GIVEN": json.dumps(given)}))
        _wait(time.monotonic() + WAIT_SECONDS_MAX, for_true_books=False)
        began = time.monotonic()
        answers = web.ask(webhooks(SECRET, intents), PAYMENTS, 8)
        taken = time.monotonic() - began
        if answers.statuses[200] != PAYMENTS:
            raise RuntimeError(f"the webhooks were answered {dict(answers.statuses)}")
        seconds = _wait(began + WAIT_SECONDS_MAX, for_true_books=True) - began
        db.disconnect()
    table.note("all taken", f"{taken:.1f} s")
    return seconds


def _worker_argv() -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "bench.harness.targets:product", "worker"]


def main() -> None:
    """Measure and print."""
    table = Table(f"Webhooks, a burst of {PAYMENTS:,} (SQLite)")
    with bench_firm() as firm:
        seconds = _drained(firm, table)
        table.at_most("seconds until the books are true", seconds, GOAL_SECONDS, "{:.1f}")
        raw = _raw_seconds(firm)
        table.note("raw transactions", f"{PAYMENTS / raw:.0f}/s")
        table.at_least("of raw transactions", raw / seconds, GOAL_RATIO)
    table.show()


if __name__ == "__main__":
    main()
