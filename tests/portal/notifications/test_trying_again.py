"""Work that was given up stands in the alerts, and can be tried again from there."""

import pytest
from sqlalchemy import select

from portal.core import clock, db
from portal.core.jobs import Job, JobState, enqueue
from tests.support.cast import Cast

pytestmark = pytest.mark.both_databases


def given_up(unique_key: str | None = None) -> None:
    with db.transaction() as session:
        session.add(
            Job(
                kind="jobs.sweep",
                args={},
                due_at=clock.now(),
                state=JobState.DEAD,
                attempts=12,
                unique_key=unique_key,
                last_error="ValueError: no",
                finished_at=clock.wall_time(),
            )
        )


def states() -> list[str]:
    with db.read() as session:
        return sorted(session.scalars(select(Job.state).where(Job.kind == "jobs.sweep")))


def test_a_job_that_was_given_up_is_owed_again_when_somebody_asks(cast: Cast) -> None:
    given_up()
    after = cast.ada.submit(cast.ada.get("/staff/alerts"), "Try again")
    assert "Nothing needs you" in after
    assert states() == ["owed"]


def test_a_job_whose_successor_is_owed_stays_given_up(cast: Cast) -> None:
    given_up(unique_key="jobs.sweep")
    with db.transaction() as session:
        enqueue(session, "jobs.sweep", unique_key="jobs.sweep")
    after = cast.ana.submit(cast.ana.get("/staff/alerts"), "Try again")
    assert "There is nothing to try again here." in after
    assert states() == ["dead", "owed"]


def test_billing_alone_may_not_try_work_again(cast: Cast) -> None:
    given_up()
    assert "Try again" not in cast.ben.get("/staff/alerts")
