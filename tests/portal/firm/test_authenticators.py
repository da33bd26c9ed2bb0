"""Authenticator apps: their secrets are kept so that nobody else makes their codes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from pyotp.totp import TOTP
from sqlalchemy import select, update

from portal.core import clock, config, db
from portal.core.db import Database
from portal.firm import authenticators, second_factors
from portal.firm.actions import add_user
from portal.firm.factors import Authenticator
from portal.firm.models import StaffSession
from tests.support.cast import ADA, BEN, CHEAP_HASH, PASSWORD, Cast
from tests.support.signing_in import (
    OWN,
    add_authenticator,
    after,
    code_of,
    is_signed_in,
    newcomer,
    show_password,
)

WRONG = "This code is wrong, or was used already."


def test_an_app_asks_for_nothing_before_its_first_code(cast: Cast) -> None:
    page = cast.ada.submit(cast.ada.get(OWN), "Add an authenticator app")
    cast.ada.submit(page, "Add the app", code="000000", status=422)
    other = newcomer(cast.ada)
    show_password(other, ADA.email)
    assert is_signed_in(other)


def test_the_table_alone_makes_no_codes(cast: Cast) -> None:
    app, _ = add_authenticator(cast.ada)
    with db.read() as session:
        kept = session.scalars(select(Authenticator)).one()
        assert app.secret not in kept.secret
        assert kept.secret.encode() not in app.byte_secret()


def test_a_secret_copied_to_another_user_opens_nothing(cast: Cast) -> None:
    app, _ = add_authenticator(cast.ada)
    add_authenticator(cast.ben)
    with db.transaction() as session:
        ada, ben = session.scalars(select(Authenticator).order_by(Authenticator.user_id)).all()
        ben.secret = ada.secret
    with after(minutes=1):
        other = newcomer(cast.ben)
        page = show_password(other, BEN.email)
        other.submit(page, "Sign in", code=code_of(app), status=422)


@pytest.mark.both_databases
def test_of_eight_that_show_one_code_at_once_one_comes_in(database: Database, app: Flask) -> None:
    with db.transaction() as session:
        user = add_user(
            session, email="ada@harlow.test", name="Ada", levels=[], password_hash=CHEAP_HASH
        )
        authenticators.begin(session, user.id)
        secret = authenticators.unconfirmed_secret(session, user.id)
    assert secret is not None
    made = TOTP(secret)
    with db.transaction() as session:
        assert authenticators.confirm(session, user.id, code_of(made, -1))
    code = code_of(made)

    def show(_number: int) -> bool:
        with app.app_context(), db.transaction() as session:
            return second_factors.take_code(session, second_factors.locked(session, user.id), code)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(show, range(8))) == 1


def test_a_changed_secret_key_lets_no_code_in_and_breaks_nothing(cast: Cast) -> None:
    app, _ = add_authenticator(cast.ada)
    other = newcomer(cast.ada)
    config.use(replace(config.current(), secret_key="another-" + "y" * 32))
    page = show_password(other, ADA.email)
    with after(minutes=1):
        assert WRONG in other.submit(page, "Sign in", code=code_of(app), status=422)


GONE = "This secret is not valid any more."


def test_a_secret_left_for_ten_minutes_becomes_no_app(cast: Cast) -> None:
    page = cast.ada.submit(cast.ada.get(OWN), "Add an authenticator app")
    app = TOTP(page.one("#secret").get_text().replace(" ", ""))
    with after(minutes=9):
        cast.ada.submit(page, "Add the app", code="000000", status=422)
    with after(minutes=11):
        asked = cast.ada.submit(page, "Add the app", code=code_of(app), status=422)
        told = cast.ada.submit(asked, "Confirm", proof_password=PASSWORD)
        assert GONE in told
        again = cast.ada.submit(told, "Add an authenticator app")
        drawn = TOTP(again.one("#secret").get_text().replace(" ", ""))
        assert drawn.secret != app.secret
        cast.ada.submit(again, "Add the app", code=code_of(drawn))
    with db.read() as session:
        assert session.scalars(select(Authenticator)).one().confirmed_at is not None


def test_a_secret_is_shown_only_to_who_has_just_shown_who_they_are(cast: Cast) -> None:
    cast.ada.submit(cast.ada.get(OWN), "Add an authenticator app")
    assert cast.ada.get(f"{OWN}/authenticator").select("#secret")
    with db.transaction() as session:
        long_ago = clock.wall_time() - timedelta(minutes=11)
        session.execute(update(StaffSession).values(confirmed_at=long_ago))
    page = cast.ada.get(f"{OWN}/authenticator")
    assert not page.select("#secret")
    assert GONE in page
