"""Setting up the firm and its people."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from portal.core import db
from portal.core.audit import AuditEntry
from portal.core.db import Database
from portal.core.errors import Conflict, Invalid
from portal.firm import queries
from portal.firm.actions import FirmDetails, add_user, set_up_firm
from portal.firm.demo import HARLOW_REYES
from portal.firm.models import Firm, Level, User

CANADIAN = replace(
    HARLOW_REYES,
    country="CA",
    locale="fr_CA",
    languages=("fr_CA",),
    timezone="America/Toronto",
)


def set_up(details: FirmDetails = HARLOW_REYES) -> Firm:
    with db.transaction() as session:
        return set_up_firm(session, details)


def add(**more: Any) -> User:
    details: dict[str, Any] = {
        "email": "ada@harlow.test",
        "name": "Ada",
        "levels": [Level.ADMINISTRATOR],
        "password_hash": "hashed before",
    }
    with db.transaction() as session:
        return add_user(session, **(details | more))


def test_B1_the_firms_country_decides_its_currency(database: Database) -> None:
    assert set_up().currency == "USD"


def test_B1_a_canadian_firm_keeps_its_books_in_canadian_dollars(database: Database) -> None:
    assert set_up(CANADIAN).currency == "CAD"


def test_B1_a_firm_is_set_up_once(database: Database) -> None:
    set_up()
    with pytest.raises(Conflict):
        set_up(CANADIAN)
    with db.read() as session:
        firm = queries.firm(session)
        entries = list(session.scalars(select(AuditEntry)))
    assert firm is not None
    assert (firm.country, firm.locale) == ("US", "en_US")
    assert [(entry.action, entry.detail["version"]) for entry in entries] == [("firm.set_up", 1)]


def test_B1_what_is_typed_is_tidied(database: Database) -> None:
    firm = set_up(replace(HARLOW_REYES, short_name="  Harlow\n Reyes ", colour="#ABC"))
    assert (firm.short_name, firm.colour) == ("Harlow Reyes", "#aabbcc")


@pytest.mark.parametrize(
    "languages, kept",
    [
        (None, ["en_US"]),
        (("en_US",), ["en_US"]),
        (("es_US", "en_US", "es_US", "fr_CA"), ["en_US", "fr_CA", "es_US"]),
    ],
)
def test_B3_the_languages_offered_stand_in_one_order(
    database: Database, languages: tuple[str, ...] | None, kept: list[str]
) -> None:
    assert set_up(replace(HARLOW_REYES, languages=languages)).languages == kept


def test_B3_a_canadian_firm_offers_its_own_english(database: Database) -> None:
    offered = replace(CANADIAN, languages=("en_CA", "fr_CA", "es_US"))
    assert set_up(offered).languages == ["en_CA", "fr_CA", "es_US"]


@pytest.mark.parametrize(
    "languages, told",
    [
        ((), "at least one"),
        (("fr_CA",), "own language"),
        (("en_US", "de_DE"), "from this list"),
        (("en_US", ""), "from this list"),
        (("en_US", "en_CA"), "from this list"),
    ],
)
def test_B3_languages_that_cannot_be_offered_are_told_so(
    database: Database, languages: tuple[str, ...], told: str
) -> None:
    with pytest.raises(Invalid, match=told) as refused:
        set_up(replace(HARLOW_REYES, languages=languages))
    assert refused.value.field == "languages"


@pytest.mark.parametrize(
    "field, value",
    [
        ("country", "FR"),
        ("country", "us"),
        ("locale", "en"),
        ("locale", "fr_CA"),
        ("locale", "es_MX"),
        ("timezone", "Sacramento"),
        ("timezone", "../../etc/passwd"),
        ("colour", "green"),
        ("colour", "#12345"),
        ("colour", "#1d4d40;}body{display:none"),
        ("legal_name", "  "),
        ("legal_name", "x" * 121),
        ("legal_name", "Harlow \u202eseyeR"),
        ("legal_name", "\u3164"),
        ("legal_name", "\u0301"),
        ("short_name", "\u115f\u3164"),
        ("short_name", "–"),
        ("short_name", ""),
        ("phone", ""),
        ("address", "x" * 301),
        ("email", "office"),
        ("email", "office@harlow.test, other@harlow.test"),
    ],
)
def test_B1_a_setting_that_cannot_be_used_is_named(
    database: Database, field: str, value: str
) -> None:
    with pytest.raises(Invalid) as refused:
        set_up(replace(HARLOW_REYES, **{field: value}))
    assert refused.value.field == field
    with db.read() as session:
        assert queries.firm(session) is None


def test_N9_a_user_holds_several_levels_and_is_found_by_address_however_it_is_cased(
    database: Database,
) -> None:
    add(email=" Ada@Harlow.TEST ", levels=[Level.BILLING, Level.ACCOUNTS, Level.BILLING])
    with db.read() as session:
        user = queries.user_by_email(session, "ADA@harlow.test")
        assert user is not None
        assert user.email == "ada@harlow.test"
        assert [row.level for row in user.levels] == ["accounts", "billing"]
        assert user.holds(Level.ACCOUNTS, Level.ADMINISTRATOR)
        assert not user.holds(Level.ADMINISTRATOR)


def test_N9_an_address_belongs_to_one_user(database: Database) -> None:
    add()
    with pytest.raises(Conflict):
        add(email="ADA@harlow.test", name="Another Ada")
    with db.read() as session:
        assert [user.name for user in queries.users(session)] == ["Ada"]


@pytest.mark.parametrize(
    "field, value",
    [("email", "ada"), ("email", "a b@c.test"), ("email", "ada@harlow"), ("name", " \n ")],
)
def test_N9_a_user_without_a_name_or_an_address_is_refused(
    database: Database, field: str, value: str
) -> None:
    with pytest.raises(Invalid) as refused:
        add(**{field: value})
    assert refused.value.field == field


def test_X9_the_log_tells_who_was_added_and_keeps_no_secret(database: Database) -> None:
    user = add()
    with db.read() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject) == ("user.added", f"user:{user.public_id}")
    assert entry.detail == {"levels": ["administrator"]}
