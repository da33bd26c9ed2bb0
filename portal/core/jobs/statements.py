"""What every job asks of the database, as statements that are built once.

Building one costs several times what running it does. They go past the ORM, by `db.writing`.
"""

from typing import cast

from sqlalchemy import (
    Insert,
    Integer,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from portal.core.jobs.models import Job, JobState
from portal.core.types import UtcDateTime

_JOBS = cast(Table, Job.__table__)
OWE: dict[str, Insert] = {"sqlite": sqlite.insert(_JOBS), "postgresql": postgresql.insert(_JOBS)}


def _only_once(statement: sqlite.Insert | postgresql.Insert) -> Insert:
    new_due, idle = statement.excluded.due_at, Job.leased_until.is_(None)
    again = func.coalesce(Job.asked_again_for, new_due)
    return statement.on_conflict_do_update(
        index_elements=[Job.unique_key],
        index_where=text("state = 'owed'"),
        set_={
            "due_at": case((and_(idle, new_due < Job.due_at), new_due), else_=Job.due_at),
            "asked_again_for": case((idle, None), (new_due < again, new_due), else_=again),
        },
    )


OWE_ONCE: dict[str, Insert] = {
    "sqlite": _only_once(sqlite.insert(_JOBS)),
    "postgresql": _only_once(postgresql.insert(_JOBS)),
}
_CLAIMABLE = (
    _JOBS.c.state == JobState.OWED,
    _JOBS.c.due_at <= bindparam("now", type_=UtcDateTime()),
    or_(
        _JOBS.c.leased_until.is_(None),
        _JOBS.c.leased_until < bindparam("wall", type_=UtcDateTime()),
    ),
)
ANY_DUE = select(_JOBS.c.id).where(*_CLAIMABLE).limit(1)
_NEXT = (
    select(_JOBS.c.id)
    .where(*_CLAIMABLE)
    .order_by(_JOBS.c.due_at, _JOBS.c.id)
    .limit(bindparam("room", type_=Integer()))
)


def _leasing(next_jobs: Select[int]) -> Update:
    picked = next_jobs.cte("picked")
    return (
        update(_JOBS)
        .where(_JOBS.c.id.in_(select(picked.c.id)))
        .values(
            worker=bindparam("claimer"),
            attempts=_JOBS.c.attempts + 1,
            leased_until=bindparam("lease_end", type_=UtcDateTime()),
        )
        .returning(*_JOBS.c)
    )


CLAIM = {
    "sqlite": _leasing(_NEXT),
    "postgresql": _leasing(_NEXT.with_for_update(skip_locked=True)),
}
_again = _JOBS.c.asked_again_for.is_not(None)
COMPLETE = (
    update(_JOBS)
    .where(  # the fence, as in `queue._owned`
        _JOBS.c.id == bindparam("job"),
        _JOBS.c.worker == bindparam("claimer"),
        _JOBS.c.attempts == bindparam("attempt"),
        _JOBS.c.state == JobState.OWED,
    )
    .values(
        state=case((_again, JobState.OWED), else_=JobState.DONE),
        due_at=case((_again, _JOBS.c.asked_again_for), else_=_JOBS.c.due_at),
        attempts=case((_again, 0), else_=_JOBS.c.attempts),
        finished_at=case((_again, None), else_=bindparam("finished", type_=UtcDateTime())),
        asked_again_for=None,
        leased_until=None,
    )
)
