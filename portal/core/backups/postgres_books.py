"""The books of PostgreSQL in a backup: each table by COPY, all of them of one moment."""

import tempfile
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, IsolationLevel
from psycopg.sql import SQL, Composed, Identifier

from portal.core import migrations
from portal.core.backups.archive import PIECE_BYTES, Damaged, Reader, Writer
from portal.core.db import Base, Database

PREFIX = "books/"
_COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = %s ORDER BY ordinal_position
"""
_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"


def write(writer: Writer, database: Database, beside: Path) -> dict[str, list[str]]:
    """Add the books; answers the columns of each table. `beside`: the folder for what is copied
    before its size is known."""
    columns: dict[str, list[str]] = {}
    with _connected(database) as connection:
        connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
        for table in _tables():
            columns[table] = [name for (name,) in connection.execute(_COLUMNS, (table,))]
            with tempfile.TemporaryFile(dir=beside) as file:
                with connection.cursor().copy(_copy(table, columns[table], "TO STDOUT")) as rows:
                    for piece in rows:
                        file.write(piece)
                size = file.tell()
                file.seek(0)
                writer.add(f"{PREFIX}{table}", iter(lambda: file.read(PIECE_BYTES), b""), size)
    return columns


def is_empty(database: Database, revision: str) -> bool:
    """Whether no table is there: nothing would be lost. Nor would it where a restore to this
    revision was broken off: it has made the tables and put no row into them."""
    with _connected(database) as connection:
        row = connection.execute(_TABLES).fetchone()
        if row is not None and row[0] == 0:
            return True
    if migrations.revision(database) != revision:
        return False
    with _connected(database) as connection:
        return connection.execute("SELECT 1 FROM firm").fetchone() is None


def check(reader: Reader) -> None:
    """Raises `Damaged` for a table that this version does not know, and for one without rows."""
    columns: dict[str, list[str]] = reader.manifest.get("columns") or {}
    unknown = columns.keys() - set(_tables())
    if unknown:
        raise Damaged(f"This backup has a table that this version does not know: {min(unknown)}.")
    lacking = {f"{PREFIX}{table}" for table in columns} - set(reader.names(PREFIX))
    if lacking or not columns:
        raise Damaged("There are no whole books in this backup.")


def read(reader: Reader, database: Database) -> None:
    """Make the tables as they were, and then put every row back in one transaction."""
    columns: dict[str, list[str]] = reader.manifest["columns"]
    migrations.upgrade(
        database.url.render_as_string(hide_password=False), reader.manifest["revision"]
    )
    with _connected(database) as connection:
        for table in (name for name in _tables() if name in columns):
            connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
            with connection.cursor().copy(_copy(table, columns[table], "FROM STDIN")) as rows:
                for piece in reader.pieces(f"{PREFIX}{table}"):
                    rows.write(piece)
            if "id" in columns[table]:
                connection.execute(_next_number(table), (table,))


def _tables() -> list[str]:
    """Every table, after those that it refers to."""
    migrations.import_every_table()
    return [table.name for table in Base.metadata.sorted_tables]


def _copy(table: str, columns: list[str], where: str) -> Composed:
    names = SQL(", ").join(Identifier(name) for name in columns)
    return SQL("COPY {} ({}) {}").format(Identifier(table), names, SQL(where))  # type: ignore[arg-type]


def _next_number(table: str) -> Composed:
    return SQL(
        "SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {} HAVING max(id) > 0"
    ).format(Identifier(table))


def _connected(database: Database) -> "Connection[tuple[Any, ...]]":
    """A connection of its own; what is done in it stands once it is left without an error."""
    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address)
