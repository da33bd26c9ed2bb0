"""Signed-in browsers of the firm's people."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from portal.core import clock, db, demo_clock
from portal.core.audit import AuditEntry
from portal.core.db import Database
from portal.firm import sessions
from portal.firm.actions import add_user
from portal.firm.models import Level, StaffSession, User
from portal.firm.sessions import SignedIn
from portal.web.permissions import LOOK, MANAGE_USERS, TABLE, WRITE_BILLS

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def ada(database: Database) -> User:
    with db.transaction() as session:
        return add_user(
            session,
            email="ada@harlow.test",
            name="Ada",
            levels=[Level.ADMINISTRATOR, Level.BILLING],
            password_hash="hashed before",
        )


def sign_in(user: User) -> SignedIn:
    with db.transaction() as session:
        return sessions.open_session(session, user.id)


def who(token: str) -> SignedIn | None:
    with db.read() as session:
        return sessions.find_session(session, token)


def test_a_session_knows_its_user_and_what_they_may_do(ada: User) -> None:
    token = sign_in(ada).token
    user = who(token)
    assert user is not None
    assert (user.name, user.email, user.actor) == (ada.name, ada.email, f"user:{ada.public_id}")
    assert user.may(MANAGE_USERS)
    assert user.may(WRITE_BILLS)
    assert user.may(LOOK)
    assert (user.is_authenticated, user.is_active, user.is_anonymous) == (True, True, False)


def test_N9_a_user_without_any_level_is_signed_in_and_holds_none(ada: User) -> None:
    with db.transaction() as session:
        sol = add_user(
            session, email="sol@harlow.test", name="Sol", levels=[], password_hash="hashed"
        )
    user = who(sign_in(sol).token)
    assert user is not None
    assert user.may(LOOK)
    assert not any(user.may(row) for row in TABLE if row.levels)


def test_the_table_holds_nothing_to_sign_in_with(ada: User) -> None:
    token = sign_in(ada).token
    with db.read() as session:
        row = session.scalars(select(StaffSession)).one()
    assert token not in row.token_hash
    assert who(row.token_hash) is None


def test_ending_one_browsers_session_leaves_the_others(ada: User) -> None:
    here, there = sign_in(ada), sign_in(ada)
    with db.transaction() as session:
        sessions.end_session(session, here.token, by=here.actor)
    assert who(here.token) is None
    assert who(there.token) is not None


def test_a_disabled_user_is_out_at_once_everywhere(ada: User) -> None:
    token = sign_in(ada).token
    with db.transaction() as session:
        session.execute(update(User).values(disabled_at=clock.now()))
    assert who(token) is None
    with pytest.raises(ValueError):
        sign_in(ada)


def test_a_session_idles_out_after_eight_hours(ada: User) -> None:
    with time_machine.travel(NOON, tick=False) as wall:
        token = sign_in(ada).token
        wall.shift(timedelta(hours=8) - timedelta(seconds=1))
        user = who(token)
        assert user is not None
        with db.transaction() as session:
            sessions.see(session, user)
        wall.shift(timedelta(hours=8) - timedelta(seconds=1))
        assert who(token) is not None
        wall.shift(timedelta(seconds=1))
        assert who(token) is None


def test_no_session_outlives_a_day(ada: User) -> None:
    with time_machine.travel(NOON, tick=False) as wall:
        token = sign_in(ada).token
        for _ in range(3):
            wall.shift(timedelta(hours=7, minutes=59))
            user = who(token)
            assert user is not None
            with db.transaction() as session:
                sessions.see(session, user)
        wall.shift(timedelta(minutes=3))
        assert who(token) is None


def test_a_browser_is_seen_at_most_once_a_minute(ada: User) -> None:
    with time_machine.travel(NOON, tick=False) as wall:
        user = sign_in(ada)
        wall.shift(timedelta(seconds=59))
        assert not sessions.seen_long_ago(user)
        wall.shift(timedelta(seconds=1))
        assert sessions.seen_long_ago(user)


def test_advancing_the_demo_clock_signs_nobody_out(ada: User) -> None:
    token = sign_in(ada).token
    with db.transaction() as session:
        demo_clock.advance(session, timedelta(days=5))
    clock.forget_offset()
    assert who(token) is not None


def test_X9_signing_in_and_out_is_logged(ada: User) -> None:
    user = sign_in(ada)
    with db.transaction() as session:
        sessions.end_session(session, user.token, by=user.actor)
    with db.read() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries[-2:]] == ["user.signed_in", "user.signed_out"]
    assert {entry.actor for entry in entries[-2:]} == {user.actor}
    assert user.token not in str([entry.detail for entry in entries])
