"""The Overview: where the firm's people begin, and how an open page hears what is new."""

import gzip

import pytest
from sqlalchemy import select

from portal.access.actions import take_part
from portal.clients.models import Matter
from portal.core import db
from portal.firm.models import User
from portal.web import overview
from portal.web.overview import Work
from tests.factories.portals import firm_person
from tests.portal.notifications.portal_desk import open_desk
from tests.support.cast import BEN, Cast, Person
from tests.support.page import Page


def again(person: Person, page: Page) -> Page:
    """What the open page hears when it asks by itself."""
    return person.ask("GET", str(page.one("#work")["hx-get"]), htmx=True, status=None)


def test_X6_where_nothing_waits_the_overview_says_so(cast: Cast) -> None:
    page = cast.ben.get("/staff/")
    assert page.texts("h1") == ["Overview"]
    assert page.texts(".staff-nav [aria-current]") == ["Overview"]
    assert "You are up to date." in page
    assert not page.select(".work-link")


def test_X6_an_open_page_hears_of_new_work_and_otherwise_nothing(cast: Cast) -> None:
    desk = open_desk()
    with db.transaction() as session:
        take_part(session, session.get_one(Matter, desk.matter.id), firm_person(BEN.email))
    page = cast.ben.get("/staff/")
    assert again(cast.ben, page).status == 204
    desk.write(desk.cleo)
    news = again(cast.ben, page)
    assert news.texts(".work-link") == ["Read messages (1)"]
    assert not news.is_whole
    assert again(cast.ben, news).status == 204
    unread = cast.ben.get(news.link("Read messages (1)"))
    assert unread.texts("h1") == ["Client portals"]
    assert desk.matter.name in unread
    assert cast.ana.get("/staff/").texts(".work-link") == []  # who takes no part


def test_X6_each_panel_is_fetched_when_the_page_stands_and_is_a_page_by_itself(cast: Cast) -> None:
    page = cast.ana.get("/staff/")
    panels = page.select(".panel-body")
    assert page.texts(".overview-panels h2") == ["Receivables by age", "Payments per week"]
    for panel, heading in zip(panels, page.texts(".overview-panels h2"), strict=True):
        address = str(panel["hx-get"])
        assert panel["hx-trigger"] == "load"
        assert panel.select("noscript a")[0]["href"] == address
        alone = cast.ana.get(address)
        assert alone.texts("h1") == [heading]
        assert alone.texts(".staff-nav [aria-current]") == ["Overview"]
        assert not alone.select(".staff-sub")
        part = cast.ana.ask("GET", address, htmx=True)
        assert not part.is_whole
        assert "HX-Request" in part.headers["Vary"]
        assert len(gzip.compress(part.response.get_data())) <= 6 * 1024


def test_X6_who_can_set_the_firm_up_does_that_first(cast: Cast) -> None:
    assert cast.ada.get("/staff/").texts("h1") == ["Settings"]
    # An overview that is open already stays what it is.
    assert cast.ada.ask("GET", "/staff/", htmx=True).select("#work")


def test_X6_nothing_is_counted_beyond_a_thousand(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cast.ben.http.application.test_request_context():
        few, many = (Work(0, "Do", count, "", "inbox", "x") for count in (1_000, 1_001))
        assert (few.how_many, many.how_many) == ("1,000", "more than 1,000")
    monkeypatch.setattr(overview, "COUNTED_MAX", 1)
    with db.read() as session:
        assert overview.counted(session, select(User.id)) == 2  # of the three who work here


def test_X6_the_overview_is_light(cast: Cast) -> None:
    assert len(gzip.compress(cast.ana.get("/staff/").response.get_data())) <= 15 * 1024
