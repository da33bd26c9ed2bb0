"""What every test can ask for: a database, the app, the people, the mail, the clock, a browser."""

import os
from collections.abc import Callable, Generator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from portal.core import clock, db, demo_clock
from portal.core.config import Settings
from portal.core.db import Database
from portal.core.jobs.worker import run_due_jobs
from tests.support import (
    features,
    kept,
    memory,
    other_database,
    second_try,
    stages,
    still_clock,
    templates,
)
from tests.support.browser import (  # noqa: F401 - fixtures
    base_url,
    browser_context_args,
    browser_type_launch_args,
    product,
)
from tests.support.cast import Cast
from tests.support.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.support.outbox import Outbox
from tests.support.swift import swift_server  # noqa: F401 - a fixture

# The whole suite runs on this one; tests marked `both_databases` run on SQLite and PostgreSQL.
DATABASE = os.environ.get("RETAINER_TEST_DATABASE", "sqlite")
BOTH = ("sqlite", "postgresql") if DATABASE == "sqlite" else ("postgresql",)
# Where this run writes down which of its tests run again on PostgreSQL: see other_database.
AGAIN = os.environ.get("RETAINER_TEST_AGAIN")
BASE_URL = "http://localhost:8000"

kept.keep()
still_clock.watch()


def pytest_configure(config: pytest.Config) -> None:
    """Choose, if asked, what runs again on the other database."""
    if AGAIN:
        config.pluginmanager.register(other_database.Choice(Path(AGAIN)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked `both_databases` once on each."""
    marked = metafunc.definition.get_closest_marker("both_databases")
    if marked and "database_kind" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", BOTH, scope="session")


def pytest_collection_finish() -> None:
    """Every test is read in."""
    kept.look_for_garbage_less_often()


_carried: set[str] = set()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note which statements of docs/features.md the tests carry, before any is deselected."""
    _carried.update(features.carried(items))
    if os.environ.get("CI"):
        second_try.give(items)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """After a whole run, name the statements that no test carries."""
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    stated = features.stated()
    if whole and stated:
        terminalreporter.section("features")
        for line in features.told([one for one in stated if one not in _carried]):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def sqlite_databases() -> Generator[SqliteDatabases]:
    """Fresh SQLite files."""
    with memory.folder() as folder:
        stages.keep_in(folder)
        yield SqliteDatabases(folder)


@pytest.fixture(scope="session")
def postgres_databases() -> Generator[PostgresDatabases]:
    """Fresh databases of one PostgreSQL server, started when first asked for."""
    databases = PostgresDatabases()
    yield databases
    databases.stop()


@pytest.fixture(scope="session")
def database_kind() -> str:
    """`sqlite` or `postgresql`."""
    return DATABASE


@pytest.fixture
def databases(database_kind: str, request: pytest.FixtureRequest) -> Databases:
    """Where databases of this test's kind come from."""
    kind = "sqlite_databases" if database_kind == "sqlite" else "postgres_databases"
    return request.getfixturevalue(kind)


@pytest.fixture
def database_url(databases: Databases) -> Generator[str]:
    """A database with every table and no row."""
    with databases.fresh() as url:
        stages.begin(url)
        still_clock.stand(True)
        yield url
        still_clock.stand(False)


@pytest.fixture
def database(database_url: str) -> Generator[Database]:
    """That database, in use by `db.read()` and `db.transaction()`; the demo clock runs in it."""
    connected = db.connect(database_url)
    clock.use_offset_from(demo_clock.read_offset)
    yield connected
    db.disconnect()


@pytest.fixture(autouse=True)
def demo_clock_starts_at_zero() -> Generator[None]:
    """Each test reads the demo clock of its own database, and leaves no reading behind."""
    clock.use_offset_from(None)
    clock.forget_offset()
    yield
    clock.use_offset_from(None)
    clock.forget_offset()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """The settings of the product on its sandbox, with its data in a folder of the test's own."""
    (tmp_path / "var").mkdir()
    return Settings(
        secret_key="only-for-tests-" + "x" * 32,
        base_url=BASE_URL,
        database_url=database_url,
        var=tmp_path / "var",
        redis_url=None,
        mail=None,
        stripe=None,
    )


@pytest.fixture
def app(settings: Settings) -> Generator[Flask]:
    """The whole product: each call to the sandbox is held against Stripe's contract."""
    from app import create_app

    made: list[Flask] = []

    def post(body: bytes, headers: dict[str, str]) -> int:
        answer = made[0].test_client().post("/webhooks/stripe", data=body, headers=headers)
        return answer.status_code

    made.append(create_app(settings, post=post, checked=True))
    made[0].config["TESTING"] = True
    made[0].jinja_env.bytecode_cache = templates.KEPT
    yield made[0]
    db.disconnect()


@pytest.fixture
def outbox(app: Flask) -> Generator[Outbox]:
    """Every email that was sent."""
    from portal.outbox import smtp

    box = Outbox()
    smtp.use(box)
    yield box
    smtp.use(None)


@pytest.fixture
def cast(app: Flask, outbox: Outbox) -> Cast:
    """Ada (administrator), Ben (billing), Ana (accounts), Cleo (client), Sol (stranger)."""
    return Cast(app, BASE_URL)


@pytest.fixture
def run_jobs(app: Flask) -> Callable[[], int]:
    """Run every job that is due, here and now; answers how many ran."""
    return lambda: run_due_jobs(app.app_context)


@pytest.fixture
def advance(run_jobs: Callable[[], int]) -> Callable[[timedelta], int]:
    """Advance the demo clock and run what fell due; answers how many jobs ran."""

    def advance_by(by: timedelta) -> int:
        with db.transaction() as session:
            demo_clock.advance(session, by)
        return run_jobs()

    return advance_by
