"""`flask import`."""

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from portal.clients.models import Contact
from portal.core import db, storage
from portal.imports.models import ImportRun
from tests.support.cast import Cast


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("Id,Name,Email,Born\n1,Ann,ann@x.test,1980\n2,Bo,bo@,1990\n", "utf-8")
    return path


def run(app: Flask, *arguments: str | Path) -> Result:
    return app.test_cli_runner().invoke(args=["import", *map(str, arguments)])


def contacts() -> int:
    with db.read() as session:
        return session.scalar(select(func.count(Contact.id))) or 0


def runs() -> list[tuple[str, int]]:
    with db.read() as session:
        return [(one.state, one.added) for one in session.scalars(select(ImportRun))]


def test_X7_a_dry_run_prints_what_is_wrong_and_adds_nothing(
    app: Flask, cast: Cast, file: Path
) -> None:
    result = run(app, "contacts", file, "--dry-run")
    assert result.exit_code == 1
    assert result.stderr == "Row 3, Email: Enter an email address like name@example.com.\n"
    assert result.stdout == "1 contact would be added, 0 here already, 1 refused.\n"
    assert (contacts(), runs(), list(storage.listed("imports"))) == (0, [], [])


def test_X7_what_is_good_is_imported_and_the_rest_ends_with_1(
    app: Flask, cast: Cast, file: Path
) -> None:
    result = run(app, "contacts", file, "--column", "note=Born")
    assert (result.exit_code, contacts(), runs()) == (1, 1, [("done", 1)])
    assert result.stdout == "1 contact added, 0 here already, 1 refused.\n"
    file.write_text(file.read_text().replace("bo@", "bo@x.test"))
    result = run(app, "contacts", file)
    assert (result.exit_code, contacts()) == (0, 2)
    assert result.stdout == "1 contact added, 1 here already, 0 refused.\n"
    assert run(app, "contacts", file).exit_code == 0
    assert contacts() == 2
    with db.read() as session:
        assert session.scalar(select(Contact.note).where(Contact.name == "Ann")) == "1980"


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["robots"], "must be one of: contacts, matters"),
        (["matters"], "Choose the column for “Number”. "),
        (["contacts", "--column", "email=Mail"], "email: This file has no such column."),
        (["contacts", "--column", "shoe=Born"], "there is no field shoe"),
        (["contacts", "--column", "email"], "needs a ="),
        (["matters", "--column", "number=Id", "--column", "client=Name", "--column", "name=Born",
          "--option", "days=ymd"], "days: Choose one of these."),
    ],
)  # fmt: skip
def test_X7_what_the_command_cannot_use_is_said_and_leaves_nothing(
    arguments: list[str], told: str, app: Flask, cast: Cast, file: Path
) -> None:
    result = run(app, arguments[0], file, *arguments[1:])
    assert result.exit_code in {1, 2}
    assert told in result.output
    assert (contacts(), runs(), list(storage.listed("imports"))) == (0, [], [])


def test_X7_a_file_that_is_no_table_is_refused(app: Flask, cast: Cast, file: Path) -> None:
    file.write_bytes(b"PK\x03\x04")
    result = run(app, "contacts", file)
    assert (result.exit_code, "workbook" in result.output) == (1, True)
    assert run(app, "contacts", file.with_name("nothing.csv")).exit_code == 2


def test_X7_before_the_firm_is_set_up_nothing_is_imported(app: Flask, file: Path) -> None:
    result = run(app, "contacts", file)
    assert (result.exit_code, "Set the firm up first" in result.output) == (1, True)
