"""The worker: claims due jobs, runs them in a few threads, and settles each by its fence."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import clock, db
from portal.core.jobs import queue
from portal.core.jobs.handlers import RECURRING, Again, recurring, run
from portal.core.jobs.models import Job, JobState
from portal.core.jobs.wake import Waker

THREADS = 4
RENEW_SECONDS = 10
POLL_SECONDS_MAX = 0.5
TURN_SECONDS_MAX = 0.05
STOP_GRACE_SECONDS = 0.4

log = structlog.get_logger("worker")


class Worker:
    """Runs jobs until `stop()`. A loop that fails ends the process: a silent worker is worse."""

    def __init__(
        self,
        around: Callable[[], AbstractContextManager[object]] = nullcontext,
        threads: int = THREADS,
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._around = around
        self._threads = threads
        self._stopping = threading.Event()
        self._running: dict[Future[None], Job] = {}
        self._lock = threading.Lock()
        self.failure: BaseException | None = None

    def stop(self) -> None:
        """Claim nothing more, and come back within a second: what cannot finish is given back."""
        self._stopping.set()

    def run_forever(self) -> None:
        """Work until stopped. Raises whatever broke the loop, so that the process ends."""
        with db.transaction() as session:
            owe_recurring_jobs(session)
            queue.renew(session, self.name, [])
        beat = threading.Thread(target=self._keep_beating, name="heartbeat", daemon=True)
        beat.start()
        waker = Waker(db.current())
        pool = ThreadPoolExecutor(self._threads, thread_name_prefix="job")
        try:
            while not self._stopping.is_set():
                if self.failure is not None:
                    raise self.failure
                self._turn(pool, waker)
            self._hand_over(pool)
        finally:
            self._stopping.set()
            pool.shutdown(wait=False, cancel_futures=True)
            waker.close()

    def _hand_over(self, pool: ThreadPoolExecutor) -> None:
        """Settle what finishes soon and give the rest back, for the next worker to run at once.

        The process ends right after this, and with it whatever a given-back job was doing.
        """
        pool.shutdown(wait=False, cancel_futures=True)
        wait(list(self._running), timeout=STOP_GRACE_SECONDS)
        done = self._done()
        with clock.one_reading(), db.transaction() as session:
            self._settle(session, done)
            for future, job in self._running.items():
                if future not in done:
                    queue.give_back(session, job)
            queue.sign_off(session, self.name)

    def _turn(self, pool: ThreadPoolExecutor, waker: Waker) -> None:
        claimed = self._settle_and_claim()
        with self._lock:
            for job in claimed:
                self._running[pool.submit(self.do, job)] = job
        if self._running:
            self._wait_for_some()
        else:
            waker.wait(POLL_SECONDS_MAX)

    def _settle_and_claim(self) -> list[Job]:
        """Settle what is done and lease more in the same commit, once a thread has nothing to do
        next: where much is due, that is one commit for several jobs."""
        done = self._done()
        room = self._threads * 2 - (len(self._running) - len(done))
        wanted = room if room >= self._threads else 0
        if not done:
            return self.claim(wanted) if wanted else []
        with clock.one_reading(), db.transaction() as session:
            self._settle(session, done)
            due = wanted > 0 and queue.any_due(session)
            claimed = queue.claim(session, self.name, wanted) if due else []
        self._forget(done)
        return claimed

    def _wait_for_some(self) -> None:
        """Until a job is done; while others wait for a thread, until as many as there are threads
        are done, or a moment has passed."""
        until = time.monotonic() + TURN_SECONDS_MAX
        while (left := until - time.monotonic()) > 0:
            open_ones = [future for future in self._running if not future.done()]
            done = len(self._running) - len(open_ones)
            if done and (done >= self._threads or len(open_ones) < self._threads):
                return
            wait(open_ones, timeout=left, return_when=FIRST_COMPLETED)

    def claim(self, room: int) -> list[Job]:
        """Lease up to `room` jobs that are due. The peek before it takes no write lock."""
        with clock.one_reading():
            with db.read() as session:
                if not queue.any_due(session):
                    return []
            with db.transaction() as session:
                return queue.claim(session, self.name, room)

    def do(self, job: Job) -> None:
        """Run one job. Raises whatever its handler raises."""
        with clock.one_reading(), self._around():
            run(job.kind, job.args)

    def _done(self) -> list[Future[None]]:
        return [f for f in self._running if f.done() and not f.cancelled()]

    def _settle(self, session: Session, done: list[Future[None]]) -> None:
        for future in done:
            settle(session, self._running[future], future.exception())

    def _forget(self, done: list[Future[None]]) -> None:
        with self._lock:
            for future in done:
                del self._running[future]

    def _keep_beating(self) -> None:
        try:
            while not self._stopping.wait(RENEW_SECONDS):
                with self._lock:
                    ids = [job.id for job in self._running.values()]
                with db.transaction() as session:
                    queue.renew(session, self.name, ids)
        except BaseException as broken:
            self.failure = broken


def settle(session: Session, job: Job, error: BaseException | None) -> None:
    """Record what became of a job; a recurring one is owed again."""
    if isinstance(error, Again):
        queue.put_back(session, job, error.due_at)
        return
    if error is not None:
        log.error(
            "job failed",
            kind=job.kind,
            job=job.id,
            attempts=job.attempts,
            exc_info=error,
        )
        queue.fail(session, job, error)
        if queue.is_last_attempt(job):
            owe_successor(session, job)
        return
    queue.complete(session, job)
    owe_successor(session, job)


def owe_successor(session: Session, job: Job) -> None:
    """Owe a recurring job again, one period after it was done or given up."""
    if job.kind in RECURRING:
        due_at = clock.now() + RECURRING[job.kind].every
        queue.enqueue(session, job.kind, due_at=due_at, unique_key=job.kind)


def owe_recurring_jobs(session: Session) -> None:
    """Owe every recurring job that is not owed already."""
    owed = set(
        session.scalars(
            select(Job.unique_key).where(
                Job.state == JobState.OWED, Job.unique_key.in_(list(RECURRING))
            )
        )
    )
    for kind in RECURRING.keys() - owed:
        queue.enqueue(session, kind, due_at=clock.now(), unique_key=kind)


def run_due_jobs(
    around: Callable[[], AbstractContextManager[object]] = nullcontext,
    limit: int = 10_000,
) -> int:
    """Run what is due now, here, one after the other, until nothing is; answers how many.

    For tests, the demo's making and commands; the same claim and settlement as the worker's.
    """
    worker = Worker(around)
    ran = 0
    while ran < limit:
        jobs = worker.claim(1)
        if not jobs:
            break
        error: BaseException | None = None
        try:
            worker.do(jobs[0])
        except Exception as failed:
            error = failed
        with clock.one_reading(), db.transaction() as session:
            settle(session, jobs[0], error)
        ran += 1
    return ran


@recurring("jobs.sweep", every=timedelta(days=1))
def sweep_done_jobs() -> None:
    """Forget done jobs after a week."""
    with db.transaction() as session:
        queue.sweep(session)
