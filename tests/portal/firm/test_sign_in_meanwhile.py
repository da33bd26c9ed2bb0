"""What changes while somebody stands at the staff door: a sign-in begun before opens nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.core import clock, db
from portal.firm import confirming, passkeys, resets, sign_in, staff_own_sign_in, wrong_tries
from portal.firm.models import StaffSession, User
from tests.support.authenticator import SoftAuthenticator
from tests.support.cast import ADA, BEN, PASSWORD, Cast
from tests.support.page import Page
from tests.support.signing_in import (
    OWN,
    SIGN_IN,
    add_authenticator,
    add_passkey,
    after,
    code_of,
    is_signed_in,
    newcomer,
    options_of,
    show_password,
    token_of,
)
from tests.support.visitor import Visitor

NEW: dict[str, Any] = {"old_password": PASSWORD, "new_password": "lilac otter window bread"}
WRONG = "The email address or the password is wrong."


def ben() -> Any:
    return select(User).where(User.email == BEN.email)


def changed_password() -> None:
    with db.transaction() as session:
        resets.set_password(session, session.scalars(ben()).one(), "another hash")


def disabled() -> None:
    with db.transaction() as session:
        session.execute(update(User).where(User.email == BEN.email).values(disabled_at=clock.now()))


def ten_wrong_ones() -> None:
    with db.transaction() as session:
        for _ in range(10):
            wrong_tries.note(session, session.scalars(ben()).one().public_id, "password")


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, what: Callable[[], object]
) -> None:
    """Let something happen once, after this check and before its answer is used."""
    real, left = getattr(where, name), [what]

    def slow(*given: Any, **named: Any) -> Any:
        found = real(*given, **named)
        if left:
            left.pop()()
        return found

    monkeypatch.setattr(where, name, slow)


def try_password(visitor: Visitor, *, status: int) -> Page:
    sent = {"csrf_token": token_of(visitor.get(SIGN_IN)), "email": BEN.email, "password": PASSWORD}
    return visitor.post(SIGN_IN, sent, follow=False, status=status)


def sessions() -> list[StaffSession]:
    with db.read() as session:
        return list(session.scalars(select(StaffSession).order_by(StaffSession.signed_in_at)))


@pytest.mark.parametrize("what", [changed_password, disabled])
def test_a_password_that_was_right_before_a_change_opens_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, what: Callable[[], None]
) -> None:
    meanwhile(monkeypatch, sign_in, "password_fits", what)
    assert WRONG in try_password(cast.sol, status=422)
    assert sessions() == []


def test_a_factor_added_meanwhile_is_asked_for(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_signed_in(cast.ben)
    person = newcomer(cast.ben)
    add = passkeys.keep

    def added() -> None:
        with db.transaction() as session:
            user = session.scalars(ben()).one()
            made: Any = type("Made", (), {})()
            made.credential_id, made.credential_public_key, made.sign_count = b"id", b"key", 0
            add(session, user.id, "Laptop", made, "system")

    meanwhile(monkeypatch, sign_in, "password_fits", added)
    answer = try_password(person, status=303)
    assert answer.headers["Location"] == "/staff/sign-in/second-factor"
    assert not is_signed_in(person)
    assert len(sessions()) == 1


@pytest.mark.parametrize("what", [changed_password, disabled])
def test_a_code_shown_while_the_password_changes_opens_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, what: Callable[[], None]
) -> None:
    app, _ = add_authenticator(cast.ben)
    other = newcomer(cast.ben)
    with after(minutes=1):
        page = show_password(other, BEN.email)
        meanwhile(monkeypatch, sign_in, "_halfway", what)
        other.submit(page, "Sign in", code=code_of(app), status=422)
        assert not is_signed_in(other)


@pytest.mark.parametrize("what", [changed_password, disabled])
def test_a_passkey_shown_while_the_password_changes_opens_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, what: Callable[[], None]
) -> None:
    device = SoftAuthenticator()
    add_passkey(cast.ben, device)
    other = newcomer(cast.ben)
    page = show_password(other, BEN.email)
    shown = device.get(options_of(other, page))
    meanwhile(monkeypatch, passkeys, "check", what)
    sent = {"csrf_token": token_of(page), "passkey": shown}
    other.post(f"{SIGN_IN}/second-factor", sent, status=422)
    assert not is_signed_in(other)


def test_a_right_password_beside_ten_wrong_ones_changes_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tries sent at once are all counted, before any is believed."""
    page = cast.ben.get(OWN)
    meanwhile(monkeypatch, staff_own_sign_in, "password_fits", ten_wrong_ones)
    cast.ben.submit(page, "Change password", **NEW, status=429)
    show_password(newcomer(cast.ben), BEN.email)


def test_a_password_changed_by_a_link_is_not_changed_again_by_the_old_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = cast.ben.get(OWN)
    meanwhile(monkeypatch, staff_own_sign_in, "hash_password", changed_password)
    assert "This is not your password." in cast.ben.submit(
        page, "Change password", **NEW, status=422
    )
    with db.read() as session:
        assert session.scalars(ben()).one().password_hash == "another hash"


@pytest.mark.parametrize("what, status", [(ten_wrong_ones, 429), (changed_password, 422)])
def test_a_confirmation_is_checked_again_before_it_counts(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, what: Callable[[], None], status: int
) -> None:
    token = token_of(cast.ben.get(OWN))
    with after(minutes=11):
        meanwhile(monkeypatch, confirming, "password_fits", what)
        sent = {"csrf_token": token, "proof_password": PASSWORD}
        page = cast.ben.post(f"{OWN}/authenticator", sent, status=status)
        assert page.texts("h1") == ["Confirm that it is you"]


def test_signing_in_again_ends_the_session_before(cast: Cast) -> None:
    assert is_signed_in(cast.ben)
    thief = newcomer(cast.ben)
    thief.http._cookies = dict(cast.ben.http._cookies or {})
    assert is_signed_in(thief)
    sent = {"csrf_token": token_of(cast.ben.get(OWN)), "email": ADA.email, "password": PASSWORD}
    cast.ben.post(SIGN_IN, sent, follow=False, status=303)
    assert not is_signed_in(thief)
    assert [row.ended_at is None for row in sessions()] == [False, True]


def test_half_a_sign_in_ends_the_session_before_too(cast: Cast) -> None:
    add_authenticator(cast.ada)
    assert is_signed_in(cast.ben)
    sent = {"csrf_token": token_of(cast.ben.get(OWN)), "email": ADA.email, "password": PASSWORD}
    answer = cast.ben.post(SIGN_IN, sent, follow=False, status=303)
    assert answer.headers["Location"].endswith("/second-factor")
    assert [row.ended_at is None for row in sessions()] == [True, False]
