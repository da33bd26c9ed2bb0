"""The worker: quick to start what is due, never twice at once, and nothing lost when it dies."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from subprocess import Popen

import pytest

from portal.core import clock, db, demo_clock
from portal.core.jobs import JobState, queue
from portal.core.jobs.handlers import HANDLERS
from portal.core.jobs.worker import Worker
from tests.portal.core.jobs.conftest import Jobs, until

pytestmark = pytest.mark.both_databases

Start = Callable[[], Worker]
StartProcess = Callable[..., "Popen[bytes]"]


def heard() -> bool:
    with db.read() as session:
        return queue.last_heartbeat(session) is not None


def test_two_workers_never_run_one_job_twice(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    start_worker()
    for number in range(100):
        jobs.owe("note", name=f"job {number}")
    until(lambda: all(job.state == JobState.DONE for job in jobs.all()), 30)
    assert Counter(jobs.ran) == Counter(f"job {number}" for number in range(100))


@pytest.mark.quiet
def test_a_waiting_worker_starts_a_job_in_tens_of_milliseconds(
    jobs: Jobs, start_worker: Start
) -> None:
    start_worker()
    until(heard)
    waits: list[float] = []
    for number in range(15):
        time.sleep(0.07)  # it is waiting again
        jobs.owe("note", name=str(number))
        waits.append(until(lambda n=number: len(jobs.ran) > n))
    assert median(waits) < 0.1


@pytest.mark.quiet
def test_advance_brings_what_falls_due_at_once(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    jobs.owe("note", name="settled", due_at=clock.now() + timedelta(days=2))
    time.sleep(0.2)
    assert jobs.ran == []
    with db.transaction() as session:
        demo_clock.advance(session, timedelta(days=2))
    assert until(lambda: jobs.ran == ["settled"]) < 1


def test_a_worker_is_seen_alive_from_its_first_moment(jobs: Jobs, start_worker: Start) -> None:
    assert not heard()
    start_worker()
    until(heard)


def test_a_job_of_a_killed_worker_resumes_after_its_lease(
    jobs: Jobs, start_process: StartProcess
) -> None:
    killed = start_process(lease_seconds=1)
    jobs.owe("test.slow", name="charge", seconds=1.5)
    until(lambda: "charge began" in jobs.notes())
    killed.kill()
    killed.wait()
    start_process(lease_seconds=1)
    until(lambda: "charge ended" in jobs.notes(), 20)
    until(lambda: jobs.only().state == JobState.DONE)
    assert jobs.notes() == ["charge began", "charge began", "charge ended"]
    assert jobs.only().attempts == 2


@pytest.mark.quiet
def test_a_long_job_keeps_its_lease(jobs: Jobs, start_process: StartProcess) -> None:
    start_process(lease_seconds=0.8)
    start_process(lease_seconds=0.8)
    jobs.owe("test.slow", name="upload", seconds=2)
    until(lambda: jobs.only().state == JobState.DONE, 20)
    assert jobs.notes() == ["upload began", "upload ended"]


@pytest.mark.quiet
def test_sigterm_ends_an_idle_worker_within_a_second(
    jobs: Jobs, start_process: StartProcess
) -> None:
    worker = start_process()
    until(heard)
    began = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(5) == 0
    assert time.monotonic() - began < 1
    assert not heard()  # nobody counts on it until its heartbeat is old


@pytest.mark.quiet
def test_sigterm_hands_an_unfinished_job_to_the_next_worker(
    jobs: Jobs, start_process: StartProcess
) -> None:
    """Within a second, although the job takes three, and without waiting for the lease of 60."""
    worker = start_process()
    jobs.owe("test.slow", name="bulk", seconds=3)
    until(lambda: "bulk began" in jobs.notes())
    began = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(5) == 0
    assert time.monotonic() - began < 1
    start_process()
    until(lambda: jobs.notes().count("bulk began") == 2)
    assert jobs.only().attempts == 1


def test_a_worker_whose_loop_fails_exits_with_one(jobs: Jobs, start_process: StartProcess) -> None:
    """A worker that is silent but alive would stop all jobs without anybody noticing."""
    worker = start_process(lease_seconds=0.8)
    jobs.owe("test.break")
    assert worker.wait(10) == 1


def test_a_failing_handler_does_not_end_the_worker(jobs: Jobs, start_worker: Start) -> None:
    def fails() -> None:
        raise SystemError(os.strerror(5))

    HANDLERS["fails"] = fails
    start_worker()
    jobs.owe("fails")
    until(lambda: jobs.only().attempts == 1)
    jobs.owe("note", name="next")
    until(lambda: jobs.ran == ["next"])
