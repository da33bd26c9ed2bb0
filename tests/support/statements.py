"""What the database is asked meanwhile: for tests of how much that is and how it finds it."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from portal.core import db

# A table of a test is small enough to be read whole, and PostgreSQL knows: it is asked for the
# plan that it has for a large one.
_FOR_LARGE_TABLES = ("seqscan", "bitmapscan", "sort")


@contextmanager
def statements(beginning: str = "") -> Generator[list[tuple[str, Any]]]:
    """Each statement that begins so, with its parameters, in order. `BEGIN` is none."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith(beginning) and not statement.startswith("BEGIN"):
            asked.append((statement, parameters))

    engine = db.current().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plans(asked: Iterable[tuple[str, Any]]) -> list[str]:
    """How the database goes about each of these statements, a line for each of its steps."""
    sqlite = db.current().is_sqlite
    with db.current().engine.connect() as connection:
        for way in () if sqlite else _FOR_LARGE_TABLES:
            connection.exec_driver_sql(f"SET enable_{way} = off")
        word = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
        found = [connection.exec_driver_sql(f"{word} {one}", said) for one, said in asked]
        return ["\n".join(str(row[-1]) for row in rows) for rows in found]
