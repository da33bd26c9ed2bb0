"""Two browsers, two senders, two changes at once (FEATURES C8 to C11), on both databases."""

import itertools
import os
from collections.abc import Callable
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.access import invitations, sign_in_codes
from portal.access.bound import has_joined
from portal.access.keys import ClientSession, SignInRequest
from portal.access.models import ClientAccount, ClientInvitation
from portal.access.sign_in_codes import Tried
from portal.clients.queries import contact_by_id
from portal.core import db
from portal.feed.models import EventKind, FeedEvent
from portal.firm.browsers import Browser
from tests.factories import portals
from tests.portal.access.conftest import Door, change_address, is_in
from tests.support.cast import CLEO
from tests.support.visitor import Visitor

pytestmark = pytest.mark.both_databases

# A tenth of the promise; all of it on demand.
RACES = int(os.environ.get("RETAINER_TEST_RACES", "10"))


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """Begin together; answers what each came to, or what went wrong in it."""
    begin = Barrier(len(work))
    found: list[Any] = [None] * len(work)

    def run(place: int) -> None:
        begin.wait()
        try:
            found[place] = work[place]()
        except Exception as problem:
            found[place] = problem

    threads = [Thread(target=run, args=(place,)) for place in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


_hosts = itertools.count(1)


def press(browser: Visitor, link: str) -> int:
    """Press the button of a link, each time from elsewhere; answers the status."""
    host = {"REMOTE_ADDR": f"10.0.0.{next(_hosts)}"}
    answer = browser.ask("POST", link, follow=False, status=None, environ_overrides=host)
    return answer.status


def count(statement: Any) -> int:
    with db.read() as session:
        return int(session.scalar(statement) or 0)


def test_C8_of_two_browsers_that_accept_at_once_exactly_one_is_let_in(door: Door) -> None:
    for number in range(RACES):
        contact, matter = door.client(f"Client {number}", f"client{number}@race.test")
        link = door.invite(contact, matter)
        browsers = [door.another(), door.another()]
        answers = at_once(*(partial(press, one, link) for one in browsers))
        assert sorted(answers) == [303, 410]
        assert sorted(is_in(one) for one in browsers) == [False, True]
    joined = select(func.count()).select_from(FeedEvent).where(FeedEvent.kind == EventKind.JOINED)
    assert count(joined) == RACES
    assert count(select(func.count()).select_from(ClientSession)) == RACES


def test_C9_accepting_while_the_address_is_changed_lets_nobody_stay(door: Door) -> None:
    """Whoever was faster: with the old address nobody is signed in afterwards."""
    for number in range(RACES):
        contact, matter = door.client(f"Client {number}", f"client{number}@race.test")
        link = door.invite(contact, matter)
        browser = door.another()
        answers = at_once(
            partial(press, browser, link),
            partial(change_address, contact, f"new{number}@race.test"),
        )
        assert answers[0] in (303, 410)
        assert answers[1] is None
        assert not is_in(browser)
    assert count(select(func.count()).select_from(ClientAccount).where(*has_joined())) == 0


def test_C8_two_senders_at_once_send_one_invitation(door: Door) -> None:
    def send() -> bool:
        with db.transaction() as session:
            contact = contact_by_id(session, door.cleo.id)
            return invitations.invite(
                session, contact, door.matter.id, by="user:ada", unless_live=True
            )

    assert sorted(at_once(send, send, send, send)) == [False, False, False, True]
    door.run_jobs()
    assert len(door.outbox.to(CLEO.email)) == 1
    assert count(select(ClientInvitation.version)) == 1


def invite_anew(contact_id: int, matter_id: int) -> None:
    with db.transaction() as session:
        kept = contact_by_id(session, contact_id)
        invitations.invite(session, kept, matter_id, by="user:ada")


def test_C8_a_renewal_and_an_acceptance_at_once_leave_one_way_in(door: Door) -> None:
    for number in range(RACES):
        contact, matter = door.client(f"Client {number}", f"client{number}@race.test")
        link = door.invite(contact, matter)
        browser = door.another()

        accepted, sent = at_once(
            partial(press, browser, link),
            partial(invite_anew, contact.id, matter.id),
        )
        assert sent is None
        assert is_in(browser) is (accepted == 303)


def test_C11_of_two_who_use_a_link_at_once_exactly_one_is_let_in(door: Door) -> None:
    portals.joined(door.cleo)
    for _race in range(5):
        door.ask_for_code(door.another())
        link = door.newest().links[0]
        browsers = [door.another(), door.another()]
        answers = at_once(*(partial(press, one, link) for one in browsers))
        assert sorted(answers) in ([303, 410], [303, 422])
        assert sorted(is_in(one) for one in browsers) == [False, True]


def test_C11_twenty_guesses_at_once_are_five(door: Door) -> None:
    portals.joined(door.cleo)
    door.ask_for_code(door.another())
    with db.read() as session:
        name = session.scalars(select(SignInRequest.public_id)).one()

    def guess() -> Tried:
        with db.transaction() as session:
            return sign_in_codes.try_code(session, name, "no digits")

    answers = at_once(*([guess] * 20))
    assert sorted(answers) == [Tried.OVER] * 16 + [Tried.WRONG] * 4
    assert count(select(SignInRequest.tries)) == 5
    with db.transaction() as session:
        right = sign_in_codes.code(name)
        assert sign_in_codes.try_code(session, name, right) is Tried.OVER


def test_C11_a_code_is_used_once_by_two_choices_at_once(door: Door) -> None:
    """A couple, two tabs, two names."""
    people = [door.client(name, "both@race.test")[0] for name in ("Ann", "Bob")]
    for contact in people:
        portals.joined(contact)
    door.ask_for_code(door.another(), "both@race.test")

    def choose(who: str) -> str | None:
        with db.transaction() as session:
            asked = session.scalars(select(SignInRequest)).one()
            return sign_in_codes.use(session, asked, who, browser=Browser(), language="en_US")

    answers = at_once(*(partial(choose, one.public_id) for one in people))
    assert len([answer for answer in answers if answer]) == 1
