"""A client's own settings: language, passkeys, devices, home screen (UX C14, FEATURES X5)."""

import io
import json
from datetime import timedelta

import pytest
import time_machine
from PIL import Image
from sqlalchemy import select, update

from portal.access.keys import ClientSession
from portal.clients.queries import contact_by_id
from portal.core import audit, clock, db
from portal.feed.people import person_of_contact
from portal.firm.models import Firm
from tests.portal.access.conftest import SETTINGS, Door, is_in
from tests.support.cast import CLEO, Person
from tests.support.visitor import Visitor

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"


@pytest.fixture
def cleo(door: Door) -> Person:
    """Cleo, signed in."""
    return door.joined()


@pytest.fixture
def three_languages(door: Door) -> None:
    """The firm offers all that there are."""
    with db.transaction() as session:
        session.execute(update(Firm).values(languages=["en_US", "fr_CA", "es_US"]))


def on_a_phone(door: Door) -> Visitor:
    """Cleo once more, on a phone."""
    phone = door.another()
    page = door.ask_for_code(phone)
    headers = {"User-Agent": PHONE}
    state = str(page.one("input[name=state]")["value"])
    sent = {"state": state, "code": door.code()}
    phone.post("/sign-in/code", sent, headers=headers, follow=False, status=303)
    return phone


def test_the_page_is_the_firms_and_never_the_products(door: Door, cleo: Person) -> None:
    page = cleo.get(SETTINGS)
    assert "Retainer" not in page.body
    assert "Harlow & Reyes LLP" in page
    assert CLEO.email in page
    assert page.texts("h1") == ["Settings"]
    assert page.one(".public-footer a[href^='tel:']")
    assert page.headers["Cache-Control"] == "no-store"


def test_B3_the_language_is_chosen_and_kept_for_pages_and_emails(
    door: Door, cleo: Person, three_languages: None
) -> None:
    page = cleo.get(SETTINGS)
    told = cleo.submit(page, "Save", language="fr-CA")
    assert told.one("html")["lang"] == "fr-CA"
    with db.read() as session:
        assert contact_by_id(session, door.cleo.id).language == "fr_CA"
    door.ask_for_code(door.another())
    assert door.newest().message["Content-Language"] == "fr-CA"


def test_B3_the_switch_of_every_page_keeps_the_language_and_the_place(
    door: Door, cleo: Person, three_languages: None
) -> None:
    page = cleo.get("/portal/welcome", query_string={"next": SETTINGS})
    answer = cleo.submit(page, "Español", follow=False, status=303)
    assert answer.headers["Location"] == f"/portal/welcome?next={SETTINGS}"
    assert cleo.get(SETTINGS).one("html")["lang"] == "es-US"


@pytest.mark.parametrize("language", ["", "de", "xx-YY", "\x00", "fr" * 500])
def test_a_language_that_is_not_offered_is_refused(door: Door, cleo: Person, language: str) -> None:
    token = str(cleo.get(SETTINGS).one("body")["data-token"])
    sent = {"csrf_token": token, "language": language}
    cleo.post("/portal/settings/language", sent, status=422)


def test_devices_are_named_and_can_be_signed_out(door: Door, cleo: Person) -> None:
    phone = on_a_phone(door)
    page = cleo.get(SETTINGS)
    assert "Safari on iPhone" in page
    assert "(this device)" in page
    told = cleo.submit(page, "Sign out Safari on iPhone")
    assert "That device was signed out." in told
    assert not is_in(phone)
    assert is_in(cleo)


def test_all_other_devices_are_signed_out_at_once(door: Door, cleo: Person) -> None:
    phones = [on_a_phone(door), on_a_phone(door)]
    told = cleo.submit(cleo.get(SETTINGS), "Sign out all other devices")
    assert "Every other device was signed out." in told
    assert [is_in(phone) for phone in phones] == [False, False]
    assert is_in(cleo)
    with db.read() as session:
        (entry,) = session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.action == "client.others_ended")
        )
    assert entry.detail == {"browsers": 2}


def test_ended_and_old_devices_are_not_listed(door: Door, cleo: Person) -> None:
    on_a_phone(door)
    with db.transaction() as session:
        session.execute(
            update(ClientSession)
            .where(ClientSession.browser.contains("iPhone"))
            .values(seen_at=clock.wall_time() - timedelta(hours=2))
        )
    assert "iPhone" not in cleo.get(SETTINGS)


def test_another_clients_device_cannot_be_signed_out(door: Door, cleo: Person) -> None:
    sol, matter = door.client("Sol Second", "second@client.test")
    other = door.another()
    door.accept(other, door.invite(sol, matter))
    with db.read() as session:
        theirs = session.scalars(
            select(ClientSession.public_id).where(ClientSession.contact_id == sol.id)
        ).one()
    token = str(cleo.get(SETTINGS).one("body")["data-token"])
    for name in (theirs, "nobody", "%00"):
        cleo.ask(
            "POST",
            f"/portal/settings/devices/{name}/sign-out",
            data={"csrf_token": token},
            status=None,
        )
    assert is_in(other)


def test_X5_the_portal_goes_to_the_home_screen_under_the_firms_name(
    door: Door, cleo: Person
) -> None:
    address = str(cleo.get(SETTINGS).one("link[rel=manifest]")["href"])
    told = json.loads(door.cast.sol.get(address).response.get_data(as_text=True))
    assert told["name"] == "Harlow & Reyes LLP client portal"
    assert (told["short_name"], told["start_url"]) == ("Harlow & Reyes", "/portal/")
    assert told["display"] == "standalone"
    assert told["theme_color"] == "#1f4b5f"
    assert "Retainer" not in json.dumps(told)
    for icon in told["icons"]:
        picture = door.cast.sol.get(icon["src"]).response
        assert picture.mimetype == "image/png"
        size = Image.open(io.BytesIO(picture.data)).size
        assert icon["sizes"] == f"{size[0]}x{size[1]}"
    door.cast.sol.get("/portal/icon-100000.png", status=404)


def test_X5_the_office_goes_to_the_home_screen_as_an_app_of_its_own(door: Door) -> None:
    address = str(door.cast.ben.get("/staff/contacts").one("link[rel=manifest]")["href"])
    told = json.loads(door.cast.sol.get(address).response.get_data(as_text=True))
    assert told["name"] == "Harlow & Reyes LLP office"
    assert (told["start_url"], told["scope"]) == ("/staff/", "/staff/")
    assert told["icons"] != []


def test_the_welcome_leads_nowhere_else(door: Door, cleo: Person) -> None:
    page = cleo.get("/portal/welcome", query_string={"next": "https://evil.test/"})
    assert page.link("Go to your portal").endswith("localhost:8000/portal/")


def test_the_warning_is_on_every_page_with_what_is_left(door: Door, cleo: Person) -> None:
    with db.read() as session:
        seen = session.scalars(select(ClientSession.seen_at)).one()
    with time_machine.travel(seen + timedelta(seconds=30), tick=False):
        warning = cleo.get(SETTINGS).one("dialog[data-idle]")
    assert warning["data-left"] == "3570"
    assert person_of_contact(door.cleo).name == CLEO.name
