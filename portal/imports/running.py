"""The job that reads a file on, row after row, to check it or to import it (FEATURES X7).

Up to 500 things at a time, each time one transaction that also says how far it has come: so a run
that was killed goes on where it stood, and nothing is added twice or left out. Two that are at the
same run by mistake cannot both go on: the second sees that the first was there.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.core import audit, clock, db, storage
from portal.core.errors import Refusal
from portal.core.jobs import handler, recurring
from portal.core.storage import StorageUnavailable
from portal.firm.models import Firm
from portal.imports import judging
from portal.imports.actions import count_anew, drop_file, forget
from portal.imports.grouping import Bundle, chunks
from portal.imports.kinds import Kind, Outcome, Ready, Refused, Skipped, named
from portal.imports.models import ImportRun, ImportState
from portal.imports.queries import JOB, READING
from portal.imports.remembering import remember

SWEPT_EVERY = timedelta(days=1)
FILE_KEPT_FOR = timedelta(days=7)
UNUSED_KEPT_FOR = timedelta(days=30)
SWEPT_AT_ONCE = 500

log = structlog.get_logger("imports")


@handler(JOB)
def read_on(import_run_id: int) -> None:
    """Check or import the rest of a file. What breaks it is told on its page."""
    try:
        go_on(import_run_id)
    except DBAPIError:
        raise  # the whole job comes back later, and goes on from there
    except StorageUnavailable:
        if not _is_gone(import_run_id):
            raise  # likewise
        _stop(import_run_id, _("Its file is not in the store any more."))
    except Exception as broken:
        log.error("an import stopped", run=import_run_id, exc_info=broken)
        _stop(import_run_id, str(broken) if isinstance(broken, Refusal) else "")


def _is_gone(import_run_id: int) -> bool:
    """Whether the store answers, and has no such file."""
    with db.read() as session:
        run = session.get(ImportRun, import_run_id)
    return run is not None and storage.size(run.stored) is None


def go_on(import_run_id: int) -> None:
    """Read a run that is being checked or imported to its end, from where it stands."""
    with db.read() as session:
        run = session.get(ImportRun, import_run_id)
    if run is None or run.state not in READING:
        return
    if run.state == ImportState.CHECKING and run.read_rows == 0:
        judging.forget_names(run.id)
    kind = named(run.kind)
    apart = _read_rest(kind, run)
    if apart and run.state == ImportState.CHECKING:
        apart = _read_rest(kind, run) if _counts_anew(run) else None
    if apart is not None:
        _finish(run)


def _read_rest(kind: Kind, run: ImportRun) -> bool | None:
    """Take part after part, to the end: as `_take` tells of all of them together."""
    apart = False
    for chunk in chunks(kind, run, skip=run.read_rows):
        met = _take(kind, run, chunk)
        if met is None:
            return None
        apart |= met
    return apart


def _counts_anew(run: ImportRun) -> bool:
    """Have a check begin once more, now that it is known which things do not stand together: their
    first parts were counted as good. False where another was at it meanwhile."""
    with db.transaction() as session:
        kept = session.get(ImportRun, run.id, with_for_update=True)
        if kept is None or (kept.state, kept.read_rows) != (run.state, run.read_rows):
            return False
        count_anew(session, kept)
    run.read_rows = 0
    return True


def _take(kind: Kind, run: ImportRun, chunk: Sequence[Bundle]) -> bool | None:
    """Do the next part: whether something was met that does not stand together; None where somebody
    stopped the run, or another was at it meanwhile. `run` is as it was read: it is brought forward
    with the row."""
    outcomes: Sequence[Outcome] = ()
    checking = run.state == ImportState.CHECKING
    if checking:  # nothing is written, so nobody who writes need wait for it
        with db.read() as session:
            outcomes = judging.judged(session, kind, run, chunk)
    with db.transaction() as session:
        kept = session.get(ImportRun, run.id, with_for_update=True)
        if kept is None or (kept.state, kept.read_rows) != (run.state, run.read_rows):
            return None
        if not checking:
            _one_at_a_time(session)
            outcomes = judging.judged(session, kind, kept, chunk)
            _write(session, kind, kept, outcomes)
        apart = judging.note_names(session, kind, kept, chunk)
        _count(session, kind, kept, outcomes)
        kept.read_rows = chunk[-1].last_row - 1
    run.read_rows = kept.read_rows
    return apart


def _one_at_a_time(session: Session) -> None:
    """Hold the firm's row from the look to the writing. Two files that bring the same people at
    once would else both find that they are not here yet; and who issues a bill holds it while the
    next number is found, so that none is given away meanwhile.
    """
    session.scalars(select(Firm).with_for_update()).one()


def _write(session: Session, kind: Kind, run: ImportRun, outcomes: Sequence[Outcome]) -> None:
    ready = [one for one in outcomes if isinstance(one, Ready)]
    if ready:
        kind.write(session, ready, run.made_by, run)
    here = {one.key: one for one in outcomes if isinstance(one, Skipped) and one.key}
    ids = {key: one.subject_id for key, one in here.items() if one.subject_id is not None}
    remember(session, kind.name, ids)


def _count(session: Session, kind: Kind, run: ImportRun, outcomes: Sequence[Outcome]) -> None:
    refused = [one for one in outcomes if isinstance(one, Refused)]
    run.refused += len(refused)
    run.skipped += sum(isinstance(one, Skipped) for one in outcomes)
    run.added += sum(isinstance(one, Ready) for one in outcomes)
    judging.note_problems(session, run, kind, [why for one in refused for why in one.problems])


def _finish(run: ImportRun) -> None:
    imported = run.state == ImportState.IMPORTING
    with db.transaction() as session:
        kept = session.get(ImportRun, run.id, with_for_update=True)
        if kept is None or (kept.state, kept.read_rows) != (run.state, run.read_rows):
            return
        kept.read_rows = kept.total_rows
        kept.state = ImportState.DONE if imported else ImportState.CHECKED
        if imported:
            kept.ended_at = clock.now()
            counts = {"added": kept.added, "skipped": kept.skipped, "refused": kept.refused}
            named_as = f"import:{kept.public_id}"
            audit.record(session, kept.made_by, "import.done", named_as, **counts)
    if imported:
        judging.forget_names(run.id)


def _stop(import_run_id: int, why: str) -> None:
    """Say on its page that a run broke. One that was only checked can be matched anew."""
    with db.transaction() as session:
        run = session.get(ImportRun, import_run_id, with_for_update=True)
        if run is None or run.state not in READING:
            return
        checking = run.state == ImportState.CHECKING
        run.failure = why or _("Something went wrong here.")
        run.state = ImportState.NEW if checking else ImportState.FAILED
        run.ended_at = None if checking else clock.now()


@recurring("imports.sweep", every=SWEPT_EVERY)
def sweep() -> None:
    """Drop the files of runs that ended a week ago, forget those that nobody went on with for a
    month, and objects that a process left behind when it died."""
    now = clock.now()
    ended = (ImportRun.ended_at < now - FILE_KEPT_FOR, ImportRun.stored != "")
    unused = (
        ImportRun.state.in_([ImportState.NEW, ImportState.CHECKED]),
        ImportRun.made_at < now - UNUSED_KEPT_FOR,
    )
    with db.read() as session:
        done = session.scalars(select(ImportRun.id).where(*ended).limit(SWEPT_AT_ONCE)).all()
        old = session.scalars(select(ImportRun.public_id).where(*unused).limit(SWEPT_AT_ONCE)).all()
    for run_id in done:
        drop_file(run_id)
    for public_id in old:
        forget(public_id)
    _sweep_objects()


def _sweep_objects() -> None:
    before = clock.wall_time() - FILE_KEPT_FOR
    for name, written in storage.listed("imports"):
        if written < before:
            with db.read() as session:
                known = session.scalar(select(ImportRun.id).where(ImportRun.stored == name))
            if known is None:
                storage.delete(name)
