"""Jobs: owed with their cause, run when due, tried again, given up, never forgotten."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from portal.core import clock, db, demo_clock
from portal.core.jobs import Again, Job, JobState, WorkerHeartbeat, enqueue, queue
from portal.core.jobs.handlers import HANDLERS, RECURRING, Recurring
from portal.core.jobs.worker import owe_recurring_jobs, run_due_jobs
from tests.portal.core.jobs.conftest import Jobs

pytestmark = pytest.mark.both_databases


def advance(by: timedelta) -> None:
    with db.transaction() as session:
        demo_clock.advance(session, by)


def fails(**_: Any) -> None:
    raise ValueError("the mail server is on fire")


def claim(worker: str, limit: int = 10) -> list[Job]:
    with db.transaction() as session:
        return queue.claim(session, worker, limit)


def test_a_job_runs_once_and_is_done(jobs: Jobs) -> None:
    jobs.owe("note", name="receipt")
    assert run_due_jobs() == 1
    assert run_due_jobs() == 0
    assert jobs.ran == ["receipt"]
    assert jobs.only().state == JobState.DONE


def test_a_job_of_a_rolled_back_transaction_never_runs(jobs: Jobs) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction() as session:
        enqueue(session, "note", name="for a payment that never was")
        raise ZeroDivisionError
    assert run_due_jobs() == 0
    assert (jobs.ran, jobs.all()) == ([], [])


def test_jobs_that_are_due_run_in_the_order_in_which_they_fell_due(jobs: Jobs) -> None:
    now = clock.now()
    jobs.owe("note", name="second", due_at=now - timedelta(minutes=1))
    jobs.owe("note", name="first", due_at=now - timedelta(minutes=2))
    run_due_jobs()
    assert jobs.ran == ["first", "second"]


def test_a_job_waits_for_its_time_and_the_demo_clock_brings_it(jobs: Jobs) -> None:
    jobs.owe("note", name="settlement", due_at=clock.now() + timedelta(days=2))
    assert run_due_jobs() == 0
    advance(timedelta(days=2))
    assert run_due_jobs() == 1


def test_a_failure_is_tried_again_later_and_later_and_then_given_up(jobs: Jobs) -> None:
    HANDLERS["fails"] = fails
    jobs.owe("fails")
    waits: list[float] = []
    for _ in range(queue.ATTEMPTS_MAX):
        assert run_due_jobs() == 1
        waits.append((jobs.only().due_at - clock.now()).total_seconds())
        assert run_due_jobs() == 0
        advance(timedelta(seconds=queue.BACKOFF_SECONDS_MAX))
    assert waits[:5] == pytest.approx([2, 4, 8, 16, 32], abs=1)
    job = jobs.only()
    assert (job.state, job.attempts) == (JobState.DEAD, queue.ATTEMPTS_MAX)
    assert job.last_error == "ValueError: the mail server is on fire"
    assert run_due_jobs() == 0
    with db.read() as session:
        assert [dead.id for dead in queue.dead_jobs(session)] == [job.id]


def test_one_failure_holds_no_other_job_up(jobs: Jobs) -> None:
    HANDLERS["fails"] = fails
    jobs.owe("fails")
    jobs.owe("kind that nobody does")
    jobs.owe("note", name="receipt")
    run_due_jobs()
    assert jobs.ran == ["receipt"]


def test_a_job_that_says_again_comes_back_with_its_attempts_forgotten(jobs: Jobs) -> None:
    due_at = clock.now() + timedelta(hours=1)

    def not_yet() -> None:
        raise Again(due_at)

    HANDLERS["not yet"] = not_yet
    jobs.owe("not yet")
    assert run_due_jobs() == 1
    job = jobs.only()
    assert (job.state, job.attempts, job.due_at) == (JobState.OWED, 0, due_at)


def test_a_unique_job_is_owed_once_and_the_sooner_time_counts(jobs: Jobs) -> None:
    now = clock.now()
    for minutes in (5, 3, 9):
        due_at = now + timedelta(minutes=minutes)
        jobs.owe("note", name="window", unique_key="portal:1", due_at=due_at)
    assert jobs.only().due_at == now + timedelta(minutes=3)


def test_a_unique_job_is_owed_anew_once_the_former_is_done(jobs: Jobs) -> None:
    for _ in range(2):
        jobs.owe("note", name="window", unique_key="portal:1")
        run_due_jobs()
    assert jobs.ran == ["window", "window"]


def test_a_unique_job_asked_for_while_it_runs_runs_once_more(jobs: Jobs) -> None:
    """It may have looked at the payment before the change that asked for it."""

    def read_the_payment(payment: int) -> None:
        jobs.ran.append(f"read {payment}")
        if len(jobs.ran) == 1:
            for _ in range(2):
                jobs.owe("read", unique_key="payment:7", payment=payment)

    HANDLERS["read"] = read_the_payment
    jobs.owe("read", unique_key="payment:7", payment=7)
    assert run_due_jobs() == 2
    assert jobs.ran == ["read 7", "read 7"]
    assert jobs.only().state == JobState.DONE


def test_a_unique_job_asked_for_during_its_last_attempt_is_not_given_up(jobs: Jobs) -> None:
    def fails_and_is_asked_again() -> None:
        jobs.owe("fails", unique_key="payment:7")
        raise ValueError

    HANDLERS["fails"] = fails_and_is_asked_again
    jobs.owe("fails", unique_key="payment:7")
    with db.transaction() as session:
        session.execute(update(Job).values(attempts=queue.ATTEMPTS_MAX - 1))
    run_due_jobs(limit=1)
    assert (jobs.only().state, jobs.only().attempts) == (JobState.OWED, 0)


def test_a_recurring_job_owes_its_successor_once(jobs: Jobs) -> None:
    HANDLERS["nightly"] = lambda: jobs.note("checked")
    RECURRING["nightly"] = Recurring("nightly", timedelta(days=1))
    for _ in range(2):  # two workers start
        with db.transaction() as session:
            owe_recurring_jobs(session)
    assert run_due_jobs() == 1
    owed = [job for job in jobs.all() if job.state == JobState.OWED]
    assert [job.due_at.date() for job in owed] == [(clock.now() + timedelta(days=1)).date()]
    advance(timedelta(days=1))
    assert run_due_jobs() == 1
    assert jobs.ran == ["checked", "checked"]


def test_starting_a_worker_does_not_bring_recurring_jobs_forward(jobs: Jobs) -> None:
    HANDLERS["nightly"] = lambda: jobs.note("checked")
    RECURRING["nightly"] = Recurring("nightly", timedelta(days=1))
    for _ in range(2):
        with db.transaction() as session:
            owe_recurring_jobs(session)
        run_due_jobs()
    assert jobs.ran == ["checked"]


def test_a_recurring_job_that_was_given_up_is_owed_again(jobs: Jobs) -> None:
    HANDLERS["reconcile"] = fails
    RECURRING["reconcile"] = Recurring("reconcile", timedelta(hours=1))
    with db.transaction() as session:
        owe_recurring_jobs(session)
        session.execute(update(Job).values(attempts=queue.ATTEMPTS_MAX - 1))
    run_due_jobs()
    assert [job.state for job in jobs.all()] == [JobState.DEAD, JobState.OWED]


def test_a_worker_that_lost_its_lease_settles_nothing(jobs: Jobs) -> None:
    jobs.owe("note", name="receipt")
    (first,) = claim("worker that fell asleep")
    _end_leases()
    (second,) = claim("worker that took over")
    with db.transaction() as session:
        queue.complete(session, first)
        queue.fail(session, first, ValueError("too late"))
        queue.put_back(session, first, clock.now())
    job = jobs.only()
    assert (job.state, job.worker, job.attempts) == (JobState.OWED, second.worker, 2)
    with db.transaction() as session:
        queue.complete(session, second)
    assert jobs.only().state == JobState.DONE


def test_advancing_the_demo_clock_ends_nobody_s_lease(jobs: Jobs) -> None:
    jobs.owe("note", name="receipt")
    assert len(claim("busy")) == 1
    advance(timedelta(days=5))
    assert claim("idle") == []


def test_a_lease_that_is_renewed_lasts(jobs: Jobs) -> None:
    jobs.owe("note", name="upload")
    (job,) = claim("busy")
    _end_leases()
    with db.transaction() as session:
        queue.renew(session, "busy", [job.id])
    assert claim("idle") == []


def test_done_jobs_and_silent_workers_are_forgotten_after_their_time(jobs: Jobs) -> None:
    jobs.owe("note", name="old")
    run_due_jobs()
    long_ago = clock.wall_time() - timedelta(days=8)
    with db.transaction() as session:
        session.execute(update(Job).values(finished_at=long_ago))
        session.add(WorkerHeartbeat(worker="gone", seen_at=long_ago))
        session.add(WorkerHeartbeat(worker="here", seen_at=clock.wall_time()))
    jobs.owe("note", name="owed")
    with db.transaction() as session:
        queue.sweep(session)
    assert [job.args for job in jobs.all()] == [{"name": "owed"}]
    with db.read() as session:
        assert session.get(WorkerHeartbeat, "gone") is None
        assert queue.last_heartbeat(session) is not None


def _end_leases() -> None:
    with db.transaction() as session:
        session.execute(update(Job).values(leased_until=datetime(2020, 1, 1, tzinfo=UTC)))
