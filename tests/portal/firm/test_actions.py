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
from portal.firm.actions import LOGO_BYTES_MAX, FirmDetails, add_user, set_up_firm
from portal.firm.demo import HARLOW_REYES, LOGO
from portal.firm.models import Firm, Level, User

SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


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
    with pytest.raises(Conflict):
        set_up(replace(HARLOW_REYES, country="CA", locale="fr_CA"))
    with db.read() as session:
        firm = queries.firm(session)
    assert firm is not None
    assert (firm.country, firm.locale) == ("US", "en_US")


def test_B1_a_canadian_firm_keeps_its_books_in_canadian_dollars(database: Database) -> None:
    canadian = replace(HARLOW_REYES, country="CA", locale="fr_CA", timezone="America/Toronto")
    assert set_up(canadian).currency == "CAD"


def test_B1_each_change_of_the_face_is_a_new_version_and_is_logged(database: Database) -> None:
    set_up()
    changed = set_up(replace(HARLOW_REYES, short_name="  Harlow\n Reyes ", colour="#ABC"))
    assert (changed.short_name, changed.colour, changed.version) == ("Harlow Reyes", "#aabbcc", 2)
    with db.read() as session:
        versions = [entry.detail["version"] for entry in session.scalars(select(AuditEntry))]
    assert versions == [1, 2]


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
        ("short_name", ""),
        ("phone", ""),
        ("address", "x" * 301),
        ("email", "office"),
        ("email", "office@harlow.test, other@harlow.test"),
        ("logo_svg", "<html></html>"),
        ("logo_svg", "not a file"),
        ("logo_svg", SVG.format("<g>")),
        ("logo_svg", '<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("&a;")),
        ("logo_svg", SVG.format("x" * LOGO_BYTES_MAX)),
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


def test_B1_a_plain_svg_is_kept_as_it_is(database: Database) -> None:
    set_up()
    with db.read() as session:
        assert queries.logo_svg(session) == LOGO


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
