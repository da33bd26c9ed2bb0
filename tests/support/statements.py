"""What the database is asked meanwhile: for tests of how much that is and how it finds it."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from portal.core import db


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
