"""By which names the firm's other system calls what was imported (FEATURES X7)."""

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.core import db
from portal.imports.models import ImportedThing

KEY_CHARS_MAX = 200


def known(session: Session, kind: str, keys: Iterable[str]) -> dict[str, int]:
    """The rows (by our id) that these names of the other system stand for; `kind` is the name of
    theirs, as "contacts"."""
    wanted = {key for key in keys if key}
    if not wanted:
        return {}
    rows = session.execute(
        select(ImportedThing.key, ImportedThing.subject_id).where(
            ImportedThing.kind == kind, ImportedThing.key.in_(wanted)
        )
    )
    return {row.key: row.subject_id for row in rows}


def remember(session: Session, kind: str, names: Mapping[str, int]) -> None:
    """Keep the other system's names of these rows. A name that is known keeps its meaning."""
    rows = [{"kind": kind, "key": key, "subject_id": row_id} for key, row_id in names.items()]
    if rows:
        db.writing(session).execute(_REMEMBER[session.get_bind().dialect.name], rows)


def forget(session: Session, kind: str, subject_id: int) -> None:
    """Forget the other system's names of a row that is deleted: a new one may get its id."""
    gone = delete(ImportedThing).where(
        ImportedThing.kind == kind, ImportedThing.subject_id == subject_id
    )
    db.writing(session).execute(gone)


_REMEMBER = {
    "sqlite": sqlite.insert(ImportedThing).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(ImportedThing).on_conflict_do_nothing(),
}
