"""Filling a table with very many rows, without the product: straight through the driver."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Engine, Table

CACHE_KIB = 400_000


def fill(
    engine: Engine, table: Any, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> None:
    """Add the rows. Constraints hold, references are not looked at, rules of the code neither. What
    a column that is not named starts with in the product, it starts with here.

    Its indexes are taken down meanwhile: kept up row by row, those of a million payments cost many
    minutes. Afterwards the table is as PostgreSQL's autovacuum would leave it; SQLite's statistics
    are not made, for the product does not make them either.
    """
    indexes = cast(Table, table).indexes
    for index in indexes:
        index.drop(engine)
    connection = cast(Any, engine.raw_connection())
    started = _started_with(table, columns)
    columns = (*columns, *started)
    rows = ((*row, *started.values()) for row in rows)
    names = f"{table.name} ({', '.join(columns)})"
    if engine.dialect.name == "sqlite":
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        places = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO {names} VALUES ({places})", rows)
    else:
        cursor = connection.cursor()
        cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        cursor.execute("SET LOCAL session_replication_role = replica")
        with cursor.copy(f"COPY {names} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    connection.commit()
    connection.close()
    for index in indexes:
        index.create(engine)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as vacuuming:
            vacuuming.exec_driver_sql(f"VACUUM ANALYZE {table.name}")


def _started_with(table: Any, named: Sequence[str]) -> dict[str, object]:
    return {
        column.name: cast(Any, column.default).arg
        for column in cast(Table, table).columns
        if column.name not in named and column.default is not None and column.default.is_scalar
    }


def stored(at: Any) -> str:
    """A time in UTC as both databases read it."""
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"
