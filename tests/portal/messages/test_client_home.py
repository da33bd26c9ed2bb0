"""A client's home: what needs them, by matter, and the way to each of their matters (C16)."""

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access import actions as access
from portal.access.models import Participant
from portal.core import db
from portal.feed import actions as feed
from portal.messages import home_panels
from portal.web.client_sessions import COOKIE
from tests.factories import clients, portals
from tests.portal.messages.test_home import document, open_, share
from tests.portal.notifications.portal_desk import Desk, open_desk
from tests.support.cast import Cast
from tests.support.page import Page
from tests.support.statements import statements
from tests.support.visitor import Visitor

HOME = "/portal/"


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return open_desk()


@pytest.fixture
def cleo(desk: Desk, app: Flask, cast: Cast) -> Visitor:
    """Cleo at her phone, signed in."""
    cast.cleo.http.set_cookie(COOKIE, portals.signed_in(desk.client), domain="localhost")
    return cast.cleo


def needs(page: Page) -> list[str]:
    """What the page says is new, with its matter."""
    cards = page.select("section[id^=new-]")
    return [" ".join(card.get_text(" ").split()) for card in cards]


def test_C16_a_client_with_nothing_new_is_up_to_date_and_finds_their_matters(
    desk: Desk, cleo: Visitor
) -> None:
    page = cleo.get(HOME)
    assert "No new messages or documents" in page.text
    assert "Your matters Vance divorce Messages Documents" in page.text
    address = f"/portal/matters/{desk.matter.public_id}"
    assert page.link("Messages").endswith(f"{address}/messages")
    assert page.link("Documents").endswith(f"{address}/documents")


def test_C16_home_says_what_is_new_by_matter_until_it_was_read_and_opened(
    desk: Desk, cleo: Visitor
) -> None:
    other = clients.matter(desk.client, "Vance lease")
    portals.opened(other, desk.ada)
    Desk(other, desk.client, desk.ada, desk.cleo).write(desk.ada)
    desk.write(desk.ada)
    last = desk.write(desk.ada)
    deed = document(desk, by=desk.ada)
    share(desk, deed)
    page = cleo.get(HOME)
    assert page.title == "(3) Home – Harlow & Reyes"
    assert needs(page) == [
        "Vance lease 1 new message",
        "Vance divorce 2 new messages 1 new document",
    ]
    assert "No new messages or documents" not in page.text
    with db.transaction() as session:
        feed.mark_read(session, desk.matter.id, desk.cleo, last)
    open_(desk, deed)
    assert needs(cleo.get(HOME)) == ["Vance lease 1 new message"]


def test_C16_looking_at_home_reads_and_opens_nothing(desk: Desk, cleo: Visitor) -> None:
    desk.write(desk.ada)
    share(desk, document(desk, by=desk.ada))
    before = needs(cleo.get(HOME))
    assert needs(cleo.get(HOME)) == before != []


def test_C16_an_open_home_is_changed_only_when_something_came(desk: Desk, cleo: Visitor) -> None:
    (home,) = cleo.get(HOME).select("#home")
    address = str(home["hx-get"])
    assert cleo.get(address, htmx=True, status=204).body == ""
    desk.write(desk.ada)
    fresh = cleo.get(address, htmx=True)
    assert needs(fresh) == ["Vance divorce 1 new message"]
    assert "<title>(1) Home – Harlow &amp; Reyes</title>" in fresh.body
    assert "<html" not in fresh.body
    (again,) = fresh.select("#home")
    cleo.get(str(again["hx-get"]), htmx=True, status=204)
    assert needs(cleo.get(address)) == ["Vance divorce 1 new message"]


def test_C16_home_is_for_signed_in_clients_and_shows_them_their_own_alone(
    desk: Desk, cleo: Visitor, cast: Cast
) -> None:
    stranger = clients.contact("Sol Nobody", "sol@stranger.test")
    other = clients.matter(stranger, "Nobody's lease")
    portals.opened(other, desk.ada)
    portals.joined(stranger)
    assert "Nobody's lease" not in cleo.get(HOME).text
    cast.sol.http.set_cookie(COOKIE, portals.signed_in(stranger), domain="localhost")
    page = cast.sol.get(HOME)
    assert "Nobody's lease" in page.text
    assert "Vance divorce" not in page.text
    for staff in (cast.ada, cast.ben, cast.ana):
        answer = staff.get(HOME, status=303, follow=False)
        assert answer.headers["Location"].startswith("/sign-in")


def test_C14_a_removed_client_finds_their_home_closed(desk: Desk, cleo: Visitor) -> None:
    cleo.get(HOME)
    with db.transaction() as session:
        own = select(Participant).where(Participant.contact_id == desk.client.id)
        participant = session.scalars(own).one()
        session.refresh(participant, ["contact", "user"])
        access.remove_participant(session, participant, desk.ada)
    assert cleo.get(HOME, status=303, follow=False).headers["Location"].startswith("/sign-in")


def test_C16_a_panel_of_another_feature_is_fetched_once_and_is_a_link_without_script(
    cleo: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_panels, "_panels", [])
    page = cleo.get(HOME)
    assert page.select(".home-panel") == []
    assert "You’re up to date" in page.text
    home_panels.add_panel("client_settings.show")
    home_panels.add_panel("client_settings.show")
    (panel,) = cleo.get(HOME).select(".home-panel[hx-get]")
    assert panel["hx-get"] == "/portal/settings"
    (link,) = panel.select("a")
    assert link["href"] == "/portal/settings"


def test_C16_fifty_matters_cost_as_many_statements_as_one(desk: Desk, cleo: Visitor) -> None:
    def queries() -> int:
        cleo.get(HOME)
        with statements() as asked:
            cleo.get(HOME)
        return len([one for one, _said in asked if "SELECT" in one])

    one = queries()
    for number in range(49):
        portals.opened(clients.matter(desk.client, f"Lease {number}"), desk.ada)
    assert queries() == one <= 6
