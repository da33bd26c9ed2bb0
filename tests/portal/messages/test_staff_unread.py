"""The number of unread messages beside **Client portals**, on every staff page (X4)."""

from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.access import actions as access
from portal.clients.models import Matter
from portal.core import clock, db
from portal.feed import actions as feed
from portal.firm.models import StaffSession
from tests.factories import portals
from tests.portal.notifications.portal_desk import Desk, open_desk
from tests.support.cast import ADA, BEN, Cast
from tests.support.page import Page
from tests.test_matter_access import restrict


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return open_desk()


def in_the_bar(page: Page) -> str:
    """What stands beside the entry in the bar."""
    (badge,) = page.select("#unread-bar")
    return " ".join(badge.get_text(" ").split())


def test_X4_the_bar_counts_the_messages_that_a_user_has_to_read(desk: Desk, cast: Cast) -> None:
    assert in_the_bar(cast.ada.get("/staff/contacts")) == ""
    desk.write(desk.cleo)
    last = desk.write(desk.cleo)
    desk.write(desk.ada)
    assert in_the_bar(cast.ada.get("/staff/contacts")) == "2 , 2 unread messages"
    with db.transaction() as session:
        feed.mark_read(session, desk.matter.id, desk.ada, last)
    assert in_the_bar(cast.ada.get("/staff/contacts")) == ""


def test_X4_somebody_who_takes_part_in_no_portal_has_nothing_to_read(
    desk: Desk, cast: Cast
) -> None:
    desk.write(desk.cleo)
    assert in_the_bar(cast.ben.get("/staff/contacts")) == ""


def test_X4_N8_a_matter_that_was_closed_to_a_user_is_not_counted(desk: Desk, cast: Cast) -> None:
    with db.transaction() as session:
        matter = session.get_one(Matter, desk.matter.id)
        access.take_part(session, matter, portals.firm_person(BEN.email))
    desk.write(desk.cleo)
    assert in_the_bar(cast.ben.get("/staff/contacts")) == "1 , 1 unread message"
    restrict(desk.matter, ADA)
    assert in_the_bar(cast.ben.get("/staff/contacts")) == ""


def test_X4_an_open_page_learns_the_count_only_when_it_changed(desk: Desk, cast: Cast) -> None:
    (watch,) = cast.ada.get("/staff/contacts").select("#unread-watch")
    assert cast.ada.get(str(watch["hx-get"]), status=204).body == ""
    desk.write(desk.cleo)
    fresh = cast.ada.get(str(watch["hx-get"]), htmx=True)
    assert in_the_bar(fresh) == "1 , 1 unread message"
    (again,) = fresh.select("#unread-watch")
    assert again["data-unread-total"] == "1"
    cast.ada.get(str(again["hx-get"]), status=204)


def test_X4_a_page_that_asks_by_itself_keeps_nobody_signed_in(desk: Desk, cast: Cast) -> None:
    cast.ada.get("/staff/contacts")
    with time_machine.travel(clock.wall_time() + timedelta(hours=2), tick=False):
        cast.ada.get("/staff/portals/unread?seen=0", status=204, headers={"X-By-Itself": "1"})
        assert _seen_at() < clock.wall_time() - timedelta(hours=1)
        cast.ada.get("/staff/portals/unread?seen=0", status=204)
        assert _seen_at() == clock.wall_time()


def _seen_at() -> datetime:
    with db.read() as session:
        return session.scalars(select(StaffSession.seen_at)).one()
