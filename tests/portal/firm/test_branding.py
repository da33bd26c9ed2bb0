"""Publishing the firm's face: what changes, what is told, and who was first (FEATURES B1)."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from portal.core import db
from portal.core.audit import AuditEntry
from portal.core.db import Database
from portal.core.errors import Conflict, Invalid, Missing
from portal.firm import branding, queries
from portal.firm.actions import FirmDetails, set_up_firm
from portal.firm.brand import brand
from portal.firm.branding import Outdated, publish
from portal.firm.demo import HARLOW_REYES, LOGO
from portal.firm.logos import Logo

PLUM = replace(HARLOW_REYES, colour="#7A1F3D", phone="(916) 555-0199")


@pytest.fixture
def firm(database: Database) -> None:
    with db.transaction() as session:
        set_up_firm(session, HARLOW_REYES, LOGO)


def published(
    details: FirmDetails = HARLOW_REYES, logo: Logo | None = LOGO, version: int = 1
) -> tuple[str, ...]:
    with db.transaction() as session:
        return publish(session, details, logo, version=version, by="user:ada")


def kept() -> tuple[FirmDetails, Logo | None, int]:
    with db.read() as session:
        found = branding.published(session)
        return branding.details_of(found), branding.logo_of(found), found.version


def told() -> list[dict[str, Any]]:
    with db.read() as session:
        asked = select(AuditEntry).where(AuditEntry.action == "firm.published")
        return [{"by": entry.actor, **entry.detail} for entry in session.scalars(asked)]


def test_B1_publishing_changes_the_face_and_its_version(firm: None) -> None:
    assert published(PLUM) == ("colour", "phone")
    assert kept() == (replace(PLUM, colour="#7a1f3d"), LOGO, 2)


def test_B1_X9_the_log_names_what_changed_and_holds_no_picture(firm: None) -> None:
    published(replace(PLUM, languages=("en_US",)), None)
    (line,) = told()
    assert line == {
        "by": "user:ada",
        "version": 2,
        "changed": ["logo", "colour", "phone", "languages"],
    }


def test_B1_publishing_what_is_published_already_changes_nothing(firm: None) -> None:
    assert published() == ()
    assert kept() == (HARLOW_REYES, LOGO, 1)
    assert told() == []


def test_B1_a_logo_is_exchanged_and_removed(firm: None) -> None:
    other = Logo(LOGO.png + b" ", 100, 50)
    assert published(logo=other) == ("logo",)
    assert kept()[1] == other
    assert published(logo=None, version=2) == ("logo",)
    assert kept()[1] is None
    with db.read() as session:
        assert queries.logo_png(session) is None


def test_B1_a_form_opened_before_somebody_published_changes_nothing(firm: None) -> None:
    published(replace(HARLOW_REYES, phone="(916) 555-0199"))
    with pytest.raises(Outdated, match="after you opened") as refused:
        published(replace(HARLOW_REYES, colour="#7a1f3d"))
    assert (refused.value.status, refused.value.parts) == (409, ("colour", "phone"))
    assert kept()[0].phone == "(916) 555-0199"
    assert kept()[0].colour == HARLOW_REYES.colour
    assert len(told()) == 1


@pytest.mark.both_databases
def test_B1_of_two_who_publish_at_once_one_is_told(firm: None) -> None:
    told_off: list[Outdated] = []
    start = threading.Barrier(2)

    def publish_from_a_tab(colour: str) -> None:
        start.wait()
        try:
            published(replace(HARLOW_REYES, colour=colour))
        except Outdated as outdated:
            told_off.append(outdated)

    tabs = [threading.Thread(target=publish_from_a_tab, args=[c]) for c in ("#7a1f3d", "#24425c")]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert len(told_off) == 1
    assert kept()[2] == 2


def test_B1_the_country_of_the_books_stays(firm: None) -> None:
    canadian = replace(HARLOW_REYES, country="CA", locale="en_CA", languages=None)
    with pytest.raises(Conflict, match="one currency"):
        published(canadian)
    assert kept() == (HARLOW_REYES, LOGO, 1)


@pytest.mark.parametrize(
    "field, value", [("colour", "green"), ("short_name", " "), ("languages", ()), ("email", "x")]
)
def test_B1_nothing_is_published_while_a_field_cannot_be_used(
    firm: None, field: str, value: Any
) -> None:
    with pytest.raises(Invalid) as refused:
        published(replace(PLUM, **{field: value}))
    assert refused.value.field == field
    assert kept() == (HARLOW_REYES, LOGO, 1)


def test_B1_there_is_nothing_to_publish_before_the_firm_is_set_up(database: Database) -> None:
    with pytest.raises(Missing):
        published()


def test_B1_a_draft_is_seen_by_nobody_else(firm: None) -> None:
    with db.read() as session:
        face = brand(session)
    typed = replace(PLUM, legal_name="")
    draft = branding.draft(face, typed, "#7a1f3d", waiting=None, remove_logo=True)
    assert (draft.colour, draft.legal_name, draft.logo_url) == ("#7a1f3d", "", None)
    other = Logo(LOGO.png, 400, 50)
    waiting = branding.draft(face, PLUM, PLUM.colour, waiting=other, remove_logo=False)
    assert (waiting.logo_width, waiting.logo_height) == (320, 40)
    assert str(waiting.logo_url).startswith("data:image/png;base64,iVBOR")
    same = branding.draft(face, PLUM, PLUM.colour, waiting=None, remove_logo=False)
    assert same.logo_url == face.logo_url
    with db.read() as session:
        assert brand(session) == face
