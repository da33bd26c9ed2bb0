"""Jobs of the tests' own, and workers in threads and in processes."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import pytest
from sqlalchemy import select

from portal.core import db
from portal.core.audit import AuditEntry
from portal.core.db import Database
from portal.core.jobs import Job, enqueue
from portal.core.jobs.handlers import HANDLERS, RECURRING
from portal.core.jobs.worker import Worker
from tests.support.source import ROOT


def until(truth: Callable[[], Any], seconds: float = 10) -> float:
    """Wait until something holds; answers how long it took. Fails when it never does."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if truth():
            return time.monotonic() - began
        time.sleep(0.002)
    raise AssertionError("it never came to be")


class Jobs:
    """A clean table of handlers, and what the jobs of this test did."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def owe(self, kind: str, **more: Any) -> None:
        """Owe one job, in a transaction of its own."""
        with db.transaction() as session:
            enqueue(session, kind, **more)

    def all(self) -> list[Job]:
        """Every row, oldest first."""
        with db.read() as session:
            return list(session.scalars(select(Job).order_by(Job.id)))

    def only(self) -> Job:
        """The one row."""
        (job,) = self.all()
        return job

    def notes(self) -> list[str]:
        """What worker processes noted, oldest first."""
        with db.read() as session:
            return list(session.scalars(select(AuditEntry.subject).order_by(AuditEntry.id)))

    def note(self, name: str) -> None:
        """A handler that remembers that it ran."""
        self.ran.append(name)


@pytest.fixture
def jobs(database: Database) -> Generator[Jobs]:
    """Handlers: `note` (remembers its name). Nothing recurs."""
    handlers, recurring = dict(HANDLERS), dict(RECURRING)
    HANDLERS.clear()
    RECURRING.clear()
    made = Jobs()
    HANDLERS["note"] = made.note
    yield made
    HANDLERS.clear()
    HANDLERS.update(handlers)
    RECURRING.clear()
    RECURRING.update(recurring)


@pytest.fixture
def start_worker(jobs: Jobs) -> Generator[Callable[[], Worker]]:
    """Start a worker in a thread; all are stopped at the end."""
    running: list[tuple[Worker, threading.Thread]] = []

    def start() -> Worker:
        worker = Worker()
        thread = threading.Thread(target=worker.run_forever)
        thread.start()
        running.append((worker, thread))
        return worker

    yield start
    for worker, _ in running:
        worker.stop()
    for _, thread in running:
        thread.join(10)
    assert not any(thread.is_alive() for _, thread in running)


@pytest.fixture
def start_process(jobs: Jobs, database_url: str) -> Generator[Callable[..., Any]]:
    """Start a worker in a process of its own (tests/support/worker_process.py)."""
    running: list[subprocess.Popen[bytes]] = []

    def start(lease_seconds: float = 60) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.worker_process", database_url],
            cwd=ROOT,
            env={**os.environ, "RETAINER_TEST_LEASE_SECONDS": str(lease_seconds)},
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
