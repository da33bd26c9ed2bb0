"""The job table and the worker's heartbeat."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base
from portal.core.types import Json, RowId, UtcDateTime


class JobState(StrEnum):
    """Owed, done, or given up after its last attempt (then it stands in the staff alerts)."""

    OWED = "owed"
    DONE = "done"
    DEAD = "dead"


class Job(Base):
    """One thing to do: its kind, the ids it needs, when it is due, and who is at it.

    `asked_again_for`: the same unique job was asked for while this one was running, which may have
    looked at the world already; so it runs once more, at that business time.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("state IN ('owed', 'done', 'dead')", name="state_known"),
        Index(
            "ix_job_owed_due",
            "due_at",
            "id",
            sqlite_where=text("state = 'owed'"),
            postgresql_where=text("state = 'owed'"),
        ),
        Index(
            "uq_job_owed_unique_key",
            "unique_key",
            unique=True,
            sqlite_where=text("state = 'owed'"),
            postgresql_where=text("state = 'owed'"),
        ),
        Index("ix_job_state_finished", "state", "finished_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    args: Mapped[dict[str, Any]] = mapped_column(Json)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(8), default=JobState.OWED)
    attempts: Mapped[int] = mapped_column(default=0)
    unique_key: Mapped[str | None] = mapped_column(String(200))
    worker: Mapped[str | None] = mapped_column(String(64))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked_again_for: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WorkerHeartbeat(Base):
    """When each worker was last seen alive, by the wall clock. `/readyz` watches it."""

    __tablename__ = "worker_heartbeat"

    worker: Mapped[str] = mapped_column(String(64), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
