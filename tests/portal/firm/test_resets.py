"""Forgotten passwords: one link, one hour, once; nobody learns who works here."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from portal.core import clock, config, db
from portal.core.audit import AuditEntry
from portal.core.db import Database
from portal.core.jobs import Job
from portal.core.tokens import derived_token
from portal.firm import resets
from portal.firm.actions import add_user
from portal.firm.joining import PasswordReset
from portal.firm.models import StaffSession, User
from tests.support.cast import ADA, BEN, Cast
from tests.support.outbox import Outbox
from tests.support.page import Page
from tests.support.signing_in import (
    add_authenticator,
    after,
    code_of,
    is_signed_in,
    newcomer,
    show_password,
    token_of,
)
from tests.support.statements import statements
from tests.support.visitor import Visitor

FORGOTTEN = "/staff/forgotten-password"
NEW = "lilac otter window bread"
SENT = "If somebody here has this email address, a link is on its way to it."


def ask(visitor: Visitor, email: str, *, status: int = 200) -> Page:
    page = visitor.click(visitor.get("/staff/sign-in"), "Forgotten password")
    return visitor.submit(page, "Send link", email=email, status=status)


@pytest.fixture
def link(cast: Cast, outbox: Outbox, run_jobs: Callable[[], int]) -> str:
    """The link that Ada gets."""
    ask(cast.sol, " ADA@Harlow.test ")
    run_jobs()
    (mail,) = outbox.emails
    assert mail.to == ADA.email
    return next(one for one in mail.links if FORGOTTEN in one)


def choose(visitor: Visitor, link: str, password: str = NEW, *, status: int = 200) -> Page:
    page = visitor.get(link)
    return visitor.submit(page, "Save password", password=password, status=status)


def test_the_link_leads_to_a_new_password_and_signs_nobody_in(cast: Cast, link: str) -> None:
    page = cast.sol.get(link)
    assert page.texts("h1") == ["Choose a new password"]
    done = choose(cast.sol, link)
    assert done.texts("h1") == ["Your new password is set"]
    assert not is_signed_in(cast.sol)
    show_password(cast.sol, ADA.email, password=NEW)
    assert is_signed_in(cast.sol)


def test_the_old_password_opens_nothing_afterwards_and_every_browser_is_out(
    cast: Cast, link: str
) -> None:
    assert is_signed_in(cast.ada)
    assert is_signed_in(cast.ben)
    choose(cast.sol, link)
    assert not is_signed_in(cast.ada)
    assert is_signed_in(cast.ben)
    page = cast.ada.get("/staff/sign-in")
    cast.ada.submit(page, "Sign in", email=ADA.email, password="retainer-test-only", status=422)


def test_the_second_factor_is_asked_for_as_always(
    cast: Cast, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    app, _ = add_authenticator(cast.ada)
    ask(cast.sol, ADA.email)
    run_jobs()
    link = next(one for mail in outbox.emails for one in mail.links if FORGOTTEN in one)
    choose(cast.sol, link)
    page = show_password(cast.sol, ADA.email, password=NEW)
    assert page.texts("h1") == ["One more step"]
    assert not is_signed_in(cast.sol)
    with after(minutes=1):
        cast.sol.submit(page, "Sign in", code=code_of(app))
        assert is_signed_in(cast.sol)


def test_the_user_is_told_that_it_was_changed(
    cast: Cast, link: str, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    choose(cast.sol, link)
    run_jobs()
    assert "Your password was changed." in outbox.emails[-1]
    assert outbox.emails[-1].to == ADA.email


def test_looking_at_the_link_uses_nothing_up(cast: Cast, link: str) -> None:
    """Mail scanners follow links."""
    for _ in range(3):
        newcomer(cast.ada).get(link)
    choose(cast.sol, link)


def dead(page: Page) -> bool:
    assert "Ask for a new link" in page.texts("main a")
    return page.texts("h1") == ["This link does not work any more"]


def test_a_used_link_says_so_and_offers_a_new_one(cast: Cast, link: str) -> None:
    page = cast.sol.get(link)
    choose(cast.sol, link)
    assert dead(cast.sol.get(link, status=410))
    again = cast.sol.submit(
        page, "Save password", password="another quiet brown kettle", status=410
    )
    assert dead(again)
    show_password(cast.sol, ADA.email, password=NEW)
    assert is_signed_in(cast.sol)


def test_a_link_lasts_an_hour_of_wall_time(
    cast: Cast, link: str, advance: Callable[[timedelta], int]
) -> None:
    advance(timedelta(days=3))
    page = cast.sol.get(link)
    with after(minutes=61):
        assert dead(cast.sol.get(link, status=410))
        assert dead(cast.sol.submit(page, "Save password", password=NEW, status=410))


@pytest.mark.parametrize("token", ["x", "nothing.AAAA", "%F0%9F%94%91.x", "a" * 2_000, ".x"])
def test_a_forged_link_is_a_dead_link(cast: Cast, token: str) -> None:
    assert dead(cast.sol.get(f"{FORGOTTEN}/{token}", status=410))


def test_a_link_with_another_one_s_name_is_forged(
    cast: Cast, link: str, run_jobs: Callable[[], int]
) -> None:
    ask(cast.sol, BEN.email)
    run_jobs()
    with db.read() as session:
        names = [row.public_id for row in session.scalars(select(PasswordReset))]
    mine = link.rsplit("/", 1)[1].partition(".")[0]
    other = next(name for name in names if name != mine)
    assert dead(cast.sol.get(link.replace(mine, other), status=410))


def test_a_used_link_voids_the_others(
    cast: Cast, link: str, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    ask(cast.sol, ADA.email)
    run_jobs()
    second = next(one for one in outbox.emails[-1].links if FORGOTTEN in one)
    assert second != link
    choose(cast.sol, link)
    assert dead(cast.sol.get(second, status=410))


def test_whoever_is_asked_about_the_answer_is_the_same(
    cast: Cast, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    """And it does the same work: the request looks nobody up."""
    with db.transaction() as session:
        session.execute(update(User).where(User.email == BEN.email).values(disabled_at=clock.now()))
    pages: list[str] = []
    asked: list[list[str]] = []
    for email in (ADA.email, BEN.email, "nobody@harlow.test"):
        visitor = newcomer(cast.ada)
        page = visitor.get(FORGOTTEN)
        with statements() as said:
            answer = visitor.submit(page, "Send link", email=email)
        asked.append([statement for statement, _parameters in said])
        pages.append(answer.text)
    assert len(set(pages)) == 1
    assert SENT in pages[0]
    assert asked[0] == asked[1] == asked[2]
    assert not [one for one in asked[0] if "user_account" in one]
    run_jobs()
    assert [mail.to for mail in outbox.emails] == [ADA.email]


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "ada@harlow.test\r\nBcc: x@y.test", "a b@c.d"]
)
def test_what_is_no_address_is_said_so(cast: Cast, email: str) -> None:
    page = ask(cast.sol, email, status=422)
    assert "Enter an email address like name@example.com." in page
    with db.read() as session:
        jobs = select(func.count()).where(Job.kind == "firm.password_reset")
        assert session.scalar(jobs) == 0


@pytest.mark.parametrize(
    "password", ["", "short", "x" * 257, "passwordpassword", "Ada Okafor Harlow"]
)
def test_a_password_that_cannot_be_used_keeps_the_link(
    cast: Cast, link: str, password: str
) -> None:
    page = choose(cast.sol, link, password, status=422)
    assert page.title.startswith("Error:")
    assert page.one("#password").get("value") == ""
    choose(cast.sol, link)


def test_a_user_disabled_meanwhile_sets_nothing(cast: Cast, link: str) -> None:
    page = cast.sol.get(link)
    with db.transaction() as session:
        session.execute(update(User).values(disabled_at=clock.now()))
    assert dead(cast.sol.submit(page, "Save password", password=NEW, status=410))


def test_another_site_can_neither_ask_nor_set(cast: Cast, link: str) -> None:
    cast.sol.post(FORGOTTEN, {"email": ADA.email}, status=400)
    cast.sol.post(link, {"password": NEW}, status=400)
    choose(cast.sol, link)


def test_three_links_an_hour_for_one_address_however_it_is_typed(cast: Cast) -> None:
    typed = [ADA.email, " ADA@harlow.test", "ada@\uff48arlow.test", "ada@h\uff41rlow.test"]
    statuses: list[int] = []
    with after(seconds=1):
        for number in range(5):
            visitor = newcomer(cast.ada)
            sent = {"csrf_token": token_of(visitor.get(FORGOTTEN)), "email": typed[number % 4]}
            environ = {"REMOTE_ADDR": f"203.0.113.{number}"}
            answer = visitor.ask(
                "POST",
                FORGOTTEN,
                data=sent,
                status=None,
                environ_overrides=environ,
                follow=False,
            )
            statuses.append(answer.status)
    assert statuses == [303, 303, 303, 429, 429]


def test_one_place_asks_ten_times_an_hour(cast: Cast) -> None:
    with after(seconds=1):
        statuses = [
            ask(cast.sol, f"{number}@harlow.test", status=200 if number < 10 else 429).status
            for number in range(12)
        ]
    assert statuses == [200] * 10 + [429] * 2


def test_the_log_tells_of_it_without_the_link(cast: Cast, link: str) -> None:
    choose(cast.sol, link)
    with db.read() as session:
        entries = session.scalars(select(AuditEntry)).all()
    actions = [entry.action for entry in entries]
    assert "user.password_reset_sent" in actions
    assert "user.password_changed" in actions
    assert not [one for one in entries if link.rsplit("/", 1)[1] in str(one.detail)]


def test_a_job_that_runs_twice_sends_one_link(cast: Cast, outbox: Outbox) -> None:
    for _ in range(2):
        resets.send_link(email=ADA.email, name="one-reset")
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(PasswordReset)) == 1


@pytest.mark.both_databases
def test_of_eight_that_use_one_link_at_once_one_sets_the_password(
    database: Database, app: Flask
) -> None:
    with db.transaction() as session:
        user = add_user(
            session, email="ada@harlow.test", name="Ada", levels=[], password_hash="before"
        )
    resets.send_link(email=user.email, name="onereset")
    token = derived_token(config.current().secret_key, "password-reset", "onereset", 1)

    def use(number: int) -> bool:
        with app.app_context(), db.transaction() as session:
            return resets.use(session, token, f"hash {number}")

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(8))) == 1
    with db.read() as session:
        assert session.scalars(select(StaffSession)).all() == []
