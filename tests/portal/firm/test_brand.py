"""The firm's face, as every page reads it."""

from dataclasses import replace

import pytest
from sqlalchemy import event

from portal.core import db
from portal.core.db import Database
from portal.core.errors import Missing
from portal.firm.actions import FirmDetails, set_up_firm
from portal.firm.brand import Brand, brand
from portal.firm.demo import HARLOW_REYES
from portal.firm.stylesheets import FILES, Surface, stylesheet


def face_of(details: FirmDetails) -> Brand:
    with db.transaction() as session:
        set_up_firm(session, details)
    with db.read() as session:
        return brand(session)


def test_B2_one_face_for_every_page(database: Database) -> None:
    face = face_of(HARLOW_REYES)
    assert (face.legal_name, face.short_name) == ("Harlow & Reyes LLP", "Harlow & Reyes")
    assert (face.colour, face.on_brand) == ("#1d4d40", "#ffffff")
    assert (face.country, face.currency, face.locale) == ("US", "USD", "en_US")
    assert face.logo_url == f"/brand/{face.fingerprint}/logo.svg"
    assert face.stylesheet_url("staff") == f"/brand/{face.fingerprint}/staff.css"


def test_B2_reading_the_face_is_one_query(database: Database) -> None:
    face_of(HARLOW_REYES)
    statements: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _c, _u, statement, *_more: statements.append(statement),
    )
    with db.read() as session:
        brand(session)
        brand(session)
    assert sum(statement.startswith("SELECT") for statement in statements) == 2


def test_B2_there_is_no_face_before_the_firm_is_set_up(database: Database) -> None:
    with db.read() as session, pytest.raises(Missing):
        brand(session)


@pytest.mark.parametrize(
    "change", [{"colour": "#7a1f3d"}, {"logo_svg": None}, {"phone": "(916) 555-0199"}]
)
def test_B1_publishing_a_change_gives_new_addresses(
    database: Database, change: dict[str, str | None]
) -> None:
    before = face_of(HARLOW_REYES)
    after = face_of(replace(HARLOW_REYES, **change))
    assert after.fingerprint != before.fingerprint
    assert after.stylesheet_url("public") != before.stylesheet_url("public")


def test_B2_without_a_logo_the_name_stands_alone(database: Database) -> None:
    assert face_of(replace(HARLOW_REYES, logo_svg=None)).logo_url is None


@pytest.mark.parametrize("surface", Surface)
def test_B2_a_sheet_ends_in_the_firms_colours(database: Database, surface: Surface) -> None:
    palette = face_of(HARLOW_REYES).palette
    css = stylesheet(surface, palette).plain.decode()
    assert css.endswith(palette.stylesheet() + "\n")
    assert css.index("@layer reset, tokens") == 0
    assert "/*" not in css
    assert FILES[surface][-1].removesuffix(".css") == surface


def test_B2_a_sheet_of_strangers_fits_its_share_of_the_pay_page(database: Database) -> None:
    """The whole pay page may weigh 24 kB compressed; its sheet is held to a third of that."""
    assert len(stylesheet(Surface.PUBLIC, face_of(HARLOW_REYES).palette).gzipped) < 8_000
