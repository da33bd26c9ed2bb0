"""The firm's face, as every page reads it."""

from dataclasses import replace

import pytest

from portal.core import db
from portal.core.db import Database
from portal.core.errors import Missing
from portal.firm import queries
from portal.firm.actions import FirmDetails, set_up_firm
from portal.firm.brand import Brand, brand, shown_size
from portal.firm.branding import publish
from portal.firm.demo import HARLOW_REYES, LOGO
from portal.firm.logos import Logo
from portal.firm.stylesheets import FILES, Surface, stylesheet
from tests.support.statements import statements


def face_of(details: FirmDetails, logo: Logo | None = None) -> Brand:
    """The face after these details were published."""
    with db.transaction() as session:
        firm = queries.firm(session)
        if firm is None:
            set_up_firm(session, details, logo)
        else:
            publish(session, details, logo, version=firm.version, by="system")
    with db.read() as session:
        return brand(session)


def test_B2_one_face_for_every_page(database: Database) -> None:
    face = face_of(HARLOW_REYES)
    assert (face.legal_name, face.short_name) == ("Harlow & Reyes LLP", "Harlow & Reyes")
    assert (face.colour, face.on_brand) == ("#1d4d40", "#ffffff")
    assert (face.country, face.currency, face.locale) == ("US", "USD", "en_US")
    assert face.stylesheet_url("staff") == f"/brand/{face.fingerprint}/staff.css"


def test_B2_reading_the_face_is_one_query(database: Database) -> None:
    face_of(HARLOW_REYES)
    with statements("SELECT") as asked, db.read() as session:
        brand(session)
        brand(session)
    assert len(asked) == 2


def test_B2_there_is_no_face_before_the_firm_is_set_up(database: Database) -> None:
    with db.read() as session, pytest.raises(Missing):
        brand(session)


@pytest.mark.parametrize("change", [{"colour": "#7a1f3d"}, {"phone": "(916) 555-0199"}])
def test_B1_publishing_a_change_gives_new_addresses(
    database: Database, change: dict[str, str]
) -> None:
    before = face_of(HARLOW_REYES)
    after = face_of(replace(HARLOW_REYES, **change))
    assert after.fingerprint != before.fingerprint
    assert after.stylesheet_url("public") != before.stylesheet_url("public")


def test_B1_a_new_logo_has_a_new_address_and_a_removed_one_has_none(database: Database) -> None:
    assert face_of(HARLOW_REYES).logo_url is None
    first = face_of(HARLOW_REYES, LOGO).logo_url
    assert first is not None
    second = face_of(HARLOW_REYES, Logo(LOGO.png + b"another", LOGO.width, LOGO.height)).logo_url
    assert second not in (None, first)
    assert face_of(HARLOW_REYES).logo_url is None


@pytest.mark.parametrize(
    "kept, shown",
    [
        ((640, 112), (320, 56)),
        ((584, 112), (292, 56)),
        ((640, 40), (320, 20)),
        ((112, 112), (56, 56)),
        ((200, 50), (200, 50)),
        ((16, 112), (8, 56)),
    ],
)
def test_B1_a_logo_is_shown_as_large_as_it_fits_and_never_blown_up(
    kept: tuple[int, int], shown: tuple[int, int]
) -> None:
    assert shown_size(*kept) == shown


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
