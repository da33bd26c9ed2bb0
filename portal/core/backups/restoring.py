"""Putting a backup back into an empty place (FEATURES X8)."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from portal.core import config, db, migrations, storage
from portal.core.backups import archive, postgres_books, sqlite_books
from portal.core.backups.archive import Damaged, Reader
from portal.core.backups.taking import DOCUMENTS, fingerprint
from portal.core.errors import Conflict

Change = Callable[[Session], None]
_AFTERWARDS: list[Change] = []


def afterwards(change: Change) -> Change:
    """Register what a feature changes in books that have come back, before anybody uses them."""
    _AFTERWARDS.append(change)
    return change


def restore(path: Path, *, with_another_key: bool = False) -> int:
    """Put the documents and then the books back, bring these to the newest shape, and make the
    changes of `afterwards`; answers how many documents there were.

    The whole file is read and compared first. The books come last and in one step, so that a
    restore which was broken off is begun again. Raises `Damaged`; `Conflict` where books stand
    already, where they are another engine's, or where they were sealed with another `SECRET_KEY`.
    """
    database = db.current()
    with archive.reading(path) as reader:
        _refuse_what_is_not_ours(reader)
        _refuse_another_place(reader, with_another_key)
        names = reader.names(DOCUMENTS)
        for name in names:
            storage.put(name.removeprefix(DOCUMENTS), reader.pieces(name))
        if database.is_sqlite:
            db.disconnect()
            sqlite_books.read(reader, Path(str(database.url.database)))
            db.connect(config.current().database_url)
        else:
            postgres_books.read(reader, database)
    migrations.upgrade(config.current().database_url)
    with db.transaction() as session:
        for change in _AFTERWARDS:
            change(session)
    return len(names)


def _refuse_what_is_not_ours(reader: Reader) -> None:
    """A file that says of itself that it is whole may still be forged, or from a newer version."""
    for name in reader.names(DOCUMENTS):
        if not storage.is_name(name.removeprefix(DOCUMENTS)):
            raise Damaged(f"{name!r} in this backup is no document of the product.")
    if not migrations.knows(str(reader.manifest.get("revision"))):
        raise Damaged("This backup was made by a newer version of the product.")


def _refuse_another_place(reader: Reader, with_another_key: bool) -> None:
    database, told = db.current(), reader.manifest
    engine, theirs = database.url.get_backend_name(), told.get("database")
    if theirs != engine:
        raise Conflict(f"The books in this backup are {theirs}'s, and DATABASE_URL names {engine}.")
    if database.is_sqlite:
        sqlite_books.check(reader)
        empty = sqlite_books.is_empty(Path(str(database.url.database)))
    else:
        postgres_books.check(reader)
        empty = postgres_books.is_empty(database, told["revision"])
    if not empty:
        raise Conflict(
            "There are books already where DATABASE_URL points. A backup is put back into an empty "
            "place only: move them away first, or name another database."
        )
    if told.get("key") != fingerprint(config.current().secret_key) and not with_another_key:
        raise Conflict(
            "This backup was made with another SECRET_KEY. Set that one, or add --other-key where "
            "it is lost: then nobody can use their authenticator app, nor a link in an email."
        )
