"""Leases are renewed beside the settling of jobs, and neither waits crosswise for the other."""

import pytest
from sqlalchemy import select, text

from portal.core import db
from portal.core.db import Database
from portal.core.jobs import Job, WorkerHeartbeat, queue
from tests.portal.core.jobs.conftest import Jobs


def leased(jobs: Jobs, count: int) -> list[Job]:
    for number in range(count):
        jobs.owe("note", name=str(number))
    with db.transaction() as session:
        return queue.claim(session, "busy", count)


@pytest.mark.both_databases
def test_every_lease_of_this_worker_is_renewed_and_no_other(jobs: Jobs) -> None:
    mine, others = leased(jobs, 2)
    with db.transaction() as session:
        queue.renew(session, "busy", [mine.id])
        queue.renew(session, "idle", [others.id])
    until = {job.id: job.leased_until for job in jobs.all()}
    assert until[mine.id] > mine.leased_until  # type: ignore[operator]
    assert until[others.id] == others.leased_until


@pytest.mark.parametrize("database_kind", ["postgresql"], scope="session")
def test_a_renewal_waits_for_no_job_that_is_being_settled(jobs: Jobs, database: Database) -> None:
    settled, running = leased(jobs, 2)
    with database.engine.begin() as settling:
        settling.execute(select(Job.id).where(Job.id == settled.id).with_for_update())
        with db.transaction() as session:
            session.execute(text("SET LOCAL lock_timeout = '1s'"))
            queue.renew(session, "busy", [settled.id, running.id])
    until = {job.id: job.leased_until for job in jobs.all()}
    assert until[settled.id] == settled.leased_until
    assert until[running.id] > running.leased_until  # type: ignore[operator]
    with db.read() as session:
        assert session.get(WorkerHeartbeat, "busy") is not None
