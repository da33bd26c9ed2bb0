"""What Alembic makes of an empty database is what the models declare, on both engines."""

import subprocess
import sys

import pytest
from alembic.script import ScriptDirectory

from portal.core import migrations
from portal.core.db import Database
from tests.support.databases import Databases
from tests.support.schema import shape_of
from tests.support.source import ROOT

pytestmark = pytest.mark.both_databases


def test_upgrading_an_empty_database_makes_what_the_models_declare(databases: Databases) -> None:
    with databases.empty() as migrated, databases.fresh() as declared:
        migrations.upgrade(migrated)
        assert shape_of(migrated) == shape_of(declared)
        assert migrations.current_differs(migrated) == []


def test_upgrading_twice_changes_nothing(databases: Databases) -> None:
    with databases.empty() as url:
        migrations.upgrade(url)
        before = shape_of(url)
        migrations.upgrade(url)
        assert shape_of(url) == before


def test_two_that_upgrade_at_once_take_turns(databases: Databases) -> None:
    """Two web hosts started at the same moment on one database."""
    code = "import sys; from portal.core.migrations import upgrade; upgrade(sys.argv[1])"
    with databases.empty() as url, databases.fresh() as declared:
        command = [sys.executable, "-c", code, url]
        hosts = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
        assert [host.wait(60) for host in hosts] == [0, 0]
        assert shape_of(url) == shape_of(declared)


def test_a_missing_column_is_noticed(databases: Databases) -> None:
    with databases.fresh() as declared, databases.fresh() as other:
        database = Database(other)
        with database.engine.execution_options(writing=True).begin() as connection:
            connection.exec_driver_sql("ALTER TABLE audit_entry DROP COLUMN detail")
        database.dispose()
        assert shape_of(other) != shape_of(declared)
        assert migrations.current_differs(other) != []


def test_there_is_one_line_of_migrations() -> None:
    scripts = ScriptDirectory(str(migrations.SCRIPTS))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
