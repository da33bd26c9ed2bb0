"""How a worker learns at once that somebody wrote: LISTEN on PostgreSQL, data_version on SQLite."""

import time
from typing import Any

from portal.core.db import Database
from portal.core.jobs.queue import CHANNEL

SQLITE_PEEK_SECONDS = 0.02


class Waker:
    """Waits for a commit of anybody else's, at most so many seconds."""

    def __init__(self, database: Database) -> None:
        self._sqlite = database.is_sqlite
        self._connection = database.engine.raw_connection()
        self._driver: Any = self._connection.driver_connection
        self._connection.detach()  # forgets which driver's connection it was
        if self._sqlite:
            self._version = self._data_version()
        else:
            self._driver.rollback()
            self._driver.autocommit = True
            self._driver.execute(f"LISTEN {CHANNEL}")

    def _data_version(self) -> int:
        # Changes when another connection, of any process, commits. Microseconds, no lock.
        return self._driver.execute("PRAGMA data_version").fetchone()[0]

    def wait(self, seconds: float) -> None:
        """Come back when somebody has committed, or after `seconds`."""
        if not self._sqlite:
            for _ in self._driver.notifies(timeout=seconds, stop_after=1):
                pass
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            version = self._data_version()
            if version != self._version:
                self._version = version
                return
            time.sleep(SQLITE_PEEK_SECONDS)

    def close(self) -> None:
        """Give the connection up."""
        self._connection.close()
