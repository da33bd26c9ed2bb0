"""What is left out of a second run, and of the books' lives, is only what cannot differ."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Executable, insert, select, text
from sqlalchemy.exc import IntegrityError

from portal.core import clock, db
from portal.core.audit import AuditEntry, AuditHead
from portal.core.db import Database
from portal.firm.actions import set_up_firm
from portal.firm.models import Firm
from tests.support.cast import FIRM
from tests.support.commits import watched
from tests.support.databases import PostgresDatabases
from tests.support.other_database import Choice, covering, without_counts

Act = Callable[[], object]


class TestRun:
    """A run of tests that are no more than a name, fixtures, a marker and what they do."""

    __test__ = False

    def __init__(self, file: Path) -> None:
        self._file = file
        self._choice = Choice(file)
        self._choice.pytest_sessionstart()

    def runs(self, name: str, act: Act, *fixtures: str, marker: str = "", **cases: str) -> None:
        item = SimpleNamespace(
            nodeid=name,
            fixturenames=fixtures,
            callspec=SimpleNamespace(params=cases),
            get_closest_marker=lambda asked: asked == marker,
        )
        run = self._choice.pytest_runtest_protocol(cast(Any, item))
        next(run)
        act()
        with suppress(StopIteration):
            run.send(True)

    def chosen(self) -> list[str]:
        self._choice.pytest_sessionfinish()
        return self._file.read_text().splitlines()


@pytest.fixture
def run(tmp_path: Path) -> TestRun:
    return TestRun(tmp_path / "chosen")


def asking(*statements: Executable) -> Act:
    def act() -> None:
        with db.read() as session:
            for statement in statements:
                session.execute(statement)

    return act


NAMES, ZONES = select(Firm.legal_name), select(Firm.timezone)


def test_of_the_tests_through_the_product_as_many_run_again_as_send_every_statement(
    database: Database, run: TestRun
) -> None:
    run.runs("names", asking(NAMES), "databases", "app")
    run.runs("both", asking(NAMES, ZONES), "databases", "app")
    run.runs("locking", asking(NAMES.with_for_update()), "databases", "app")
    run.runs("zones", asking(ZONES), "databases", "app")
    assert run.chosen() == ["both", "locking"]


def test_a_test_that_asks_the_database_itself_runs_again(database: Database, run: TestRun) -> None:
    run.runs("first", asking(NAMES), "databases")
    run.runs("second[one]", asking(NAMES), "databases")
    run.runs("second[two]", asking(NAMES), "databases")
    run.runs("second[three]", asking(ZONES), "databases")
    run.runs("product", asking(NAMES), "databases", "app")
    assert run.chosen() == ["first", "second[one]", "second[three]"]


def test_what_ran_there_already_or_cannot_run_there_is_left_out(
    database: Database, run: TestRun
) -> None:
    run.runs("there", asking(NAMES), "databases", marker="both_databases")
    run.runs("product", asking(NAMES), "databases", "app")
    run.runs("slow", asking(ZONES), "databases", "app", marker="slow")
    run.runs("browser", asking(ZONES), "databases", "app", "browser")
    run.runs("sqlite", asking(ZONES), "databases", database_kind="sqlite")
    run.runs("words", asking(ZONES), "tmp_path")
    assert run.chosen() == []


def test_a_nothing_among_the_values_and_a_refusal_make_a_statement_another(
    database: Database, run: TestRun
) -> None:
    def adding(kind: str | None) -> Act:
        line = insert(AuditHead).values(id=1, position=0, mac=kind)

        def act() -> None:
            with suppress(IntegrityError), db.transaction() as session:
                session.execute(line)

        return act

    run.runs("adds", adding("mac"), "databases", "app")
    run.runs("adds it again", adding("mac"), "databases", "app")
    run.runs("adds nothing", adding(None), "databases", "app")
    assert run.chosen() == ["adds nothing", "adds it again"]


def test_many_rows_are_looked_through_one_by_one_or_all_in_a_row(
    database: Database, run: TestRun
) -> None:
    line = {"at": clock.wall_time(), "actor": "Ada", "action": "x", "subject": "y", "detail": {}}

    def adding(*returning: Any) -> Act:
        def act() -> None:
            with db.transaction() as session:
                adds = insert(AuditEntry)
                session.execute(adds.returning(*returning) if returning else adds, [line, line])

        return act

    run.runs("one by one", adding(), "databases", "app")
    run.runs("all in a row", adding(AuditEntry.id), "databases", "app")
    assert run.chosen() == ["all in a row", "one by one"]


def test_the_count_of_the_values_makes_no_other_statement() -> None:
    one, three = "x IN (?)", "x IN (?, ?, ?)"
    assert without_counts(one) == without_counts(three)
    assert without_counts("VALUES (?, ?), (?, ?)") == without_counts("VALUES (?, ?)")
    assert without_counts("x IN (SELECT 1 WHERE 1!=1)") != without_counts(one)


def test_the_alphabet_decides_between_equals() -> None:
    sent = {"b": {"x", "y"}, "a": {"x", "y"}, "c": {"z"}}
    assert covering(sent, there_already={"z"}) == ["a"]


def test_a_test_on_postgresql_finds_no_row_no_number_and_no_change_of_the_test_before(
    postgres_databases: PostgresDatabases,
) -> None:
    """The database is the same one, unless a test changed more than its rows."""
    line = {"at": clock.wall_time(), "actor": "Ada", "action": "x", "subject": "y", "detail": {}}
    adding = insert(AuditEntry).values(line).returning(AuditEntry.id)
    given: list[str] = []
    for change in ("SELECT 1", "ALTER TABLE audit_entry DISABLE TRIGGER USER", "SELECT 1"):
        with postgres_databases.fresh() as url:
            given.append(url)
            database = Database(url)
            with database.transaction() as session:
                assert session.scalars(select(AuditEntry.id)).all() == []
                assert session.scalar(adding) == 1
                session.execute(text(change))
            database.dispose()
    assert given[0] == given[1] != given[2]


def test_a_commit_is_noticed_and_a_reading_or_what_was_taken_back_is_not(
    database: Database,
) -> None:
    with watched() as commits:
        assert commits.since_asked()
        assert not commits.since_asked()
        with db.read() as session:
            session.scalars(select(Firm)).all()
        try:
            with db.transaction() as session:
                set_up_firm(session, FIRM)
                raise KeyError
        except KeyError:
            assert not commits.since_asked()
        with db.transaction() as session:
            set_up_firm(session, FIRM)
        assert commits.since_asked()
