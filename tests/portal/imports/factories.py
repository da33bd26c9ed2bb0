"""Files on their way in, without a browser."""

import io
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import select

from portal.core import db
from portal.imports import actions, running
from portal.imports.kinds import named
from portal.imports.models import ImportProblem, ImportRun

BY = "user:tester"
RunJobs = Callable[[], int]


def taken(content: str | bytes, kind: str = "contacts", name: str = "people.csv") -> ImportRun:
    """A file that was brought and whose columns were guessed."""
    data = content.encode() if isinstance(content, str) else content
    return actions.take_file(named(kind), name, io.BytesIO(data), by=BY)


def again(run: ImportRun) -> ImportRun:
    """The run as it stands now."""
    with db.read() as session:
        return session.get_one(ImportRun, run.id)


def ordered_to_check(run: ImportRun, **options: str) -> None:
    """**Check** was pressed, and nobody has looked at a row yet."""
    with db.transaction() as session:
        kept = session.get_one(ImportRun, run.id)
        actions.check(session, kept, run.matched, {**run.options, **options}, queued=False)


def checked(run: ImportRun, **options: str) -> ImportRun:
    """Every row was looked at."""
    ordered_to_check(run, **options)
    running.go_on(run.id)
    return again(run)


def ordered_to_import(run: ImportRun) -> None:
    """**Import** was pressed."""
    with db.transaction() as session:
        actions.start(session, session.get_one(ImportRun, run.id), by=BY, queued=False)


def imported(content: str | bytes, kind: str = "contacts", **options: str) -> ImportRun:
    """A file from beginning to end; where nothing can be added, only checked."""
    run = checked(taken(content, kind), **options)
    if run.added:
        ordered_to_import(run)
        running.go_on(run.id)
    return again(run)


def counts(run: ImportRun) -> tuple[int, int, int]:
    """Added, here already, refused."""
    return run.added, run.skipped, run.refused


def told(run: ImportRun) -> list[tuple[int, str, str]]:
    """What was wrong: row, column, sentence."""
    with db.read() as session:
        rows = session.scalars(
            select(ImportProblem)
            .where(ImportProblem.import_run_id == run.id)
            .order_by(ImportProblem.id)
        )
        return [(one.row, one.column, one.sentence) for one in rows]


def csv_of(headings: str, rows: Iterable[Sequence[str] | str]) -> str:
    """A file of these rows, each written as it is or with commas between."""
    lines = [row if isinstance(row, str) else ",".join(row) for row in rows]
    return "\n".join([headings, *lines, ""])
