"""What would become of some things of a file: by what holds for every kind, then by their own."""

import hashlib
from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.core import db
from portal.imports import matching
from portal.imports.grouping import Bundle
from portal.imports.kinds import Kind, Outcome, Problem, Refused, Thing
from portal.imports.models import ImportKey, ImportProblem, ImportRun
from portal.imports.queries import PROBLEMS_KEPT, problem_count
from portal.imports.remembering import KEY_CHARS_MAX

FORGOTTEN_AT_ONCE = 5_000
_APART = "\n"
"""Before the name of a thing whose rows do not stand together; no name begins so."""


def judged(session: Session, kind: Kind, run: ImportRun, chunk: Sequence[Bundle]) -> list[Outcome]:
    """What becomes of each thing, in their order. Changes nothing but which names the file has
    used: what is named a second time is refused."""
    things = [bundle.thing for bundle in chunk]
    refused: dict[int, Outcome] = {}
    for bundle, thing in zip(chunk, things, strict=True):
        if found := _wrong(bundle, run.columns):
            refused[thing.number] = Refused(thing, found)
    for thing, first in _named_before(session, kind, run, things):
        sentence = _("Row %(row)s names the same one. It is taken once.", row=first)
        if kind.whole:
            sentence = _("Its rows do not stand together. Sort the file by this column first.")
        field = kind.groups_by if kind.groups_by and thing[kind.groups_by] else ""
        refused.setdefault(thing.number, Refused(thing, [Problem(thing.number, field, sentence)]))
    left = [thing for thing in things if thing.number not in refused]
    told = kind.read(session, left, run.options) if left else ()
    outcomes = refused | {one.thing.number: one for one in told}
    return [outcomes[thing.number] for thing in things]


def _wrong(bundle: Bundle, columns: Sequence[str]) -> list[Problem]:
    if bundle.overfull:
        sentence = _("Too many rows name the same one: at most 1,000 may.")
        return [Problem(bundle.rows[0].number, "", sentence)]
    told = ((number, matching.wrong_cells(cells, columns)) for number, cells in bundle.lines)
    return [Problem(number, "", sentence) for number, sentence in told if sentence]


def _named_before(
    session: Session, kind: Kind, run: ImportRun, things: Sequence[Thing]
) -> list[tuple[Thing, int]]:
    """The things whose name an earlier row has, and that row; of a kind that is taken whole, each
    of which another part is known."""
    names = [(thing, _short(kind.key(thing))) for thing in things]
    known = _known(session, run, {name for _thing, name in names if name})
    first = dict(known)
    for thing, name in names:
        first.setdefault(name, thing.number)
    return [
        (thing, first[name])
        for thing, name in names
        if name and (first[name] != thing.number or _APART + name in known)
    ]


def _known(session: Session, run: ImportRun, names: set[str]) -> dict[str, int]:
    wanted = names | {_APART + name for name in names}
    rows = session.execute(
        select(ImportKey.key, ImportKey.row).where(
            ImportKey.import_run_id == run.id, ImportKey.key.in_(wanted)
        )
    )
    return {row.key: row.row for row in rows}


def note_names(session: Session, kind: Kind, run: ImportRun, chunk: Sequence[Bundle]) -> bool:
    """Keep which names these things have in their file, each with the row that had it first. True
    where of a kind that is taken whole a further part was met, which its first part did not know.
    """
    named = [(_short(kind.key(bundle.thing)), bundle.thing.number) for bundle in chunk]
    named = [(name, row) for name, row in named if name]
    _note(session, run, named)
    if not kind.whole:
        return False
    known = _known(session, run, {name for name, _row in named})
    apart = {_APART + name: row for name, row in named if known[name] != row}
    _note(session, run, list(apart.items()))
    return bool(apart.keys() - known.keys())


def _note(session: Session, run: ImportRun, named: Sequence[tuple[str, int]]) -> None:
    rows = [{"import_run_id": run.id, "key": key, "row": row} for key, row in named]
    if rows:
        db.writing(session).execute(_NOTE[session.get_bind().dialect.name], rows)


_NOTE = {
    "sqlite": sqlite.insert(ImportKey).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(ImportKey).on_conflict_do_nothing(),
}


def _short(name: str) -> str:
    """The name as it can be kept: a very long one by its hash, and none of hidden characters, which
    a database refuses, as their row is."""
    if "\0" in name:
        return ""
    if len(name) < KEY_CHARS_MAX:
        return name
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def forget_names(run_id: int) -> None:
    """Forget which names a file has, some thousands at a time, so that nobody waits for it."""
    while True:
        with db.transaction() as session:
            some = (
                select(ImportKey.key)
                .where(ImportKey.import_run_id == run_id)
                .limit(FORGOTTEN_AT_ONCE)
            )
            gone = db.writing(session).execute(
                delete(ImportKey).where(ImportKey.import_run_id == run_id, ImportKey.key.in_(some))
            )
            if gone.rowcount < FORGOTTEN_AT_ONCE:
                return


def note_problems(session: Session, run: ImportRun, kind: Kind, found: Sequence[Problem]) -> None:
    """Keep why rows were refused, of a file the first thousand reasons."""
    if not found:
        return
    left = PROBLEMS_KEPT - problem_count(session, run.id)
    labels = {field.name: str(field.label) for field in kind.fields}
    session.add_all(
        ImportProblem(
            import_run_id=run.id,
            row=one.row,
            column=_column(run, one.field, labels),
            sentence=one.sentence,
        )
        for one in found[:left]
    )


def _column(run: ImportRun, name: str, labels: Mapping[str, str]) -> str:
    """The heading of the column that holds a field, as the person who mends the file knows it."""
    place = run.matched.get(name)
    heading = run.columns[place] if place is not None else ""
    return heading or labels.get(name, "")
