"""What devices answer: each answer opens once, and one of any shape breaks nothing."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.core import db
from portal.core.db import Database
from portal.firm import passkeys
from portal.firm.actions import add_user
from portal.firm.factors import Challenge, Passkey
from portal.firm.passkeys import WrongPasskey
from tests.support.authenticator import SoftAuthenticator
from tests.support.cast import Cast
from tests.support.signing_in import (
    OWN,
    SIGN_IN,
    add_passkey,
    after,
    is_signed_in,
    newcomer,
    options_of,
    show_passkey,
    token_of,
)

REFUSED = "This passkey was not accepted."


@pytest.fixture
def device() -> SoftAuthenticator:
    return SoftAuthenticator()


def kept() -> list[Passkey]:
    with db.read() as session:
        return list(session.scalars(select(Passkey).order_by(Passkey.id)))


def test_a_device_that_verified_nobody_opens_and_adds_nothing(
    cast: Cast, device: SoftAuthenticator
) -> None:
    add_passkey(cast.ada, device)
    device.verifies = False
    show_passkey(newcomer(cast.ada), device, status=422)
    page = cast.ada.get(OWN)
    careless = SoftAuthenticator(verifies=False)
    made = careless.create(options_of(cast.ada, page, "#add-passkey"))
    cast.ada.submit(page, "Add a passkey", passkey=made, status=422)
    assert len(kept()) == 1


def test_an_answer_opens_once(cast: Cast, device: SoftAuthenticator) -> None:
    device.counts = False
    add_passkey(cast.ada, device)
    first, second = newcomer(cast.ada), newcomer(cast.ada)
    page = first.get(SIGN_IN)
    shown = device.get(options_of(first, page))
    first.post(f"{SIGN_IN}/passkey", {"csrf_token": token_of(page), "passkey": shown})
    assert is_signed_in(first)
    token = token_of(second.get(SIGN_IN))
    told = second.post(f"{SIGN_IN}/passkey", {"csrf_token": token, "passkey": shown}, status=422)
    assert REFUSED in told


def test_an_answer_five_minutes_old_opens_nothing(cast: Cast, device: SoftAuthenticator) -> None:
    add_passkey(cast.ada, device)
    other = newcomer(cast.ada)
    page = other.get(SIGN_IN)
    shown = device.get(options_of(other, page))
    with after(minutes=5):
        sent = {"csrf_token": token_of(page), "passkey": shown}
        assert REFUSED in other.post(f"{SIGN_IN}/passkey", sent, status=422)


def test_a_refused_answer_uses_its_challenge_up(cast: Cast, device: SoftAuthenticator) -> None:
    add_passkey(cast.ada, device)
    other = newcomer(cast.ada)
    page = other.get(SIGN_IN)
    asked = options_of(other, page)
    device.verifies = False
    wrong = device.get(asked)
    device.verifies = True
    right = device.get(asked)
    for shown in (wrong, right):
        sent = {"csrf_token": token_of(page), "passkey": shown}
        other.post(f"{SIGN_IN}/passkey", sent, status=422)
    assert not is_signed_in(other)


def test_a_challenge_for_one_purpose_serves_no_other(cast: Cast, device: SoftAuthenticator) -> None:
    add_passkey(cast.ada, device)
    asked = cast.ada.post(
        "/staff/confirmation/passkey-challenges", {"csrf_token": token_of(cast.ada.get(OWN))}
    )
    shown = device.get(json.loads(asked.response.get_data(as_text=True)))
    other = newcomer(cast.ada)
    sent = {"csrf_token": token_of(other.get(SIGN_IN)), "passkey": shown}
    other.post(f"{SIGN_IN}/passkey", sent, status=422)


def test_a_copied_key_whose_count_falls_back_is_refused(
    cast: Cast, device: SoftAuthenticator
) -> None:
    add_passkey(cast.ada, device)
    show_passkey(newcomer(cast.ada), device)
    show_passkey(newcomer(cast.ada), device)
    assert kept()[0].sign_count == 2
    device.credentials[0].count = 0
    show_passkey(newcomer(cast.ada), device, status=422)


@pytest.mark.both_databases
def test_a_count_may_use_all_of_its_32_bits(cast: Cast, device: SoftAuthenticator) -> None:
    add_passkey(cast.ada, device)
    device.credentials[0].count = 2**32 - 2
    show_passkey(newcomer(cast.ada), device)
    assert kept()[0].sign_count == 2**32 - 1


def test_a_synced_key_that_does_not_count_opens_every_time(cast: Cast) -> None:
    device = SoftAuthenticator(counts=False)
    add_passkey(cast.ada, device)
    for _ in range(3):
        show_passkey(newcomer(cast.ada), device)
    assert kept()[0].sign_count == 0


def test_challenges_are_made_for_the_page_alone_and_swept(
    cast: Cast, device: SoftAuthenticator
) -> None:
    cast.sol.post(f"{SIGN_IN}/passkey-challenges", status=400)
    page = cast.sol.get(SIGN_IN)
    for _ in range(3):
        options_of(cast.sol, page)
    with after(minutes=6):
        options_of(cast.sol, page)
    with db.read() as session:
        assert len(session.scalars(select(Challenge)).all()) == 1


def test_who_asks_for_thousands_of_challenges_gets_none(cast: Cast) -> None:
    page = cast.sol.get(SIGN_IN)
    with after(seconds=1):
        headers = {"X-CSRFToken": token_of(page)}
        address = f"{SIGN_IN}/passkey-challenges"
        statuses = [
            cast.sol.ask("POST", address, headers=headers, status=None).status for _ in range(31)
        ]
    assert statuses == [200] * 30 + [429]


MANGLED = [
    "",
    "null",
    "[]",
    "{}",
    "{",
    "[" * 9_000,
    '{"response": 1}',
    '{"response": {"clientDataJSON": 1}}',
    '{"response": {"clientDataJSON": "!!!"}}',
    '{"response": {"clientDataJSON": "eyJjaGFsbGVuZ2UiOiAxfQ"}}',
    '{"id": "\\ud800", "rawId": "\\ud800", "response": {"clientDataJSON": "e30"}}',
    "x" * 30_000,
]


@pytest.mark.parametrize("answer", MANGLED)
def test_an_answer_of_any_shape_is_refused_and_breaks_nothing(cast: Cast, answer: str) -> None:
    token = token_of(cast.sol.get(SIGN_IN))
    sent = {"csrf_token": token, "passkey": answer}
    assert REFUSED in cast.sol.post(f"{SIGN_IN}/passkey", sent, status=422)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(part=st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]), put=JSON)
def test_an_answer_with_any_part_replaced_is_refused(part: str, put: object) -> None:
    """No database is there: what is mangled is refused before one is asked."""
    answer = {
        "id": "e30",
        "rawId": "e30",
        "type": "public-key",
        "response": {"clientDataJSON": "e30", "authenticatorData": "e30", "signature": "e30"}
        | {part: put},
    }
    with pytest.raises(WrongPasskey):
        passkeys.check(json.dumps(answer), "sign in")


@pytest.mark.both_databases
def test_of_eight_that_send_one_answer_at_once_one_comes_in(database: Database, app: Flask) -> None:
    device = SoftAuthenticator(counts=False)
    with db.transaction() as session:
        user = add_user(session, email="ada@harlow.test", name="Ada", levels=[], password_hash=None)
        asked = passkeys.ask_to_add(session, user, "Harlow")
    passkeys.add(user.id, device.create(json.loads(asked)), "Laptop", by="system")
    with db.transaction() as session:
        shown = device.get(json.loads(passkeys.ask_to_show(session, "sign in")))

    def send(_number: int) -> bool:
        with app.app_context():
            try:
                passkeys.check(shown, "sign in")
            except WrongPasskey:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(send, range(8))) == 1
