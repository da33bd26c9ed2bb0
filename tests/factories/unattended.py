"""Time that passes while nobody works: jobs lost, clocks advanced, nothing run."""

from datetime import timedelta

from sqlalchemy import delete

from portal.core import db, demo_clock
from portal.core.jobs import Job


def pass_time(by: timedelta) -> None:
    """Advance the demo clock and run nothing."""
    if by:
        with db.transaction() as session:
            demo_clock.advance(session, by)


def only_jobs_of(*kinds: str) -> None:
    """Lose every job that is owed but those of these kinds."""
    with db.transaction() as session:
        session.execute(delete(Job).where(Job.kind.not_in(kinds)))
