"""The sandbox's own database: one SQLite file beside the product's, and independent of it.

A kill or a restore of the product therefore meets a processor that remembers. Used from
several threads and from two processes at once.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from payments.sandbox.book import Book

BUSY_TIMEOUT_MS = 5_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS object (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    body TEXT NOT NULL,
    hidden TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS object_by_kind ON object (account, kind, seq);
CREATE TABLE IF NOT EXISTS due (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    due_at INTEGER NOT NULL,
    account TEXT NOT NULL,
    action TEXT NOT NULL,
    object_id TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS due_by_time ON due (due_at, seq);
CREATE TABLE IF NOT EXISTS delivery (
    event_seq INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    next_at REAL NOT NULL,
    attempts INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS delivery_by_time ON delivery (next_at, event_seq);
CREATE TABLE IF NOT EXISTS answer (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    at INTEGER NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE INDEX IF NOT EXISTS answer_by_time ON answer (at);
CREATE TABLE IF NOT EXISTS setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
"""


class Store:
    """Opens transactions on the sandbox's file. One connection per thread.

    A writer waits at most 5 seconds for another, then `sqlite3.OperationalError`. Everything
    written within one `writing()` is there together, or not at all after a kill.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        # Writers of this process queue here first: SQLite's own waiting is not fair.
        self._gate = threading.Lock()
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._opened_lock = threading.Lock()
        self._create()

    @contextmanager
    def writing(self) -> Iterator[Book]:
        """A transaction that holds the write lock from its first moment."""
        if getattr(self._local, "open", False):
            raise RuntimeError("A sandbox transaction is already open in this thread.")
        with self._gate:
            yield from self._run("BEGIN IMMEDIATE")

    @contextmanager
    def reading(self) -> Iterator[Book]:
        """A transaction that sees one state throughout and writes nothing."""
        if getattr(self._local, "open", False):
            raise RuntimeError("A sandbox transaction is already open in this thread.")
        yield from self._run("BEGIN")

    def has_due(self, at: int) -> bool:
        """Whether something is due at that second. Takes no lock."""
        query = "SELECT 1 FROM due WHERE due_at <= ? LIMIT 1"
        return self._connection().execute(query, (at,)).fetchone() is not None

    def has_delivery(self, wall: float) -> bool:
        """Whether an event waits to be delivered at that wall time. Takes no lock."""
        query = "SELECT 1 FROM delivery WHERE next_at <= ? LIMIT 1"
        return self._connection().execute(query, (wall,)).fetchone() is not None

    def settings(self) -> dict[str, object]:
        """The switches that somebody has set."""
        rows = self._connection().execute("SELECT name, value FROM setting").fetchall()
        return {name: json.loads(value) for name, value in rows}

    def close(self) -> None:
        """Close every connection of this process."""
        with self._opened_lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()
        self._local = threading.local()

    def _run(self, begin: str) -> Iterator[Book]:
        connection = self._connection()
        connection.execute(begin)
        self._local.open = True
        try:
            yield Book(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        else:
            connection.execute("COMMIT")
        finally:
            self._local.open = False

    def _connection(self) -> sqlite3.Connection:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            # close() is called from another thread than the one that opened.
            connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            connection.execute("PRAGMA synchronous = FULL")
            self._local.connection = connection
            with self._opened_lock:
                self._opened.append(connection)
        return connection

    def _create(self) -> None:
        connection = self._connection()
        deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
        while True:
            try:
                # Turning WAL on ignores the busy timeout, and two processes start at once.
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}COMMIT;")
                return
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
