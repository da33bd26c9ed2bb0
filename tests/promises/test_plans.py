"""Plans that fall due on one day are all charged, each once, though workers are killed (P9).

Two workers at once on PostgreSQL, killed (kill -9) over and over in the middle of charging.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from payments.sandbox.current import sandbox
from payments.transactions.models import Origin, Payment
from payments.transactions.states import Status
from portal.core import db, demo_clock
from portal.core.config import Settings
from tests.factories.many_plans import EACH_CENTS, client_with_plan
from tests.factories.payments import books_problems
from tests.factories.plans import PlanDesk, open_plan_desk
from tests.factories.processor import charges
from tests.support.cast import Cast
from tests.support.source import ROOT

PLANS = int(os.environ.get("RETAINER_TEST_PLANS", "60"))
KILLS = int(os.environ.get("RETAINER_TEST_KILLS", "6"))
WORKERS = 2
SECONDS_MAX = 240 + PLANS


class Workers:
    """Two worker processes, one of which is killed now and then and comes back."""

    def __init__(self, settings: Settings) -> None:
        arguments = [settings.database_url, str(settings.var)]
        self._command = [sys.executable, "-m", "tests.support.plan_worker", *arguments]
        self._processes: list[subprocess.Popen[bytes] | None] = [None] * WORKERS
        self._luck = random.Random(20261122)
        self.kills = 0

    def keep_alive(self) -> None:
        """Start those that are dead."""
        for nth, process in enumerate(self._processes):
            if process is None or process.poll() is not None:
                self._processes[nth] = subprocess.Popen(
                    self._command, cwd=ROOT, stdin=subprocess.DEVNULL
                )

    def kill_one(self) -> None:
        """One dies where it stands."""
        process = self._luck.choice(self._processes)
        if process is not None:
            process.kill()
            process.wait()
            self.kills += 1

    def stop(self) -> None:
        """End both for good."""
        for process in self._processes:
            if process is not None:
                process.kill()
                process.wait()


@pytest.fixture
def workers(settings: Settings) -> Generator[Workers]:
    made = Workers(settings)
    yield made
    made.stop()


@pytest.fixture
def desk(app: Flask, cast: Cast) -> PlanDesk:
    return open_plan_desk(app)


def charged() -> int:
    """Instalments whose payment the processor has taken on."""
    with db.read() as session:
        taken = Payment.status.in_([Status.AUTHORIZED, Status.COMPLETED])
        return session.scalar(select(func.count()).where(Payment.origin == Origin.PLAN, taken)) or 0


def until_all_are_charged(workers: Workers) -> None:
    """Kill a worker whenever some more are charged, until all are."""
    deadline, kill_at = time.monotonic() + SECONDS_MAX, 1
    while (done := charged()) < PLANS:
        assert time.monotonic() < deadline, f"{done} of {PLANS} charged in {SECONDS_MAX} s"
        workers.keep_alive()
        if done >= kill_at and workers.kills < KILLS:
            workers.kill_one()
            kill_at += max(1, PLANS // (KILLS + 1))
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("database_kind", ["postgresql"], scope="session")
def test_P9_plans_due_on_one_day_are_charged_once_each_by_two_workers_that_are_killed(
    app: Flask, desk: PlanDesk, workers: Workers
) -> None:
    starts_on = desk.today() + timedelta(days=1)
    for number in range(PLANS):
        client_with_plan(desk, number, starts_on)
    sandbox().webhooks.set_switches(drop_percent=0)
    before = len(charges(paid=True))
    with db.transaction() as session:
        demo_clock.advance(session, timedelta(days=2))
    until_all_are_charged(workers)
    workers.stop()
    assert workers.kills == KILLS
    with db.read() as session:
        made = session.execute(
            select(Payment.client_id, Payment.amount_cents).where(Payment.origin == Origin.PLAN)
        ).all()
    assert len(made) == PLANS
    assert Counter(row.client_id for row in made).most_common(1)[0][1] == 1
    assert {row.amount_cents for row in made} == {EACH_CENTS}
    assert len(charges(paid=True)) - before == PLANS, "what the processor has taken"
    assert books_problems(app) == []
