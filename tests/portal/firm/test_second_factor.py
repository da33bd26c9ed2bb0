"""Codes of an authenticator app after the password: each once, few wrong ones, never skipped."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from portal.core import clock, db
from portal.core.audit import AuditEntry
from portal.firm.models import StaffSession, User
from tests.support.cast import ADA, BEN, Cast
from tests.support.page import Page
from tests.support.signing_in import (
    OWN,
    SIGN_IN,
    add_authenticator,
    after,
    code_of,
    is_signed_in,
    newcomer,
    show_password,
    token_of,
)
from tests.support.visitor import Visitor

WRONG = "This code is wrong, or was used already."


SECOND = "/staff/sign-in/second-factor"


def open_sessions() -> int:
    with db.read() as session:
        alive = select(func.count()).where(StaffSession.ended_at.is_(None))
        return int(session.scalar(alive) or 0)


def test_after_the_password_a_code_is_asked_for_and_opens_the_house(cast: Cast) -> None:
    app, _ = add_authenticator(cast.ada)
    other = newcomer(cast.ada)
    page = show_password(other, ADA.email)
    assert page.texts("h1") == ["One more step"]
    assert not is_signed_in(other)
    with after(minutes=1):
        page = other.submit(page, "Sign in", code=code_of(app))
        assert page.address.startswith("http://localhost:8000/staff/")
        assert is_signed_in(other)


def test_the_page_asked_for_is_come_to_after_both_steps(cast: Cast) -> None:
    app, _ = add_authenticator(cast.ada)
    other = newcomer(cast.ada)
    door = other.get("/staff/settings/groups")
    page = other.submit(door, "Sign in", email=ADA.email, password="retainer-test-only")
    with after(minutes=1):
        answer = other.submit(page, "Sign in", code=code_of(app), follow=False, status=303)
    assert answer.headers["Location"] == "/staff/settings/groups"


def test_the_password_alone_opens_nothing_of_the_staff_site(cast: Cast) -> None:
    add_authenticator(cast.ada)
    other = newcomer(cast.ada)
    show_password(other, ADA.email)
    for address in ("/staff/", "/staff/alerts", OWN, "/staff/settings/users"):
        page = other.get(address, follow=False, status=303)
        assert page.headers["Location"].startswith(SIGN_IN)
    token = token_of(other.get(SECOND))
    for address in (f"{OWN}/authenticator", f"{OWN}/passkey-challenges", "/staff/sign-out"):
        page = other.post(address, {"csrf_token": token}, follow=False, status=303)
        assert page.headers["Location"].startswith(SIGN_IN)
    assert open_sessions() == 1


def test_the_second_step_is_for_those_who_took_the_first(cast: Cast) -> None:
    add_authenticator(cast.ada)
    stranger = newcomer(cast.ada)
    assert stranger.get(SECOND).texts("h1") == ["Sign in"]
    token = token_of(stranger.get(SIGN_IN))
    page = stranger.post(SECOND, {"csrf_token": token, "code": "000000"})
    assert page.texts("h1") == ["Sign in"]
    challenge = f"{SECOND}/passkey-challenges"
    stranger.post(challenge, {"csrf_token": token}, status=401)


def test_a_code_is_taken_once_also_within_its_half_minute(cast: Cast) -> None:
    app, _ = add_authenticator(cast.ada)
    with after(minutes=1):
        code = code_of(app)
        first, second = newcomer(cast.ada), newcomer(cast.ada)
        first.submit(show_password(first, ADA.email), "Sign in", code=code)
        assert is_signed_in(first)
        page = second.submit(show_password(second, ADA.email), "Sign in", code=code, status=422)
        assert WRONG in page
        assert not is_signed_in(second)


def test_the_code_that_confirmed_the_app_opens_nothing_more(cast: Cast) -> None:
    with after(minutes=1):
        app, _ = add_authenticator(cast.ada)
        other = newcomer(cast.ada)
        page = show_password(other, ADA.email)
        assert WRONG in other.submit(page, "Sign in", code=code_of(app), status=422)


@pytest.mark.parametrize(
    "steps, opens", [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_phone_s_clock_may_be_half_a_minute_off(cast: Cast, steps: int, opens: bool) -> None:
    app, _ = add_authenticator(cast.ada)
    with after(minutes=5):
        other = newcomer(cast.ada)
        page = show_password(other, ADA.email)
        other.submit(page, "Sign in", code=code_of(app, steps), status=200 if opens else 422)
        assert is_signed_in(other) == opens


def test_after_a_later_code_no_earlier_one_is_taken(cast: Cast) -> None:
    app, _ = add_authenticator(cast.ada)
    with after(minutes=5):
        first, second = newcomer(cast.ada), newcomer(cast.ada)
        first.submit(show_password(first, ADA.email), "Sign in", code=code_of(app, 1))
        page = show_password(second, ADA.email)
        second.submit(page, "Sign in", code=code_of(app), status=422)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "٠" * 6, "0\0" * 3])
def test_what_is_no_code_is_a_wrong_code(cast: Cast, code: str) -> None:
    add_authenticator(cast.ada)
    other = newcomer(cast.ada)
    page = show_password(other, ADA.email)
    assert WRONG in other.submit(page, "Sign in", code=code, status=422)


def test_fifty_wrong_codes_stop_and_the_right_one_comes_too_late(cast: Cast) -> None:
    """Bad input of the issue. They come from fifty addresses, so that no other limit meets them."""
    app, _ = add_authenticator(cast.ada)
    other = newcomer(cast.ada)
    page = show_password(other, ADA.email)

    def show(code: str, number: int) -> Page:
        sent = {"csrf_token": token_of(page), "code": code}
        environ = {"REMOTE_ADDR": f"203.0.113.{number}"}
        return other.ask(
            "POST", SECOND, data=sent, status=None, environ_overrides=environ, follow=False
        )

    with after(minutes=1):
        assert [show("000000", n).status for n in range(50)] == [422] * 10 + [429] * 40
        assert "Wait 15 minutes, then try again." in show(code_of(app), 51)
        assert not is_signed_in(other)


def test_thirty_wrong_codes_a_day_are_the_most_and_the_next_day_is_new(cast: Cast) -> None:
    app, _ = add_authenticator(cast.ada)
    began, statuses, told = clock.wall_time(), list[int](), ""
    for quarter in range(1, 6):
        with after(minutes=16 * quarter):
            other = newcomer(cast.ada)
            sent = {"csrf_token": token_of(show_password(other, ADA.email)), "code": "000000"}
            for _n in range(11):
                page = other.ask("POST", SECOND, data=sent, status=None)
                statuses.append(page.status)
                told = page.text
    assert statuses.count(422) == 30
    assert "Try again tomorrow." in told
    with after(minutes=16 * 5 + 24 * 60):
        assert clock.wall_time() > began + timedelta(days=1)
        other = newcomer(cast.ada)
        page = show_password(other, ADA.email)
        other.submit(page, "Sign in", code=code_of(app))
        assert is_signed_in(other)


def test_wrong_codes_of_one_user_stop_nobody_else(cast: Cast) -> None:
    add_authenticator(cast.ada)
    app, _ = add_authenticator(cast.ben)
    other = newcomer(cast.ada)
    page = show_password(other, ADA.email)
    for _n in range(10):
        other.submit(page, "Sign in", code="000000", status=422)
    other.submit(page, "Sign in", code="000000", status=429)
    with after(minutes=1):
        ben = newcomer(cast.ben)
        ben.submit(show_password(ben, BEN.email), "Sign in", code=code_of(app))
        assert is_signed_in(ben)


def test_the_demo_clock_gives_nobody_new_tries(
    cast: Cast, advance: Callable[[timedelta], int]
) -> None:
    add_authenticator(cast.ada)
    other = newcomer(cast.ada)
    page = show_password(other, ADA.email)
    for _n in range(10):
        other.submit(page, "Sign in", code="000000", status=422)
    advance(timedelta(days=2))
    other.submit(page, "Sign in", code="000000", status=429)


def test_half_a_sign_in_lasts_ten_minutes(cast: Cast) -> None:
    app, _ = add_authenticator(cast.ada)
    other = newcomer(cast.ada)
    page = show_password(other, ADA.email)
    with after(minutes=11):
        answer = other.submit(page, "Sign in", code=code_of(app))
        assert answer.texts("h1") == ["Sign in"]
        assert not is_signed_in(other)


@pytest.mark.parametrize("change", [{"password_hash": "another"}, {"disabled_at": True}])
def test_half_a_sign_in_ends_with_the_password_and_with_the_user(
    cast: Cast, change: dict[str, object]
) -> None:
    app, _ = add_authenticator(cast.ada)
    other = newcomer(cast.ada)
    page = show_password(other, ADA.email)
    values = {name: clock.now() if value is True else value for name, value in change.items()}
    with db.transaction() as session:
        session.execute(update(User).where(User.email == ADA.email).values(**values))
    with after(minutes=1):
        answer = other.submit(page, "Sign in", code=code_of(app))
        assert answer.texts("h1") == ["Sign in"]
        assert not is_signed_in(other)


def test_the_log_tells_of_wrong_codes_and_never_which(cast: Cast) -> None:
    add_authenticator(cast.ada)
    other = newcomer(cast.ada)
    other.submit(show_password(other, ADA.email), "Sign in", code="424242", status=422)
    with db.read() as session:
        entries = session.scalars(select(AuditEntry)).all()
    refused = [entry for entry in entries if entry.action == "user.proof_refused"]
    assert len(refused) == 1
    assert not [entry for entry in entries if "424242" in str(entry.detail)]
    assert "user.authenticator_added" in {entry.action for entry in entries}


def test_another_site_cannot_send_a_code(cast: Cast) -> None:
    app, _ = add_authenticator(cast.ada)
    other = newcomer(cast.ada)
    show_password(other, ADA.email)
    with after(minutes=1):
        other.post(SECOND, {"code": code_of(app)}, status=400)
    assert not is_signed_in(other)


def test_somebody_signed_in_is_sent_on_from_the_second_step(cast: Cast) -> None:
    visitor: Visitor = cast.ada
    assert visitor.get(SECOND, follow=False, status=303).headers["Location"] == SIGN_IN
