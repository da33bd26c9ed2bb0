"""The staff door."""

from datetime import timedelta
from time import process_time

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from portal.core import clock, db
from portal.firm.demo import DEMO_HASH
from portal.firm.models import StaffSession, User
from portal.firm.sign_in import HOME, local_path
from portal.web.limits import limiter
from tests.support.cast import ADA, PASSWORD, Cast
from tests.support.page import Page
from tests.support.visitor import Visitor

SIGN_IN = "/staff/sign-in"
WRONG = "The email address or the password is wrong."
INSIDE = "/staff/online-payments/new-charge"


def try_to_sign_in(
    visitor: Visitor, email: str, password: str, *, address: str = SIGN_IN, status: int = 422
) -> Page:
    page = visitor.get(address)
    return visitor.submit(
        page, "Sign in", email=email, password=password, follow=False, status=status
    )


def sessions() -> list[StaffSession]:
    with db.read() as session:
        return list(session.scalars(select(StaffSession).order_by(StaffSession.signed_in_at)))


def test_staff_sign_in_with_address_and_password(cast: Cast) -> None:
    answer = try_to_sign_in(cast.sol, " ADA@Harlow.test ", PASSWORD, status=303)
    assert answer.headers["Location"] == HOME
    assert ADA.name in cast.sol.get(INSIDE)
    assert "Sign in" not in cast.sol.get(INSIDE).texts("h1")


def test_a_stranger_is_sent_to_the_door_and_comes_back_to_the_page_asked_for(cast: Cast) -> None:
    door = cast.sol.get(f"{INSIDE}?from=email")
    assert door.texts("h1") == ["Sign in"]
    answer = cast.sol.submit(
        door, "Sign in", email=ADA.email, password=PASSWORD, follow=False, status=303
    )
    assert answer.headers["Location"] == f"{INSIDE}?from=email"


def test_a_fragment_asked_for_by_a_stranger_moves_the_whole_page_to_the_door(cast: Cast) -> None:
    where = f"http://localhost:8000{INSIDE}"
    answer = cast.sol.get(INSIDE, htmx=True, headers={"HX-Current-URL": where}, status=401)
    assert answer.headers["HX-Redirect"] == f"{SIGN_IN}?next={INSIDE}"


@pytest.mark.parametrize(
    "email, password",
    [
        (ADA.email, "retainer-test-onlx"),
        (ADA.email, ""),
        ("nobody@harlow.test", PASSWORD),
        ("", ""),
        ("ada@harlow.test\0", "x" * 10_000),
        ("' OR 1=1 --", "' OR 1=1 --"),
    ],
)
def test_whatever_was_wrong_the_answer_is_the_same(cast: Cast, email: str, password: str) -> None:
    page = try_to_sign_in(cast.sol, email, password)
    assert page.title.startswith("Error:")
    assert page.texts(".error-summary a") == [WRONG]
    assert page.one("#password").get("value") == ""
    assert cast.sol.get(INSIDE).texts("h1") == ["Sign in"]
    assert sessions() == []


def test_an_unknown_address_takes_as_long_as_a_wrong_password(cast: Cast) -> None:
    """Measured in processor time, which a busy machine does not stretch."""
    with db.transaction() as session:
        session.execute(update(User).where(User.email == ADA.email).values(password_hash=DEMO_HASH))

    def seconds(email: str) -> float:
        page = cast.sol.get(SIGN_IN)
        took: list[float] = []
        for _ in range(3):
            started = process_time()
            cast.sol.submit(page, "Sign in", email=email, password="a wrong one", status=422)
            took.append(process_time() - started)
        return min(took)

    known, unknown = seconds(ADA.email), seconds("nobody@harlow.test")
    assert 0.5 < unknown / known < 2


def test_a_disabled_user_gets_the_same_answer_and_no_session(cast: Cast) -> None:
    with db.transaction() as session:
        session.execute(update(User).values(disabled_at=clock.now()))
    assert WRONG in try_to_sign_in(cast.sol, ADA.email, PASSWORD)
    assert sessions() == []


def test_disabling_a_user_signs_them_out_at_the_next_request(cast: Cast) -> None:
    assert ADA.name in cast.ada.get(INSIDE)
    with db.transaction() as session:
        session.execute(update(User).values(disabled_at=clock.now()))
    assert cast.ada.get(INSIDE).texts("h1") == ["Sign in"]


def test_signing_out_ends_the_session_on_the_server(cast: Cast) -> None:
    page = cast.ada.get(INSIDE)
    thief = Visitor(cast.ada.app, cast.ada.base_url)
    thief.http._cookies = dict(cast.ada.http._cookies or {})
    assert ADA.name in thief.get(INSIDE)
    after = cast.ada.submit(page, "Sign out")
    assert after.texts("h1") == ["Sign in"]
    assert [row.ended_at is not None for row in sessions()] == [True]
    assert thief.get(INSIDE).texts("h1") == ["Sign in"]


def test_nobody_is_signed_out_by_another_site(cast: Cast) -> None:
    cast.ada.post("/staff/sign-out", {}, status=400)
    cast.ada.get("/staff/sign-out", status=405)
    assert ADA.name in cast.ada.get(INSIDE)


def test_nobody_is_signed_in_by_another_site(cast: Cast) -> None:
    answer = cast.sol.post(SIGN_IN, {"email": ADA.email, "password": PASSWORD}, status=400)
    assert WRONG not in answer
    assert sessions() == []


