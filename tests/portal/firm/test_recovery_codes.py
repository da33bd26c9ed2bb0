"""Codes on paper, for when the phone is lost: each once, and its use is told to the user."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import db
from portal.core.audit import AuditEntry
from portal.core.db import Database
from portal.firm import recovery_codes
from portal.firm.actions import add_user
from portal.firm.factors import RecoveryCode
from tests.support.authenticator import SoftAuthenticator
from tests.support.cast import ADA, BEN, Cast
from tests.support.outbox import Outbox
from tests.support.signing_in import (
    OWN,
    add_authenticator,
    add_passkey,
    is_signed_in,
    newcomer,
    recovery_codes_on,
    show_password,
)

LOOKS = r"([A-HJ-NP-Z2-9]{4}-){3}[A-HJ-NP-Z2-9]{4}"


def test_the_first_factor_brings_ten_codes_of_eighty_bits(cast: Cast) -> None:
    _, page = add_authenticator(cast.ada)
    codes = recovery_codes_on(page)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(LOOKS, code) for code in codes)
    assert len(recovery_codes.SIGNS) ** recovery_codes.CODE_CHARS == 2**80
    assert page.select("[data-print]")
    assert page.select("[data-copy=recovery-codes]")


def test_a_second_factor_more_leaves_the_codes_as_they_are(cast: Cast) -> None:
    add_authenticator(cast.ada)
    page = add_passkey(cast.ada, SoftAuthenticator())
    assert page.texts("h1") == ["Your sign-in"]
    assert "You have 10 codes left" in page


def test_nobody_can_read_them_again(cast: Cast) -> None:
    _, page = add_authenticator(cast.ada)
    codes = recovery_codes_on(page)
    later = cast.ada.get(OWN)
    with db.read() as session:
        kept = [row.code_hash for row in session.scalars(select(RecoveryCode))]
        logged = str([entry.detail for entry in session.scalars(select(AuditEntry))])
    for code in codes:
        assert code not in later.body
        assert code not in logged
        assert code.replace("-", "") not in str(kept)


@pytest.mark.parametrize("typed", ["{}", " {} ", "lower", "plain", "spaced"])
def test_a_code_opens_once_however_it_is_typed(cast: Cast, typed: str) -> None:
    _, shown = add_authenticator(cast.ada)
    code = recovery_codes_on(shown)[3]
    written = {
        "lower": code.lower(),
        "plain": code.replace("-", ""),
        "spaced": code.replace("-", " "),
    }.get(typed, typed.format(code))
    first, second = newcomer(cast.ada), newcomer(cast.ada)
    first.submit(show_password(first, ADA.email), "Sign in", code=written)
    assert is_signed_in(first)
    second.submit(show_password(second, ADA.email), "Sign in", code=code, status=422)
    assert "You have 9 codes left" in cast.ada.get(OWN)


def test_its_use_is_logged_and_told_to_the_user(
    cast: Cast, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    _, shown = add_authenticator(cast.ada)
    other = newcomer(cast.ada)
    code = recovery_codes_on(shown)[0]
    other.submit(show_password(other, ADA.email), "Sign in", code=code)
    run_jobs()
    told = [mail for mail in outbox.emails if "One of your recovery codes was used." in mail]
    assert [mail.to for mail in told] == [ADA.email]
    with db.read() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "user.recovery_code_used")
        ).one()
    assert entry.detail == {"left": 9}


def test_a_code_is_no_other_user_s(cast: Cast) -> None:
    _, adas = add_authenticator(cast.ada)
    add_authenticator(cast.ben)
    other = newcomer(cast.ben)
    page = show_password(other, BEN.email)
    other.submit(page, "Sign in", code=recovery_codes_on(adas)[0], status=422)


def test_new_codes_void_the_old_ones_and_the_user_is_told(
    cast: Cast, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    _, shown = add_authenticator(cast.ada)
    page = cast.ada.submit(cast.ada.get(OWN), "Make new codes")
    old, new = recovery_codes_on(shown), recovery_codes_on(page)
    assert not set(old) & set(new)
    other = newcomer(cast.ada)
    page = show_password(other, ADA.email)
    page = other.submit(page, "Sign in", code=old[0], status=422)
    other.submit(page, "Sign in", code=new[0])
    assert is_signed_in(other)
    run_jobs()
    assert any("New recovery codes were made." in mail for mail in outbox.emails)


def test_who_has_no_second_factor_has_no_codes(cast: Cast) -> None:
    page = cast.ada.get(OWN)
    assert page.select("#recovery-codes") == []
    token = str(page.select("[name=csrf_token]")[0]["value"])
    answer = cast.ada.post(f"{OWN}/recovery-codes", {"csrf_token": token})
    assert answer.texts("h1") == ["Your sign-in"]
    with db.read() as session:
        assert session.scalars(select(RecoveryCode)).all() == []


def test_the_codes_go_with_the_last_factor(cast: Cast) -> None:
    add_authenticator(cast.ada)
    cast.ada.submit(cast.ada.get(OWN), "Remove the app")
    with db.read() as session:
        assert session.scalars(select(RecoveryCode)).all() == []


@pytest.mark.both_databases
def test_of_eight_that_show_one_code_at_once_one_comes_in(database: Database, app: Flask) -> None:
    with db.transaction() as session:
        user = add_user(session, email="ada@harlow.test", name="Ada", levels=[], password_hash=None)
        code = recovery_codes.draw(session, user.id, by="system")[0]

    def show(_number: int) -> bool:
        with app.app_context(), db.transaction() as session:
            return recovery_codes.take(session, user.id, code)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(show, range(8))) == 1
