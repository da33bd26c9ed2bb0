"""`flask create-admin`."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.core import config, db
from portal.core.config import Settings, StripeSettings
from portal.core.db import Database
from portal.firm import queries
from portal.firm.commands import create_admin
from portal.firm.demo import DEMO_PASSWORD, HARLOW_REYES, make_demo_firm
from portal.firm.models import Level
from portal.firm.passwords import password_fits

PASSWORD = "violet tram under nine bridges"
ADMIN = ["--email", "Ada@Harlow.test", "--name", "Ada", "--password", PASSWORD]
FIRM = [
    "CA",
    "Harlow & Reyes LLP",
    "",  # the short name: as the legal one
    "Quebec",
    "fr_CA",
    "",  # the time zone of the country
    "",  # the colour
    "514 555-0142",
    "office@harlow-reyes.example",
    "1 rue Principale, Montréal QC  H2X 1Y4",
]


@pytest.fixture(autouse=True)
def configured(settings: Settings) -> None:
    config.use(settings)


def run(arguments: list[str], answers: list[str]) -> Result:
    return CliRunner().invoke(create_admin, arguments, input="\n".join([*answers, ""]))


def test_N9_the_first_administrator_sets_the_firm_up(database: Database) -> None:
    result = run(ADMIN, FIRM)
    assert result.exit_code == 0, result.output
    assert "Ada can sign in as ada@harlow.test." in result.output
    assert "Go on at http://localhost:8000/staff/" in result.output
    with db.read() as session:
        firm, user = queries.firm(session), queries.user_by_email(session, "ada@harlow.test")
    assert firm is not None
    assert (firm.short_name, firm.locale, firm.currency) == ("Harlow & Reyes LLP", "fr_CA", "CAD")
    assert firm.timezone == "America/Toronto"
    assert user is not None
    assert user.holds(Level.ADMINISTRATOR)
    assert password_fits(user.password_hash, PASSWORD)


def test_N9_another_administrator_is_asked_nothing_about_the_firm(database: Database) -> None:
    run(ADMIN, FIRM)
    result = run([*ADMIN[:1], "ben@harlow.test", *ADMIN[2:]], [])
    assert result.exit_code == 0, result.output
    again = run(ADMIN, [])
    assert again.exit_code == 1
    assert "There is a user with the address ada@harlow.test already." in again.output


def test_N9_an_answer_that_cannot_be_used_is_asked_for_again_by_itself(database: Database) -> None:
    answers = [*FIRM[:5], "Montreal", "blue", *FIRM[7:], "America/Montreal", "#114b5f"]
    result = run(ADMIN, answers)
    assert result.exit_code == 0, result.output
    assert result.output.count("Legal name of the firm") == 1
    assert result.output.index("timezone: Choose") < result.output.index("colour: ")
    with db.read() as session:
        firm = queries.firm(session)
    assert firm is not None
    assert (firm.timezone, firm.colour) == ("America/Montreal", "#114b5f")


def test_N9_the_administrators_own_details_are_checked_before_the_firm_is_asked_about(
    database: Database,
) -> None:
    for arguments in ([*ADMIN[:5], "short"], [ADMIN[0], "ada", *ADMIN[2:]]):
        result = run(arguments, FIRM)
        assert result.exit_code == 1
        assert "Legal name of the firm" not in result.output


def test_N9_a_password_made_of_the_administrators_name_is_refused(database: Database) -> None:
    result = run(
        [
            *ADMIN[:1],
            "okafor@harlow.test",
            "--name",
            "Ada Okafor",
            ADMIN[4],
            "okafor okafor okafor",
        ],
        FIRM,
    )
    assert result.exit_code == 1
    assert "easy to guess" in result.output


def test_N9_a_database_without_tables_is_told_with_the_command_that_makes_them(
    tmp_path: Path,
) -> None:
    db.connect(f"sqlite:///{tmp_path / 'empty.db'}")
    try:
        result = run(ADMIN, FIRM)
    finally:
        db.disconnect()
    assert result.exit_code == 1
    assert "flask db upgrade" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "arguments, answers, told",
    [
        ([*ADMIN[:5], "short"], FIRM, "password: Choose a password of 15 to 256 characters."),
        ([ADMIN[0], "ada", *ADMIN[2:]], FIRM, "email: Enter an email address"),
        (ADMIN, [*FIRM[:5], "Montreal", *FIRM[6:]], "timezone: Choose a time zone"),
    ],
)
def test_N9_what_cannot_be_used_is_told_and_nothing_is_set_up(
    database: Database, arguments: list[str], answers: list[str], told: str
) -> None:
    result = run(arguments, answers)
    assert result.exit_code == 1
    assert told in result.output
    with db.read() as session:
        assert queries.firm(session) is None
        assert queries.users(session) == []


def test_the_demo_has_a_firm_and_three_people(database: Database, settings: Settings) -> None:
    config.use(settings)
    with db.transaction() as session:
        made = make_demo_firm(session)
    assert made.firm.legal_name == HARLOW_REYES.legal_name
    held = {
        user.email: [row.level for row in user.levels] for user in (made.ada, made.ben, made.ana)
    }
    assert held == {
        "ada@demo.test": ["administrator"],
        "ben@demo.test": ["billing"],
        "ana@demo.test": ["accounts"],
    }
    assert DEMO_PASSWORD == "retainer-demo-only"


def test_the_demos_published_sign_ins_exist_in_the_sandbox_only(
    database: Database, settings: Settings
) -> None:
    config.use(replace(settings, stripe=StripeSettings("sk_test_x", "pk_test_x", ("whsec_x",))))
    with pytest.raises(RuntimeError), db.transaction() as session:
        make_demo_firm(session)
    with db.read() as session:
        assert queries.users(session) == []
