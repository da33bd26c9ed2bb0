"""Taking a backup and putting it back elsewhere, as the commands do."""

from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text

from payments.accounts.settings import set_online_payments
from portal.core import config, db, migrations
from portal.core.config import Settings
from tests.support.databases import Databases

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def flask(app: Flask) -> Command:
    """Run one of the commands; answers its exit code and what it says."""

    def run(*arguments: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=[*arguments])
        return result.exit_code, result.output

    return run


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """Where the backup goes."""
    return tmp_path / "firm.backup"


@pytest.fixture
def elsewhere(databases: Databases, settings: Settings) -> Generator[Callable[[], None]]:
    """Move to an empty database and an empty store, as after a fire."""
    with databases.empty() as url:

        def move() -> None:
            db.disconnect()
            db.connect(url)
            config.use(replace(settings, database_url=url, storage=settings.var / "new"))

        yield move
        db.disconnect()


def made_by_migrations() -> None:
    """Say of the tables, which tests make at once, what their migrations would say."""
    head = ScriptDirectory(str(migrations.SCRIPTS)).get_current_head()
    with db.transaction() as session:
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        session.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})


def take_payments_online() -> None:
    """Tick it in **Settings → Billing**, which a restore has unticked."""
    with db.transaction() as session:
        set_online_payments(session, online=True, part_min_cents=100, by="user:ada")
