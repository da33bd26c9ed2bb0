"""Plain SQL through a database's own driver: as little as does the job, and as durable."""

import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import count, groupby
from operator import itemgetter
from typing import Any

CENTS = 125
# The product's own.
PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "cache_size = -16000",
)
_numbers = count(1)

Statement = tuple[str, tuple[object, ...]]


class Raw:
    """One connection. Statements are written with `?` for a value, whatever the database."""

    def __init__(self, url: str) -> None:
        self._sqlite = url.startswith("sqlite:")
        self._connection: Any = _sqlite(url) if self._sqlite else _postgresql(url)

    @contextmanager
    def begin(self) -> Generator[None]:
        """One durable transaction."""
        self.execute("BEGIN IMMEDIATE" if self._sqlite else "BEGIN")
        yield
        self.execute("COMMIT")

    def transaction(self, statements: Iterable[Statement]) -> None:
        """Carry all of them out in one."""
        with self.begin():
            self.run(statements)

    def run(self, statements: Iterable[Statement]) -> None:
        """Carry them out; equal ones in a row go to the driver together."""
        for text, several in groupby(statements, key=itemgetter(0)):
            values = [one for _, one in several]
            if len(values) == 1:
                self.execute(text, values[0])
            else:
                self._connection.cursor().executemany(self._own(text), values)

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> Any:
        """One statement; answers its cursor."""
        return self._connection.execute(self._own(statement), values)

    def _own(self, statement: str) -> str:
        return statement if self._sqlite else statement.replace("?", "%s")

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()


def _sqlite(url: str) -> sqlite3.Connection:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _postgresql(url: str) -> Any:
    import psycopg

    return psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:", 1), autocommit=True)


def insert_transfer(ids: tuple[int, int]) -> Statement:
    """One posted transfer between two ledger accounts."""
    return (
        "INSERT INTO ledger_transfer (once, state, situation, debit_id, credit_id, amount_cents,"
        " cause, actor, reason, at) VALUES (?, 'posted', 'settled', ?, ?, ?, 'bench', 'bench', '',"
        " '2026-01-01 00:00:00.000000')",
        (f"raw:{next(_numbers)}", *ids, CENTS),
    )


def move_balances(ids: tuple[int, int]) -> Iterator[Statement]:
    """The kept balances of both accounts."""
    for account in ids:
        yield (
            "UPDATE ledger_balance SET posted_cents = posted_cents + ? WHERE account_id = ?",
            (CENTS, account),
        )


def two_accounts(raw: Raw) -> tuple[int, int]:
    """The ledger's first two accounts. Raises TypeError while nothing was booked."""
    first, second = raw.execute("SELECT id FROM ledger_account ORDER BY id LIMIT 2").fetchall()
    return first[0], second[0]
