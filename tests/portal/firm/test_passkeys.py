"""Passkeys: both factors at once, bound to our origin, each challenge taken once."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.core import clock, config, db
from portal.firm import passkeys
from portal.firm.factors import Passkey
from portal.firm.models import StaffSession, User
from tests.support.authenticator import SoftAuthenticator
from tests.support.cast import ADA, BEN, Cast
from tests.support.outbox import Outbox
from tests.support.signing_in import (
    OWN,
    SIGN_IN,
    add_passkey,
    is_signed_in,
    newcomer,
    options_of,
    show_passkey,
    show_password,
    token_of,
)

REFUSED = "This passkey was not accepted."


@pytest.fixture
def device() -> SoftAuthenticator:
    return SoftAuthenticator()


def kept() -> list[Passkey]:
    with db.read() as session:
        return list(session.scalars(select(Passkey).order_by(Passkey.id)))


def test_a_passkey_alone_opens_the_house(cast: Cast, device: SoftAuthenticator) -> None:
    add_passkey(cast.ada, device)
    other = newcomer(cast.ada)
    answer = show_passkey(other, device)
    assert answer.headers["Location"] == "/staff/alerts"
    assert is_signed_in(other)
    with db.read() as session:
        newest = session.scalars(
            select(StaffSession).order_by(StaffSession.signed_in_at.desc())
        ).first()
    assert newest is not None
    assert newest.second_factor_at is not None


def test_a_passkey_is_the_second_step_after_the_password(
    cast: Cast, device: SoftAuthenticator
) -> None:
    add_passkey(cast.ada, device)
    other = newcomer(cast.ada)
    page = show_password(other, ADA.email)
    assert page.texts("h1") == ["One more step"]
    other.submit(page, "Use a passkey", passkey=device.get(options_of(other, page)))
    assert is_signed_in(other)


def test_a_user_without_a_password_signs_in_by_passkey_and_by_no_password(
    cast: Cast, device: SoftAuthenticator
) -> None:
    add_passkey(cast.ada, device)
    with db.transaction() as session:
        session.execute(update(User).where(User.email == ADA.email).values(password_hash=None))
    other = newcomer(cast.ada)
    page = other.get(SIGN_IN)
    for password in ("", "retainer-test-only", "None"):
        told = other.submit(page, "Sign in", email=ADA.email, password=password, status=422)
        assert "The email address or the password is wrong." in told
    show_passkey(other, device)
    assert is_signed_in(other)


def test_the_device_is_asked_for_a_key_it_keeps_and_to_verify_its_user(
    cast: Cast, device: SoftAuthenticator
) -> None:
    asked = options_of(cast.ada, cast.ada.get(OWN), "#add-passkey")
    assert asked["rp"]["id"] == "localhost"
    assert asked["user"]["name"] == ADA.email
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["attestation"] == "none"
    sol = options_of(cast.sol, cast.sol.get(SIGN_IN))
    assert (sol["rpId"], sol["userVerification"]) == ("localhost", "required")
    assert sol.get("allowCredentials", []) == []


def test_a_device_that_has_a_passkey_is_not_asked_for_another(
    cast: Cast, device: SoftAuthenticator
) -> None:
    add_passkey(cast.ada, device)
    with pytest.raises(AssertionError, match="excluded"):
        add_passkey(cast.ada, device)


def test_several_passkeys_each_with_its_name_and_each_opens(cast: Cast) -> None:
    first, second = SoftAuthenticator(), SoftAuthenticator()
    add_passkey(cast.ada, first, "Laptop")
    add_passkey(cast.ada, second, "  Phone\u202e  <b>of</b> Ada ")
    page = cast.ada.get(OWN)
    assert page.texts("#passkeys tbody th") == ["Laptop", "Phone <b>of</b> Ada"]
    for device in (first, second):
        other = newcomer(cast.ada)
        show_passkey(other, device)
        assert is_signed_in(other)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost",
        "http://localhost:8001",
        "https://localhost:8000",
        "http://localhost:8000.evil.example",
        "",
    ],
)
def test_a_passkey_shown_on_another_site_opens_nothing(
    cast: Cast, device: SoftAuthenticator, origin: str
) -> None:
    """Bad input of the issue: a passkey from another origin."""
    add_passkey(cast.ada, device)
    device.origin = origin
    other = newcomer(cast.ada)
    assert REFUSED in show_passkey(other, device, status=422)
    assert not is_signed_in(other)


def test_a_passkey_made_on_another_site_is_not_kept(cast: Cast) -> None:
    page = cast.ada.get(OWN)
    made = SoftAuthenticator("https://evil.example").create(
        options_of(cast.ada, page, "#add-passkey")
    )
    told = cast.ada.submit(page, "Add a passkey", passkey=made, status=422)
    assert "The passkey was not added." in told
    assert kept() == []


def test_a_passkey_for_another_name_is_refused(cast: Cast, device: SoftAuthenticator) -> None:
    add_passkey(cast.ada, device)
    other = newcomer(cast.ada)
    page = other.get(SIGN_IN)
    shown = device.get({**options_of(other, page), "rpId": "evil.example"})
    sent = {"csrf_token": token_of(page), "passkey": shown}
    assert REFUSED in other.post(f"{SIGN_IN}/passkey", sent, status=422)


def test_the_second_step_takes_the_passkey_of_its_own_user_only(cast: Cast) -> None:
    adas, bens = SoftAuthenticator(), SoftAuthenticator()
    add_passkey(cast.ada, adas)
    add_passkey(cast.ben, bens)
    other = newcomer(cast.ada)
    page = show_password(other, ADA.email)
    asked = options_of(other, page)
    assert len(asked["allowCredentials"]) == 1
    shown = bens.get(asked, bens.credentials[0])
    told = other.submit(page, "Use a passkey", passkey=shown, status=422)
    assert REFUSED in told
    assert not is_signed_in(other)


def test_a_key_cannot_speak_for_another_user(cast: Cast) -> None:
    device = SoftAuthenticator()
    add_passkey(cast.ada, device)
    with db.read() as session:
        ben = session.scalars(select(User).where(User.email == BEN.email)).one()
    device.credentials[0].user_handle = ben.public_id.encode()
    show_passkey(newcomer(cast.ada), device, status=422)


def test_the_key_of_a_disabled_user_opens_nothing(cast: Cast, device: SoftAuthenticator) -> None:
    add_passkey(cast.ada, device)
    with db.transaction() as session:
        session.execute(update(User).values(disabled_at=clock.now()))
    show_passkey(newcomer(cast.ada), device, status=422)


def test_a_removed_key_opens_nothing_and_its_user_is_told(
    cast: Cast, device: SoftAuthenticator, outbox: Outbox, run_jobs: Any
) -> None:
    add_passkey(cast.ada, device)
    other = newcomer(cast.ada)
    show_passkey(other, device)
    page = cast.ada.get(OWN)
    cast.ada.submit(page, "Remove Laptop")
    assert not is_signed_in(other)
    with pytest.raises(AssertionError, match="422"):
        show_passkey(newcomer(cast.ada), device)
    run_jobs()
    assert [mail.to for mail in outbox.emails] == [ADA.email] * 2
    assert any("A passkey was added: Laptop." in mail for mail in outbox.emails)
    assert any("A passkey was removed: Laptop." in mail for mail in outbox.emails)


def test_nobody_removes_another_one_s_key(cast: Cast, device: SoftAuthenticator) -> None:
    add_passkey(cast.ada, device)
    address = f"{OWN}/passkeys/{kept()[0].public_id}/removal"
    cast.ben.post(address, {"csrf_token": token_of(cast.ben.get(OWN))}, status=404)
    assert len(kept()) == 1


def test_twenty_passkeys_are_the_most(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passkeys, "PASSKEYS_MAX", 2)
    for name in ("one", "two"):
        add_passkey(cast.ada, SoftAuthenticator(), name)
    page = cast.ada.get(OWN)
    made = SoftAuthenticator().create(options_of(cast.ada, page, "#add-passkey"))
    assert "which is the most" in cast.ada.submit(page, "Add a passkey", passkey=made, status=422)


def test_one_credential_is_kept_once(cast: Cast) -> None:
    device = SoftAuthenticator()
    add_passkey(cast.ada, device)
    page = cast.ben.get(OWN)
    asked = options_of(cast.ben, page, "#add-passkey")
    made = SoftAuthenticator().create(asked, device.credentials[0].id)
    cast.ben.submit(page, "Add a passkey", passkey=made, status=422)
    assert len(kept()) == 1


@pytest.mark.parametrize(
    "base_url, origin",
    [
        ("https://Pay.Firm.example", "https://pay.firm.example"),
        ("https://pay.firm.example:443", "https://pay.firm.example"),
        ("https://pay.firm.example:8443", "https://pay.firm.example:8443"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_origin_is_written_as_browsers_write_it(app: Flask, base_url: str, origin: str) -> None:
    assert replace(config.current(), base_url=base_url).origin == origin