def test_the_cookie_is_for_this_host_alone_and_out_of_reach_of_scripts(cast: Cast) -> None:
    answer = try_to_sign_in(cast.sol, ADA.email, PASSWORD, status=303)
    (cookie,) = answer.headers.getlist("Set-Cookie")
    name, *attributes = cookie.split("; ")
    assert name.startswith("__Host-staff=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(attributes)


def test_a_session_from_before_signing_in_does_not_live_on(cast: Cast) -> None:
    cast.sol.get(SIGN_IN)
    before = cast.sol.http.get_cookie("__Host-staff")
    try_to_sign_in(cast.sol, ADA.email, PASSWORD, status=303)
    after = cast.sol.http.get_cookie("__Host-staff")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_somebody_signed_in_goes_on_from_the_door(cast: Cast) -> None:
    answer = cast.ada.get(f"{SIGN_IN}?next={INSIDE}", follow=False, status=303)
    assert answer.headers["Location"] == INSIDE


def test_the_start_page_of_the_staff_is_the_overview(cast: Cast) -> None:
    assert cast.ana.get(HOME, follow=False).one("h1").get_text() == "Overview"


def test_a_browser_tells_once_a_minute_that_it_is_alive(cast: Cast) -> None:
    cast.ada.get(INSIDE)
    first = sessions()[0].seen_at
    with time_machine.travel(clock.wall_time() + timedelta(minutes=2), tick=False):
        cast.ada.get(INSIDE)
    assert sessions()[0].seen_at - first > timedelta(minutes=1)


OUTSIDE = [
    "https://evil.example/",
    "//evil.example/staff/",
    "/\\evil.example",
    "\\\\evil.example",
    "/staff/\\evil.example",
    "///evil.example",
    "/staff//evil.example",
    "javascript:alert(1)",
    "http:evil.example",
    "staff/",
    "/pay/token",
    "/staffroom",
    "/staff/\r\nSet-Cookie: a=b",
    "/staff/\tx",
    "\t//evil.example",
    "/staff/sign-out",
    "/staff/sign-in",
    "",
    None,
]


@pytest.mark.parametrize("address", OUTSIDE)
def test_no_address_given_leads_to_another_site(address: str | None) -> None:
    assert local_path(address) == HOME


@pytest.mark.parametrize(
    "address", [INSIDE, "/staff/", "/staff/transactions?status=completed&q=a%20b", f"{INSIDE}#a"]
)
def test_a_staff_page_is_come_back_to(address: str) -> None:
    assert local_path(address) == address


@pytest.mark.parametrize("address", OUTSIDE[:6])
def test_the_door_itself_leads_to_no_other_site(cast: Cast, address: str) -> None:
    page = cast.sol.get(SIGN_IN, query_string={"next": address})
    assert page.one("input[name=next]")["value"] == HOME
    answer = cast.sol.submit(
        page,
        "Sign in",
        email=ADA.email,
        password=PASSWORD,
        next=address,
        follow=False,
        status=303,
    )
    assert answer.headers["Location"] == HOME


@pytest.fixture
def counted(app: Flask) -> None:
    limiter.enabled = True
    limiter.reset()


def test_tries_are_limited_by_the_address_they_come_from(cast: Cast, counted: None) -> None:
    page = cast.sol.get(SIGN_IN)
    for number in range(10):
        cast.sol.submit(page, "Sign in", email=f"{number}@a.test", password="x", status=422)
    answer = cast.sol.submit(page, "Sign in", email="11@a.test", password="x", status=429)
    assert "Please wait a minute" in answer


def test_tries_are_limited_by_the_user_they_are_about(cast: Cast, counted: None) -> None:
    page = cast.sol.get(SIGN_IN)
    form = {
        "password": "x",
        "csrf_token": page.one("[name=csrf_token]")["value"],
    }
    statuses = [
        cast.sol.http.post(
            SIGN_IN,
            data={**form, "email": email},
            base_url=cast.sol.base_url,
            environ_overrides={"REMOTE_ADDR": f"203.0.113.{number}"},
        ).status_code
        for number, email in enumerate([ADA.email, " ADA@harlow.test"] * 6)
    ]
    assert statuses == [422] * 10 + [429] * 2


@pytest.mark.parametrize("address", [SIGN_IN, "/staff/forgotten-password"])
def test_what_the_limits_remember_is_short_whatever_was_typed(
    cast: Cast, counted: None, address: str
) -> None:
    page = cast.sol.get(SIGN_IN)
    sent = {"csrf_token": page.one("[name=csrf_token]")["value"], "email": "x" * 200_000}
    cast.sol.post(address, sent, status=422)
    kept = list(getattr(limiter.storage, "storage"))  # noqa: B009  only the one in memory has it
    assert kept
    assert max(len(key) for key in kept) < 200


def test_another_site_uses_up_nobody_s_tries(cast: Cast, counted: None) -> None:
    for number in range(11):
        cast.sol.post(
            SIGN_IN,
            {"email": ADA.email, "password": "x"},
            environ_overrides={"REMOTE_ADDR": f"203.0.113.{number}"},
            status=400,
        )
    try_to_sign_in(cast.sol, ADA.email, PASSWORD, status=303)
