"""One window of five minutes for each person and portal, and one email when it closes (C5)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from portal.access import actions as access
from portal.clients.models import Matter
from portal.core import clock, db
from portal.feed import actions as feed
from portal.notifications.models import NoticeWindow
from portal.notifications.windows import WINDOW
from tests.factories import clients, portals
from tests.portal.notifications.portal_desk import Desk, open_desk
from tests.support.cast import ADA, BEN, CLEO, Cast
from tests.support.outbox import Outbox

pytestmark = pytest.mark.both_databases
SECOND = timedelta(seconds=1)


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return open_desk()


def windows_now() -> int:
    """How many windows there have been."""
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(NoticeWindow)) or 0


def test_C5_what_comes_within_five_minutes_comes_in_one_email_when_they_are_over(
    desk: Desk, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    with time_machine.travel(clock.wall_time(), tick=False) as time:
        desk.write(desk.ada)
        time.shift(timedelta(minutes=4))
        desk.write(desk.ada)
        desk.share()
        time.shift(timedelta(seconds=59))
        run_jobs()
        assert outbox.emails == []
        time.shift(SECOND)
        run_jobs()
    (email,) = outbox.emails
    assert email.to == CLEO.email
    assert "- 2 messages from Ada Okafor" in email
    assert "- 1 document from Ada Okafor" in email
    assert windows_now() == 1


def test_C5_what_comes_as_a_window_closes_belongs_to_the_next(
    desk: Desk, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    with time_machine.travel(clock.wall_time(), tick=False) as time:
        desk.write(desk.cleo)
        time.shift(WINDOW - timedelta(microseconds=1))
        desk.upload()
        time.shift(timedelta(microseconds=1))
        desk.write(desk.cleo)
        run_jobs()
        (first,) = outbox.to(ADA.email)
        assert "- 1 message from Cleo Vance" in first
        assert "- 1 document from Cleo Vance" in first
        time.shift(WINDOW)
        run_jobs()
    _first, second = outbox.to(ADA.email)
    assert "- 1 message from Cleo Vance" in second
    assert "document" not in second.text
    assert windows_now() == 2


def test_C5_each_side_is_told_of_the_other_and_nobody_of_their_own(
    desk: Desk, outbox: Outbox, advance: Callable[[timedelta], int]
) -> None:
    with db.transaction() as session:
        ben = portals.firm_person(BEN.email)
        access.take_part(session, session.get_one(Matter, desk.matter.id), ben)
    desk.write(desk.ada)
    desk.write(desk.cleo)
    advance(WINDOW)
    assert sorted(email.to for email in outbox.emails) == [ADA.email, BEN.email, CLEO.email]
    advance(timedelta(days=1))
    assert len(outbox.emails) == 3


def test_C5_windows_of_two_portals_are_two_emails(
    desk: Desk, outbox: Outbox, advance: Callable[[timedelta], int]
) -> None:
    other = clients.matter(desk.client, "Vance lease")
    portals.opened(other, desk.ada)
    desk.write(desk.ada)
    Desk(other, desk.client, desk.ada, desk.cleo).write(desk.ada)
    advance(WINDOW)
    assert [email.to for email in outbox.emails] == [CLEO.email, CLEO.email]


def test_C5_somebody_who_has_not_joined_is_told_of_nothing(
    cast: Cast, outbox: Outbox, advance: Callable[[timedelta], int]
) -> None:
    desk = open_desk(joined=False)
    desk.write(desk.ada)
    assert windows_now() == 0
    portals.joined(desk.client)
    advance(WINDOW)
    assert outbox.emails == []
    desk.share()
    advance(WINDOW)
    (email,) = outbox.to(CLEO.email)
    assert "- 1 document from Ada Okafor" in email
    assert "message" not in email.text.split("--")[0]


def test_C5_what_was_read_before_the_window_closed_is_told_of_all_the_same(
    desk: Desk, outbox: Outbox, advance: Callable[[timedelta], int]
) -> None:
    position = desk.write(desk.ada)
    with db.transaction() as session:
        feed.mark_read(session, desk.matter.id, desk.cleo, position)
    advance(WINDOW)
    assert [email.to for email in outbox.emails] == [CLEO.email]
