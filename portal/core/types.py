"""Column types shared by every feature's tables."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Integer, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time. A naive one is refused, so that no time zone is ever guessed."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite only counts up an INTEGER primary key; PostgreSQL gets the full width.
RowId = BigInteger().with_variant(Integer, "sqlite")
Cents = BigInteger()
Json = JSON()


def byte_ordered(chars: int) -> String:
    """A text that sorts by its bytes on both databases, up to `chars` characters.

    A prefix is a range of an index only where the order is that of the bytes, as SQLite's is.
    """
    return String(chars).with_variant(String(chars, collation="C"), "postgresql")
