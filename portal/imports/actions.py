"""Taking in a file, matching its columns, and starting, stopping or forgetting its import."""

import hashlib
from collections.abc import Mapping
from typing import BinaryIO

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.core import audit, clock, db, ids, storage
from portal.core.errors import Conflict, Invalid, Refusal
from portal.core.jobs import enqueue
from portal.firm.queries import firm
from portal.imports import judging, matching
from portal.imports.kinds import Kind, named
from portal.imports.models import ImportProblem, ImportRun, ImportState
from portal.imports.queries import JOB, READING, import_run, job_key
from portal.imports.reading import FILE_BYTES_MAX, survey

PIECE_BYTES = 256 * 1024
NAME_CHARS_MAX = 200


def take_file(kind: Kind, name: str, file: BinaryIO, *, by: str) -> ImportRun:
    """Keep a file, read it through once, and guess which column holds what. Nothing of it is
    imported yet.

    Not inside a transaction. Raises `Invalid` beside `file` for what is no table that can be read,
    and for more than 104,857,600 bytes.
    """
    public_id = ids.public_id()
    stored = f"imports/{public_id}"
    size, digest = _store(stored, file)
    try:
        found = survey(stored, size)
        with db.transaction() as session:
            run = ImportRun(
                public_id=public_id,
                kind=kind.name,
                name=_plain(name),
                stored=stored,
                size_bytes=size,
                digest=digest,
                encoding=found.encoding,
                delimiter=found.delimiter,
                columns=found.columns,
                matched=matching.guess(kind, found.columns),
                options=defaults(session, kind),
                state=ImportState.NEW,
                total_rows=found.total_rows,
                made_at=clock.now(),
                made_by=by,
            )
            session.add(run)
    except Refusal:
        storage.delete(stored)
        raise
    return run


def _store(stored: str, file: BinaryIO) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    with storage.sink(stored) as sink:
        while piece := file.read(PIECE_BYTES):
            size += len(piece)
            if size > FILE_BYTES_MAX:
                raise Invalid(_("This file is larger than 100 MB. Split it into several."), "file")
            digest.update(piece)
            sink.write(piece)
        sink.keep()
    return size, digest.hexdigest()


def _plain(name: str) -> str:
    """The name of a file as it can be shown: its end, without what cannot be seen."""
    end = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in end if char.isprintable()).strip()[:NAME_CHARS_MAX] or "CSV"


def defaults(session: Session, kind: Kind) -> dict[str, str]:
    """What the options of a kind are before anybody chose."""
    settings = firm(session)
    country = settings.country if settings else "US"
    return {option.name: option.default_in(country) for option in kind.options}


class Unmatched(Invalid):
    """The columns that were chosen do not do: `errors` has a sentence for each field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(next(iter(errors.values())), next(iter(errors)))
        self.errors = errors


def check(
    session: Session,
    run: ImportRun,
    matched: Mapping[str, int],
    options: Mapping[str, str],
    *,
    queued: bool = True,
) -> None:
    """Owe a look at every row, which changes nothing: what would be added, and what is wrong.

    `run` is locked. Unless `queued`, whoever asks reads it themselves (a command). Raises
    `Unmatched`, and `Conflict` where it is under way or over.
    """
    if run.state not in (ImportState.NEW, ImportState.CHECKED):
        raise Conflict(_("This file is being read already."))
    kind = named(run.kind)
    errors = matching.problems(kind, matched, run.columns)
    for option in kind.options:
        if options.get(option.name) not in {choice.value for choice in option.choices}:
            errors[option.name] = _("Choose one of these.")
    if errors:
        raise Unmatched(errors)
    run.matched, run.options = dict(matched), dict(options)
    _begin(session, run, ImportState.CHECKING, queued=queued)


def start(session: Session, run: ImportRun, *, by: str, queued: bool = True) -> None:
    """Owe the import of what the check found good. `run` is locked.

    Pressed twice it starts once. Raises `Conflict` where nothing was checked, or nothing is to be
    added.
    """
    if run.state in (ImportState.IMPORTING, ImportState.DONE):
        return
    if run.state != ImportState.CHECKED or not run.added:
        raise Conflict(_("Check this file first."))
    run.made_by = by
    audit.record(session, by, "import.started", f"import:{run.public_id}", kind=run.kind)
    _begin(session, run, ImportState.IMPORTING, queued=queued)


def _begin(session: Session, run: ImportRun, state: ImportState, *, queued: bool) -> None:
    count_anew(session, run)
    run.state, run.failure = state, ""
    session.flush()
    if queued:
        _owe(session, run)


def count_anew(session: Session, run: ImportRun) -> None:
    """Forget what a reading has come to. `run` is locked."""
    session.execute(delete(ImportProblem).where(ImportProblem.import_run_id == run.id))
    run.read_rows = run.added = run.skipped = run.refused = 0


def _owe(session: Session, run: ImportRun) -> None:
    enqueue(session, JOB, unique_key=job_key(run.id), import_run_id=run.id)


def stop(session: Session, run: ImportRun, *, by: str) -> None:
    """Stop an import under way; what was added stays. `run` is locked."""
    if run.state != ImportState.IMPORTING:
        raise Conflict(_("This import is not under way any more."))
    run.state, run.ended_at = ImportState.FAILED, clock.now()
    run.failure = _("Somebody stopped it.")
    audit.record(session, by, "import.stopped", f"import:{run.public_id}", added=run.added)


def resume(session: Session, run: ImportRun, *, by: str) -> None:
    """Go on with an import or a check that stopped before its end, from where it stands. `run` is
    locked. Raises `Conflict` where there is nothing to go on with."""
    if run.state == ImportState.FAILED and run.stored:
        run.state, run.failure, run.ended_at = ImportState.IMPORTING, "", None
        audit.record(session, by, "import.resumed", f"import:{run.public_id}")
    if run.state not in READING:
        raise Conflict(_("There is nothing left of this file to go on with."))
    session.flush()
    _owe(session, run)


def forget(public_id: str) -> None:
    """Forget a file of which nothing was imported. Raises `Conflict` for any other, and
    `Missing`."""
    with db.transaction() as session:
        run = _unused(session, public_id)
        run.state = ImportState.NEW  # none is imported while its names are being forgotten
    judging.forget_names(run.id)
    with db.transaction() as session:
        run = _unused(session, public_id)
        stored = run.stored
        session.execute(delete(ImportProblem).where(ImportProblem.import_run_id == run.id))
        session.delete(run)
    storage.delete(stored)


def _unused(session: Session, public_id: str) -> ImportRun:
    run = import_run(session, public_id, locked=True)
    if run.state not in (ImportState.NEW, ImportState.CHECKED):
        raise Conflict(_("This file is being imported, or was."))
    return run


def drop_file(run_id: int) -> None:
    """Delete the file of a run that is over, and which names it has; what became of it stays told.
    One that somebody goes on with keeps both."""
    with db.transaction() as session:
        run = session.get_one(ImportRun, run_id, with_for_update=True)
        if run.ended_at is None:
            return
        stored, run.stored = run.stored, ""
    judging.forget_names(run_id)
    if stored:
        storage.delete(stored)
