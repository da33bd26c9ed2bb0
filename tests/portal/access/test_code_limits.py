"""Codes and guesses of one address are limited, its owner never locked out (FEATURES C11, P2)."""

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.access import sign_in_codes
from portal.access.keys import SignInRequest
from portal.access.sign_in_codes import Tried
from portal.core import db
from portal.outbox import smtp
from tests.factories import portals
from tests.portal.access.conftest import Door, is_in
from tests.portal.access.test_invitations_racing import at_once, count
from tests.support.cast import CLEO
from tests.support.page import Page
from tests.support.signing_in import after
from tests.support.visitor import Visitor

UNKNOWN = "nobody@nowhere.test"
CODES_AN_HOUR = 6
GUESSES_AN_HOUR = 20


def ask(visitor: Visitor, number: int, address: str = CLEO.email) -> Page:
    """Ask for a code from a place of its own."""
    host = {"REMOTE_ADDR": f"192.0.2.{number}"}
    answer = visitor.ask(
        "POST", "/sign-in", data={"email": address}, environ_overrides=host, status=200
    )
    assert answer.texts("h1") == ["Check your email"]
    return answer


def type_code(visitor: Visitor, page: Page, code: str, number: int = 1) -> Page:
    state = str(page.one("input[name=state]")["value"])
    host = {"REMOTE_ADDR": f"198.51.100.{number}"}
    sent = {"state": state, "code": code}
    return visitor.ask(
        "POST", "/sign-in/code", data=sent, environ_overrides=host, follow=False, status=None
    )


def wrong_for(code: str) -> str:
    return "000000" if code.replace(" ", "") != "000000" else "000001"


@pytest.mark.both_databases
def test_one_address_asked_for_from_everywhere_is_sent_a_few_codes(joined: Door) -> None:
    for number in range(12):
        ask(joined.cast.sol, number)
    joined.run_jobs()
    assert len(joined.outbox.to(CLEO.email)) == CODES_AN_HOUR


def test_without_its_redis_too(joined: Door, lost_redis: Flask) -> None:
    smtp.use(joined.outbox)
    stranger = Visitor(lost_redis, joined.cast.sol.base_url)
    for number in range(12):
        ask(stranger, number)
    joined.run_jobs()
    assert len(joined.outbox.to(CLEO.email)) == CODES_AN_HOUR


def test_who_is_sent_no_further_code_signs_in_with_the_newest(joined: Door) -> None:
    """A stranger who uses an address's codes up does not lock its owner out."""
    for number in range(8):
        ask(joined.cast.sol, number)
        joined.run_jobs()
    cleo = joined.another()
    page = ask(cleo, 99)
    joined.run_jobs()
    assert len(joined.outbox.to(CLEO.email)) == CODES_AN_HOUR
    code, link = joined.code(), joined.newest().links[0]
    assert type_code(cleo, page, code).status == 303
    assert is_in(cleo)
    joined.another().get(link, status=410)
    again = ask(joined.another(), 98)
    assert type_code(joined.another(), again, code).status == 422


def test_the_newest_code_works_though_a_stranger_asked_for_it(joined: Door) -> None:
    page = ask(joined.cast.cleo, 1)
    ask(joined.cast.sol, 2)
    joined.run_jobs()
    assert type_code(joined.cast.cleo, page, joined.code()).status == 303
    assert is_in(joined.cast.cleo)


def test_a_new_code_is_sent_as_soon_as_the_newest_is_too_old(joined: Door) -> None:
    """Six in a minute and then none for an hour would be a lock on somebody else's door."""
    for number in range(8):
        ask(joined.cast.sol, number)
    joined.run_jobs()
    with after(minutes=16):
        page = ask(joined.cast.cleo, 99)
        joined.run_jobs()
        assert len(joined.outbox.to(CLEO.email)) == CODES_AN_HOUR + 1
        assert type_code(joined.cast.cleo, page, joined.code()).status == 303


def test_nothing_tells_a_known_address_from_another_at_the_limit(joined: Door) -> None:
    seen: list[tuple[list[str], list[str]]] = []
    for address in (CLEO.email, UNKNOWN):
        visitor = joined.another()
        page = ask(visitor, 1, address)
        for number in range(8):
            joined.run_jobs()
            page = ask(visitor, number, address)
        told = type_code(visitor, page, "123456", len(seen))
        seen.append((page.texts("h1"), told.texts(".field-error")))
    assert seen[0] == seen[1]
    assert joined.outbox.to(UNKNOWN) == []


def test_guesses_at_one_address_are_limited_over_all_its_codes(joined: Door) -> None:
    for number in range(5):
        page = ask(joined.cast.sol, number)
        joined.run_jobs()
        for _again in range(4):
            wrong = wrong_for(joined.code())
            told = type_code(joined.cast.sol, page, wrong, number)
            assert "This code is wrong." in told
    page = ask(joined.cast.sol, 50)
    joined.run_jobs()
    told = type_code(joined.cast.sol, page, joined.code(), 50)
    assert "This code does not work any more." in told
    assert not is_in(joined.cast.sol)
    cleo = joined.another()
    cleo.submit(cleo.get(joined.newest().links[0]), "Sign in", follow=False, status=303)
    assert is_in(cleo)


def test_guesses_at_one_address_leave_others_alone(joined: Door) -> None:
    dan, _matter = joined.client("Dan Vance", "dan@client.test")
    portals.joined(dan)
    for number in range(7):
        page = ask(joined.cast.sol, number)
        for _again in range(3):
            type_code(joined.cast.sol, page, "no digits", number)
    page = ask(joined.cast.sol, 60, "dan@client.test")
    joined.run_jobs()
    assert type_code(joined.cast.sol, page, joined.code("dan@client.test"), 60).status == 303


@pytest.mark.both_databases
def test_guesses_at_once_over_many_requests_count_together(joined: Door) -> None:
    for number in range(8):
        ask(joined.cast.sol, number)
    with db.read() as session:
        names = list(session.scalars(select(SignInRequest.public_id)))

    def guess(name: str) -> Tried:
        with db.transaction() as session:
            return sign_in_codes.try_code(session, name, "no digits")

    guesses: list[Callable[[], Tried]] = [partial(guess, name) for name in names * 4]
    answers = at_once(*guesses)
    assert answers.count(Tried.WRONG) == GUESSES_AN_HOUR
    assert answers.count(Tried.OVER) == len(guesses) - GUESSES_AN_HOUR
    assert count(select(func.sum(SignInRequest.tries))) == GUESSES_AN_HOUR


@pytest.mark.both_databases
def test_two_pages_that_type_the_newest_code_at_once_let_one_in(joined: Door) -> None:
    for number in range(8):
        ask(joined.cast.sol, number)
        joined.run_jobs()
    with db.read() as session:
        asked = select(SignInRequest.public_id).order_by(SignInRequest.id.desc())
        names = list(session.scalars(asked.limit(2)))
    code = joined.code()

    def guess(name: str) -> Tried:
        with db.transaction() as session:
            return sign_in_codes.try_code(session, name, code)

    answers = at_once(*(partial(guess, name) for name in names))
    assert sorted(answers) == [Tried.RIGHT, Tried.WRONG]
