"""Clients' passkeys: offered after the invitation, kept with the address, bound to our origin."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from portal.access import passkeys
from portal.access.keys import ClientChallenge, ClientPasskey
from portal.access.models import Participant
from portal.core import audit, clock, db
from tests.portal.access.conftest import SETTINGS, Door, change_address, is_in
from tests.support.authenticator import SoftAuthenticator
from tests.support.cast import CLEO, Person
from tests.support.page import Page
from tests.support.signing_in import OWN, after, options_of
from tests.support.visitor import Visitor

REFUSED = "This passkey was not accepted. Try again, or sign in by email."


@pytest.fixture
def cleo(door: Door) -> Person:
    """Cleo, signed in."""
    return door.joined()


@pytest.fixture
def device() -> SoftAuthenticator:
    return SoftAuthenticator()


def strangers_options(visitor: Visitor, page: Page) -> dict[str, object]:
    """What the door's passkey button would have the device do."""

    address = str(page.one("[data-passkey]")["data-challenge"])
    return json.loads(visitor.post(address).response.get_data(as_text=True))


def add(person: Visitor, device: SoftAuthenticator, name: str = "My phone") -> Page:
    page = person.get(SETTINGS)
    made = device.create(options_of(person, page, "#add-passkey"))
    return person.submit(page, "Add a passkey", passkey=made, name=name)


def show(visitor: Visitor, device: SoftAuthenticator, came_from: str = "") -> Page:
    page = visitor.get("/sign-in", query_string={"next": came_from} if came_from else {})
    shown = device.get(strangers_options(visitor, page))
    sent = {"passkey": shown, "next": str(page.one("input[name=next]")["value"])}
    return visitor.ask("POST", "/sign-in/passkey", data=sent, follow=False, status=None)


def kept() -> list[ClientPasskey]:
    with db.read() as session:
        return list(session.scalars(select(ClientPasskey)))


def test_C11_it_is_offered_once_after_the_invitation(door: Door, device: SoftAuthenticator) -> None:
    welcome = door.accept(door.cast.cleo, door.invite())
    asked = options_of(door.cast.cleo, welcome, "#add-passkey")
    assert (asked["user"]["name"], asked["rp"]["name"]) == (CLEO.email, "Harlow & Reyes")
    door.cast.cleo.submit(
        welcome, "Add a passkey", passkey=device.create(asked), follow=False, status=303
    )
    assert len(kept()) == 1
    assert show(door.another(), device).status == 303


def test_C11_a_passkey_alone_signs_in_and_leads_back(
    door: Door, cleo: Person, device: SoftAuthenticator
) -> None:
    assert "Your passkey was added." in add(cleo, device)
    other = door.another()
    answer = show(other, device, SETTINGS)
    assert (answer.status, answer.headers["Location"]) == (303, SETTINGS)
    assert is_in(other)
    (passkey,) = kept()
    assert passkey.used_at is not None
    assert (passkey.name, passkey.sign_count) == ("My phone", 1)


def test_it_is_renamed_and_removed_and_then_opens_nothing(
    door: Door, cleo: Person, device: SoftAuthenticator
) -> None:
    add(cleo, device)
    page = cleo.get(SETTINGS)
    address = f"/portal/settings/passkeys/{kept()[0].public_id}/name"
    token = str(page.one("body")["data-token"])
    assert "Old phone" in cleo.post(address, {"csrf_token": token, "name": " Old\u202e phone "})
    told = cleo.submit(cleo.get(SETTINGS), "Remove Old phone")
    assert "It signs nobody in any more." in told
    refused = show(door.another(), device)
    assert refused.status == 422
    assert REFUSED in refused
    with db.read() as session:
        logged = set(session.scalars(select(audit.AuditEntry.action)))
    told_log = {"client.passkey_added", "client.passkey_renamed", "client.passkey_removed"}
    assert told_log <= logged


def test_C9_passkeys_go_with_the_address(
    door: Door, cleo: Person, device: SoftAuthenticator
) -> None:
    add(cleo, device)
    change_address(door.cleo, "new@client.test")
    assert kept() == []
    assert show(door.another(), device).status == 422


def test_C14_a_passkey_opens_nothing_to_who_takes_part_nowhere(
    door: Door, cleo: Person, device: SoftAuthenticator
) -> None:
    add(cleo, device)
    with db.transaction() as session:
        session.execute(
            update(Participant)
            .where(Participant.contact_id == door.cleo.id)
            .values(removed_at=clock.now(), removed_by="user:ada")
        )
    assert show(door.another(), device).status == 422


