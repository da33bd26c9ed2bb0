"""Putting jobs in, claiming them, and what became of them."""

import traceback
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from portal.core import clock, db
from portal.core.jobs import statements
from portal.core.jobs.models import Job, JobState, WorkerHeartbeat

LEASE_SECONDS = 60
ATTEMPTS_MAX = 12
BACKOFF_SECONDS_MAX = 3_600
DONE_KEPT_DAYS = 7
CHANNEL = "retainer_jobs"


def enqueue(
    session: Session,
    kind: str,
    *,
    due_at: datetime | None = None,
    unique_key: str | None = None,
    **args: Any,
) -> None:
    """Owe a job from `due_at` on (business time; now by default), in the caller's transaction.

    With a `unique_key` it is inserted only where no such job is owed already; an owed one is
    brought forward if the new one is due sooner, and one that is running now runs once more.
    """
    values = {
        "kind": kind,
        "args": args,
        "due_at": due_at or clock.now(),
        "unique_key": unique_key,
        "state": JobState.OWED,
        "attempts": 0,
    }
    db.insert_row(session, statements.OWE if unique_key is None else statements.OWE_ONCE, values)
    wake_workers(session)


def wake_workers(session: Session) -> None:
    """Have workers look for due jobs at commit. On SQLite the commit itself is the signal."""
    if session.get_bind().dialect.name == "postgresql" and not session.info.get("woken"):
        session.info["woken"] = True
        session.connection().exec_driver_sql(f"NOTIFY {CHANNEL}")


def any_due(session: Session) -> bool:
    """Whether a job could be claimed now. A peek that takes no write lock."""
    moment = {"now": clock.now(), "wall": clock.wall_time()}
    return session.execute(statements.ANY_DUE, moment).first() is not None


def next_due_at(session: Session) -> datetime | None:
    """When (business time) the next job falls due, None when nothing is owed."""
    return session.scalar(select(func.min(Job.due_at)).where(Job.state == JobState.OWED))


def claim(session: Session, worker: str, limit: int) -> list[Job]:
    """Lease up to `limit` due jobs to a worker. No job goes to two workers (SKIP LOCKED)."""
    wall = clock.wall_time()
    connection = db.writing(session)
    claimed = connection.execute(
        statements.CLAIM[connection.dialect.name],
        {
            "now": clock.now(),
            "wall": wall,
            "room": limit,
            "claimer": worker,
            "lease_end": wall + timedelta(seconds=LEASE_SECONDS),
        },
    )
    jobs = [Job(**row) for row in claimed.mappings()]  # no session's own: they outlive this one
    return sorted(jobs, key=lambda job: (job.due_at, job.id))


def renew(session: Session, worker: str, job_ids: list[int]) -> None:
    """Extend the leases of jobs still running, and say that this worker is alive."""
    wall = clock.wall_time()
    if job_ids:
        # Whoever settles several jobs locks them one by one: waiting for one while holding another
        # would be a deadlock. A job that is locked is being settled, or has its next renewal soon.
        free = (
            select(Job.id)
            .where(Job.id.in_(job_ids), Job.worker == worker, Job.state == JobState.OWED)
            .with_for_update(skip_locked=True)
            .cte("free")
        )
        session.execute(
            update(Job)
            .where(Job.id.in_(select(free.c.id)))
            .values(leased_until=wall + timedelta(seconds=LEASE_SECONDS))
            .execution_options(synchronize_session=False)
        )
    session.merge(WorkerHeartbeat(worker=worker, seen_at=wall))


def sign_off(session: Session, worker: str) -> None:
    """Say that this worker is gone, so that nobody counts on it until its heartbeat is old."""
    session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.worker == worker))


def _owned(job: Job) -> Any:
    # The fence: a worker that lost its lease to another one settles nothing.
    return (
        Job.id == job.id,
        Job.worker == job.worker,
        Job.attempts == job.attempts,
        Job.state == JobState.OWED,
    )


def complete(session: Session, job: Job) -> None:
    """Mark a job done, if it is still this worker's; owe it once more if it was asked for again."""
    db.writing(session).execute(
        statements.COMPLETE,
        {
            "job": job.id,
            "claimer": job.worker,
            "attempt": job.attempts,
            "finished": clock.wall_time(),
        },
    )


def put_back(session: Session, job: Job, due_at: datetime) -> None:
    """Owe the same job again at `due_at`, with its attempts forgotten."""
    sooner = Job.asked_again_for < due_at
    session.execute(
        update(Job)
        .where(*_owned(job))
        .values(
            due_at=case((sooner, Job.asked_again_for), else_=due_at),
            attempts=0,
            asked_again_for=None,
            leased_until=None,
            worker=None,
        )
    )


def give_back(session: Session, job: Job) -> None:
    """Owe a job that this worker cannot finish, because it is being stopped; it may run at once."""
    session.execute(
        update(Job)
        .where(*_owned(job))
        .values(attempts=job.attempts - 1, leased_until=None, worker=None)
    )


def fail(session: Session, job: Job, error: BaseException) -> None:
    """Try again later, each time later than before; after the last attempt the job is dead."""
    told = "".join(traceback.format_exception_only(error)).strip()[:2_000]
    if is_last_attempt(job):
        again = Job.asked_again_for.is_not(None)
        values: dict[str, Any] = {
            "state": case((again, JobState.OWED), else_=JobState.DEAD),
            "due_at": case((again, Job.asked_again_for), else_=Job.due_at),
            "attempts": case((again, 0), else_=Job.attempts),
            "finished_at": case((again, None), else_=clock.wall_time()),
            "asked_again_for": None,
        }
    else:
        wait = min(2**job.attempts, BACKOFF_SECONDS_MAX)
        values = {"due_at": clock.now() + timedelta(seconds=wait)}
    session.execute(
        update(Job).where(*_owned(job)).values(last_error=told, leased_until=None, **values)
    )


def is_last_attempt(job: Job) -> bool:
    """Whether a failure of this attempt is the job's end."""
    return job.attempts >= ATTEMPTS_MAX


def revive(session: Session, job_id: int) -> bool:
    """Owe a dead job again, from now on; answers whether it was dead.

    One of a kind that is owed already stays dead: its successor does the work.
    """
    owed = aliased(Job)
    successor = exists().where(owed.unique_key == Job.unique_key, owed.state == JobState.OWED)
    revived = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.DEAD, ~successor)
        .values(
            state=JobState.OWED, due_at=clock.now(), attempts=0, finished_at=None, leased_until=None
        )
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    ).first()
    wake_workers(session)
    return revived is not None


def sweep(session: Session) -> None:
    """Forget what was done over a week ago, and workers not seen for a day."""
    wall = clock.wall_time()
    session.execute(
        delete(Job).where(
            Job.state == JobState.DONE,
            Job.finished_at < wall - timedelta(days=DONE_KEPT_DAYS),
        )
    )
    session.execute(
        delete(WorkerHeartbeat).where(WorkerHeartbeat.seen_at < wall - timedelta(days=1))
    )


def dead_jobs(session: Session) -> list[Job]:
    """Jobs that were given up, newest first, for the staff alerts."""
    return list(
        session.scalars(
            select(Job).where(Job.state == JobState.DEAD).order_by(Job.id.desc()).limit(100)
        )
    )


def last_heartbeat(session: Session) -> datetime | None:
    """When any worker was last seen (wall time)."""
    return session.scalar(select(func.max(WorkerHeartbeat.seen_at)))
