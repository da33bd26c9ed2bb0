"""The tables as Alembic makes them, and whether they are the tables that the models declare."""

import importlib
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from portal.core.db import Base, Database

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "migrations"
PACKAGES = ("portal", "payments")
DECLARES_A_TABLE = "__tablename__"


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to the newest shape, or to that of a revision. Does nothing where it has
    it already."""
    command.upgrade(_config(url), revision)


def revision(database: Database) -> str | None:
    """The revision that a database has; None where nothing was made yet."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def knows(revision: str) -> bool:
    """Whether this version has a revision: a newer version's books have one that it has not."""
    scripts = ScriptDirectory(str(SCRIPTS))
    return any(one.revision == revision for one in scripts.walk_revisions())


def draft(url: str, message: str) -> None:
    """Write the next migration from what the models have and the database at `url` has not.

    Read it before keeping it: triggers, and checks added to tables that exist, are not seen.
    """
    import_every_table()
    command.revision(_config(url), message, autogenerate=True)


def current_differs(url: str) -> list[Any]:
    """What Alembic would change in the database at `url` to fit the models; empty when it fits."""
    import_every_table()
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            options = {"compare_type": True, "compare_server_default": True}
            context = MigrationContext.configure(connection, opts=options)
            return list(compare_metadata(context, Base.metadata))
    finally:
        database.dispose()


def import_every_table() -> None:
    """Import each module of ours that declares a table, so that `Base.metadata` is whole."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if name != __name__ and DECLARES_A_TABLE in path.read_text(encoding="utf-8"):
                importlib.import_module(name)


def prepare(connection: Connection) -> None:
    """Let SQLite rebuild tables that others point at.

    To be called before the transaction begins: inside one, SQLite ignores the switch.
    """
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys = OFF")


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["url"] = url
    return config
