"""A file on its way in, past the pages: as `flask import` brings it."""

import io
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from portal.core import db
from portal.imports import actions, running
from portal.imports.kinds import named
from portal.imports.models import ImportProblem, ImportRun

BY = "user:ada"


def checked(kind: str, text: str | bytes, options: Mapping[str, str] | None = None) -> ImportRun:
    """The file, taken in, its columns matched by their headings, and looked through."""
    content = text.encode() if isinstance(text, str) else text
    run = actions.take_file(named(kind), "file.csv", io.BytesIO(content), by=BY)
    with db.transaction() as session:
        kept = session.get_one(ImportRun, run.id)
        actions.check(session, kept, kept.matched, kept.options | dict(options or {}))
    running.go_on(run.id)
    return again(run)


def brought(kind: str, text: str | bytes, options: Mapping[str, str] | None = None) -> ImportRun:
    """The file, checked and imported to its end."""
    run = checked(kind, text, options)
    if not run.added:
        return run
    with db.transaction() as session:
        actions.start(session, session.get_one(ImportRun, run.id), by=BY)
    running.go_on(run.id)
    return again(run)


def again(run: ImportRun) -> ImportRun:
    """The run as it stands now."""
    with db.read() as session:
        return session.get_one(ImportRun, run.id)


def problems(run: ImportRun) -> Sequence[tuple[int, str, str]]:
    """Row, column and sentence of everything that was refused."""
    with db.read() as session:
        return [
            (row.row, row.column, row.sentence)
            for row in session.scalars(
                select(ImportProblem)
                .where(ImportProblem.import_run_id == run.id)
                .order_by(ImportProblem.id)
            )
        ]


def counts(run: ImportRun) -> tuple[int, int, int]:
    """How many were added, are here already, and were refused."""
    return run.added, run.skipped, run.refused