def test_a_challenge_works_once_and_for_five_minutes(
    door: Door, cleo: Person, device: SoftAuthenticator
) -> None:
    add(cleo, device)
    other = door.another()
    shown = device.get(strangers_options(other, other.get("/sign-in")))
    with after(minutes=5, seconds=1):
        other.post("/sign-in/passkey", {"passkey": shown}, status=422)
    shown = device.get(strangers_options(other, other.get("/sign-in")))
    other.post("/sign-in/passkey", {"passkey": shown}, follow=False, status=303)
    door.another().post("/sign-in/passkey", {"passkey": shown}, status=422)


def test_a_challenge_to_add_is_for_the_one_who_asked(
    door: Door, cleo: Person, device: SoftAuthenticator
) -> None:
    sol, matter = door.client("Sol Second", "second@client.test")
    other = door.another()
    door.accept(other, door.invite(sol, matter))
    made = device.create(options_of(cleo, cleo.get(SETTINGS), "#add-passkey"))
    page = other.get(SETTINGS)
    told = other.submit(page, "Add a passkey", passkey=made, name="x", status=422)
    assert "The passkey was not added. Try again." in told
    assert kept() == []


@pytest.mark.parametrize(
    "strange",
    [SoftAuthenticator(origin="https://evil.test"), SoftAuthenticator(verifies=False)],
    ids=["origin", "unverified"],
)
def test_a_device_of_another_site_or_without_its_owner_opens_nothing(
    door: Door, cleo: Person, device: SoftAuthenticator, strange: SoftAuthenticator
) -> None:
    add(cleo, device)
    strange.credentials = [replace(one) for one in device.credentials]
    assert show(door.another(), strange).status == 422


def test_a_copied_passkey_is_noticed_by_its_count(
    door: Door, cleo: Person, device: SoftAuthenticator
) -> None:
    add(cleo, device)
    copy = SoftAuthenticator(credentials=[replace(one) for one in device.credentials])
    assert show(door.another(), device).status == 303
    assert show(door.another(), copy).status == 422


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "x" * 30_000, '{"response": 1}', "\x00", "null"]
)
def test_what_no_device_answers_opens_nothing(door: Door, cleo: Person, answer: str) -> None:
    visitor = door.another()
    assert REFUSED in visitor.post("/sign-in/passkey", {"passkey": answer}, status=422)
    told = cleo.submit(cleo.get(SETTINGS), "Add a passkey", passkey=answer, status=422, name="Pad")
    assert told.one("#new-passkey-name")["value"] == "Pad"


def test_a_client_keeps_at_most_twenty(
    door: Door, cleo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passkeys, "PASSKEYS_MAX", 1)
    add(cleo, SoftAuthenticator())
    page = cleo.get(SETTINGS)
    made = SoftAuthenticator().create(options_of(cleo, page, "#add-passkey"))
    told = cleo.submit(page, "Add a passkey", passkey=made, status=422)
    assert "You have 1 passkeys, which is the most." in told


def test_another_clients_passkey_is_not_found(
    door: Door, cleo: Person, device: SoftAuthenticator
) -> None:
    add(cleo, device)
    sol, matter = door.client("Sol Second", "second@client.test")
    other = door.another()
    door.accept(other, door.invite(sol, matter))
    token = str(other.get(SETTINGS).one("body")["data-token"])
    for act in ("name", "removal"):
        address = f"/portal/settings/passkeys/{kept()[0].public_id}/{act}"
        other.post(address, {"csrf_token": token, "name": "Mine"}, status=404)
    assert [one.name for one in kept()] == ["My phone"]


def test_a_clients_passkey_opens_no_staff_page_and_the_other_way_round(
    door: Door, cleo: Person, device: SoftAuthenticator
) -> None:
    add(cleo, device)
    staff = SoftAuthenticator()
    page = door.cast.ada.get(OWN)
    made = staff.create(options_of(door.cast.ada, page, "#add-passkey"))
    door.cast.ada.submit(page, "Add a passkey", passkey=made, name="Laptop")
    assert show(door.another(), staff).status == 422
    other = door.another()
    page = other.get("/staff/sign-in")
    shown = device.get(options_of(other, page))
    token = str(page.one("input[name=csrf_token]")["value"])
    other.post("/staff/sign-in/passkey", {"csrf_token": token, "passkey": shown}, status=422)


def test_old_challenges_are_swept(door: Door) -> None:
    door.another().post("/sign-in/passkey-challenges")
    with after(minutes=6):
        door.another().post("/sign-in/passkey-challenges")
    with db.read() as session:
        assert len(session.scalars(select(ClientChallenge)).all()) == 1
