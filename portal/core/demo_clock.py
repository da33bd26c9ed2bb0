"""The demo clock: how far business time stands ahead of the wall, in sandbox mode only."""

from datetime import timedelta

from sqlalchemy import CheckConstraint, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core import clock, db
from portal.core.db import Base
from portal.core.errors import ConfigurationError
from portal.core.jobs.queue import wake_workers


class DemoClock(Base):
    """One row: the offset in seconds. It only ever grows."""

    __tablename__ = "demo_clock"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    offset_seconds: Mapped[int]


_OFFSET = select(DemoClock.offset_seconds)


def read_offset() -> timedelta:
    """The offset now, from the database in use."""
    row = db.fetch_first(_OFFSET)
    return timedelta(seconds=row[0] if row is not None else 0)


def stored_offset(session: Session) -> timedelta:
    """The offset as this session sees it; zero before the first advance."""
    return timedelta(seconds=session.scalar(_OFFSET) or 0)


def start_at(session: Session, offset: timedelta) -> None:
    """Begin a new demo's clock in the past, before anything has happened in it."""
    session.merge(DemoClock(id=1, offset_seconds=int(offset.total_seconds())))
    session.flush()
    clock.forget_offset()


def advance(session: Session, by: timedelta) -> None:
    """Move business time forward. Raises ValueError for a step back: what happened has happened."""
    if by <= timedelta(0):
        raise ValueError("the demo clock only goes forward")
    row = session.get(DemoClock, 1, with_for_update=True)
    if row is None:
        row = DemoClock(id=1, offset_seconds=0)
        session.add(row)
    row.offset_seconds += int(by.total_seconds())
    session.flush()
    wake_workers(session)
    clock.forget_offset()


def refuse_sandbox_data() -> None:
    """Raise `ConfigurationError` where the database in use was made by the sandbox.

    Made-up money must never stand beside real money in one ledger.
    """
    with db.read() as session:
        tables = inspect(session.connection())
        if tables.has_table(DemoClock.__tablename__) and session.get(DemoClock, 1) is not None:
            raise ConfigurationError(
                "DATABASE_URL names a database that was made by the sandbox: set another one to "
                "run on Stripe"
            )
