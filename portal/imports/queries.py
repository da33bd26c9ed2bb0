"""Reading how imports stand, what was wrong with them, and the earlier ones."""

from dataclasses import dataclass
from typing import Self

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.errors import Missing
from portal.core.jobs import Job, JobState
from portal.imports.models import ImportProblem, ImportRun, ImportState
from portal.web.pagination import PAGE_ROWS, Page, cut

JOB = "imports.read"
READING = (ImportState.CHECKING, ImportState.IMPORTING)
PROBLEMS_KEPT = 1_000


def job_key(run_id: int) -> str:
    """By what the one job of a run is known."""
    return f"{JOB}:{run_id}"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, as an open page says what it shows."""

    state: str
    read_rows: int

    @property
    def mark(self) -> str:
        """Both in a few letters, for an address."""
        return f"{self.state}-{self.read_rows}"

    @classmethod
    def read(cls, mark: str) -> Self | None:
        """What a page shows, by its mark; None for what is no mark."""
        state, _dash, rows = mark.partition("-")
        fits = state in set(ImportState) and rows.isascii() and rows.isdigit() and len(rows) < 9
        return cls(state, int(rows)) if fits else None

    @classmethod
    def of(cls, run: ImportRun) -> Self:
        """How far this one is."""
        return cls(run.state, run.read_rows)

    def quarters(self, total_rows: int) -> int:
        """How many quarters of the rows are behind it, 0 to 4: each is announced."""
        return self.read_rows * 4 // max(1, total_rows)


def import_run(session: Session, public_id: str, *, locked: bool = False) -> ImportRun:
    """The import that pages name by this id. Raises `Missing`."""
    statement = select(ImportRun).where(ImportRun.public_id == public_id)
    if locked:
        statement = statement.with_for_update()
    found = session.scalar(statement)
    if found is None:
        raise Missing(_("There is no such import."))
    return found


def past(
    session: Session, *, before: int | None = None, after: int | None = None
) -> Page[ImportRun]:
    """A page of all imports, newest first."""
    statement = select(ImportRun)
    if after is not None:
        statement = statement.where(ImportRun.id > after).order_by(ImportRun.id)
    else:
        if before is not None:
            statement = statement.where(ImportRun.id < before)
        statement = statement.order_by(ImportRun.id.desc())
    rows = session.scalars(statement.limit(PAGE_ROWS + 1)).all()
    return cut(rows, lambda one: one.id, before=before, after=after)


def problems(
    session: Session, run_id: int, *, before: int | None = None, after: int | None = None
) -> Page[ImportProblem]:
    """A page of what was wrong in a file, in the order of its rows: what comes after the problem
    `before`, or before the problem `after`."""
    statement = select(ImportProblem).where(ImportProblem.import_run_id == run_id)
    if after is not None:
        statement = statement.where(ImportProblem.id < after).order_by(ImportProblem.id.desc())
    else:
        statement = statement.where(ImportProblem.id > (before or 0)).order_by(ImportProblem.id)
    rows = session.scalars(statement.limit(PAGE_ROWS + 1)).all()
    return cut(rows, lambda one: one.id, before=before, after=after)


def problem_count(session: Session, run_id: int) -> int:
    """How many reasons of a file are kept, up to `PROBLEMS_KEPT`."""
    kept = select(func.count()).where(ImportProblem.import_run_id == run_id)
    return session.scalar(kept) or 0


def refused_rows(session: Session, run_id: int) -> dict[int, list[str]]:
    """What was wrong with which rows, by their number: "Email: Enter an email address …"."""
    found: dict[int, list[str]] = {}
    statement = select(ImportProblem).where(ImportProblem.import_run_id == run_id)
    for one in session.scalars(statement.order_by(ImportProblem.id)):
        told = f"{one.column}: {one.sentence}" if one.column else one.sentence
        found.setdefault(one.row, []).append(told)
    return found


def imported_before(session: Session, run: ImportRun) -> ImportRun | None:
    """The last import of a file with the very same bytes, of the same kind."""
    same = (ImportRun.digest == run.digest, ImportRun.kind == run.kind, ImportRun.id != run.id)
    ended = ImportRun.state == ImportState.DONE
    return session.scalar(select(ImportRun).where(*same, ended).order_by(ImportRun.id.desc()))


def stands_still(session: Session, run: ImportRun) -> bool:
    """Whether a run under way has nobody at it: its job was given up, or its command ended."""
    owed = (Job.unique_key == job_key(run.id), Job.state == JobState.OWED)
    return run.state in READING and session.scalar(select(Job.id).where(*owed).limit(1)) is None
