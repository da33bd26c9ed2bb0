"""How much stands in the database, for tests of what was or was not written."""

from sqlalchemy import func, select

from portal.core import db


def count(table: type[db.Base]) -> int:
    """How many rows a table has."""
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
