"""The books of SQLite in a backup: the file as it was at one moment, while others write."""

import os
import sqlite3
import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from portal.core.backups.archive import PIECE_BYTES, Damaged, Reader, Writer

MEMBER = "books/retainer.db"


def write(writer: Writer, books: Path, beside: Path) -> None:
    """Add the books. `beside`: the folder in which the copy is made first."""
    with _copied(books, beside) as copy:
        size = os.fstat(copy.fileno()).st_size
        writer.add(MEMBER, iter(lambda: copy.read(PIECE_BYTES), b""), size)


@contextmanager
def _copied(books: Path, beside: Path) -> Generator[BinaryIO]:
    with tempfile.NamedTemporaryFile(dir=beside, prefix=".backup-") as file:
        with closing(sqlite3.connect(books)) as source, closing(sqlite3.connect(file.name)) as copy:
            source.backup(copy)  # all pages in one step: one moment of the books
        file.seek(0)
        yield file  # type: ignore[misc]


def is_empty(books: Path) -> bool:
    """Whether no table is there: nothing would be lost."""
    if not books.exists():
        return True
    with closing(sqlite3.connect(books)) as connection:
        return connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0


def check(reader: Reader) -> None:
    """Raises `Damaged` for a backup without books."""
    if MEMBER not in reader.names(MEMBER):
        raise Damaged("There are no books in this backup.")


def read(reader: Reader, books: Path) -> None:
    """Put the books back. They have their name only once they are on the disk as a whole.

    Raises sqlite3.DatabaseError for what are no books.
    """
    books.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        dir=books.parent, prefix=f"{books.name}.", suffix=".restoring", delete=False
    ) as file:
        arriving = Path(file.name)
        try:
            for piece in reader.pieces(MEMBER):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            is_empty(arriving)  # asked only because what is no database refuses to answer
            for left in ("-wal", "-shm", "-journal"):  # of other books: they would be mixed in
                books.with_name(books.name + left).unlink(missing_ok=True)
            arriving.replace(books)
        finally:
            arriving.unlink(missing_ok=True)
