"""What was read, by whom and when, and what is new (FEATURES C6, C7)."""

from datetime import timedelta

from sqlalchemy import select

from portal.core import db
from portal.feed.models import EventKind, FeedEvent, ReadMark
from tests.portal.messages.conftest import Office
from tests.portal.messages.filling import fill
from tests.support.page import words
from tests.support.statements import statements


def reads() -> list[FeedEvent]:
    """Every *read* event."""
    with db.read() as session:
        which = select(FeedEvent).where(FeedEvent.kind == EventKind.READ)
        return list(session.scalars(which.order_by(FeedEvent.position)))


def test_C6_staff_see_who_first_saw_each_message_and_when(office: Office) -> None:
    office.write("First")
    assert "Not seen yet" in office.read(office.ada)
    office.mark_read(office.cleo)
    assert "Seen by Cleo Vance" in office.read(office.ada)
    office.write("Second")
    office.mark_read(office.ben)
    first, second = office.read(office.ada).select(".bubble")
    assert "Seen by 2 people" in words(first.get_text(" "))
    assert "Seen by Ben Lindqvist" in words(second.get_text(" "))
    assert first.select("li")[0].get_text().startswith("Cleo Vance"), "clients come first"
    office.mark_read(office.cleo)
    for bubble in office.read(office.ada).select(".bubble"):
        assert "Cleo Vance" in words(bubble.get_text(" "))
    page = office.read(office.cleo)
    assert "Seen" not in page
    assert page.select(".bubble-seen") == []


def test_C6_opening_the_page_marks_nothing_and_a_button_does_without_script(
    office: Office,
) -> None:
    office.write("First")
    page = office.read(office.cleo)
    assert reads() == []
    assert page.title.startswith("(1) Messages")
    assert page.texts("#new") == ["New"]
    page = office.cleo.submit(page, "Mark as read")
    assert len(reads()) == 1
    assert page.select("#new") == []
    assert page.title.startswith("Messages")


def test_C6_five_hundred_unread_messages_are_read_by_one_write(office: Office) -> None:
    office.write("First")
    _fill(office, 500)
    page = office.mark_read(office.cleo)
    assert page.one("#feed-unread")["data-unread"] == "0"
    with db.read() as session:
        assert [mark.up_to for mark in session.scalars(select(ReadMark))] == [503]
    assert [one.up_to for one in reads()] == [503]
    office.mark_read(office.cleo)
    assert len(reads()) == 1


def test_C6_a_position_that_is_none_marks_nothing(office: Office) -> None:
    office.write("First")
    for position in ("", "-1", "x", "9" * 30, "١"):
        data = {"csrf_token": office.token(office.cleo), "position": position}
        office.cleo.post(f"{office.client_url}/read", data, htmx=True)
    assert reads() == []
    page = office.mark_read(office.ben, 1)
    assert page.one("#feed-unread")["data-unread"] == "1"


def test_C6_before_the_portal_is_opened_there_is_nothing_to_read(office: Office) -> None:
    data = {"csrf_token": office.token(office.ada), "position": "5"}
    office.ada.post(f"{office.staff_url}/read", data, htmx=True)
    office.news(office.ada, 0, status=204)


def test_C7_every_event_stands_in_the_feed_on_demand_remembered_per_user(office: Office) -> None:
    office.write("First")
    office.mark_read(office.cleo)
    page = office.read(office.ada)
    assert page.select(".feed-event") == []
    page = office.ada.submit(page, "Show all client portal events")
    told = " ".join(page.texts(".feed-event"))
    assert "Ada Okafor became a participant" in told
    assert "Ada Okafor added Cleo Vance as a participant" in told
    assert "Cleo Vance read the messages up to here" in told
    assert page.one("#all-events")["aria-pressed"] == "true"
    assert office.read(office.ben).select(".feed-event") == []
    assert office.read(office.cleo).select(".feed-event") == []
    page = office.ada.submit(page, "Show all client portal events")
    assert page.select(".feed-event") == []


def test_C2_what_came_since_is_added_to_an_open_page(office: Office) -> None:
    office.write("First")
    last = int(str(office.read(office.cleo).one("#feed-after")["value"]))
    office.news(office.cleo, last, status=204)
    office.write("Second")
    page = office.news(office.cleo, last)
    assert page.texts(".bubble-text") == ["Second"]
    assert page.one("#feed-unread")["data-unread"] == "2"
    after = page.one("#feed-after")
    assert int(str(after["value"])) > last
    assert after["hx-swap-oob"] == "true"
    office.news(office.cleo, int(str(after["value"])), status=204)


def test_C6_a_receipt_reaches_the_open_page_of_staff_and_not_of_clients(office: Office) -> None:
    office.write("First")
    last = int(str(office.read(office.ada).one("#feed-after")["value"]))
    office.mark_read(office.cleo)
    page = office.news(office.ada, last)
    assert "Seen by Cleo Vance" in words(page.one(".bubble-seen[hx-swap-oob]").get_text(" "))
    page = office.news(office.cleo, last)
    assert page.select(".bubble, .bubble-seen") == []


def test_C2_five_thousand_messages_are_read_page_by_page(office: Office) -> None:
    office.write("First")
    _fill(office, 5_000)
    office.mark_read(office.cleo)
    page, seen = office.read(office.cleo), list[str]()
    for _ in range(200):
        seen = page.texts(".bubble-text") + seen
        more = page.select("#earlier-link")
        if not more:
            break
        page = office.cleo.get(str(more[0]["href"]), htmx=True)
    assert seen == ["First", *(f"Message {number}" for number in range(5_000))]
    assert "This is the beginning." in page


def test_C2_without_script_earlier_messages_are_a_page_of_their_own(office: Office) -> None:
    office.write("First")
    fill(office.matter.id, office.ada_person, 60)
    office.mark_read(office.cleo)
    for who in (office.ada, office.cleo):
        older = who.click(office.read(who), "Show earlier messages")
        assert older.texts(".bubble-text")[0] == "First"
        assert older.select("#feed-poll") == []
        page = who.click(older, "Show the newest messages")
        assert page.texts(".bubble-text")[-1] == "Message 59"


def test_C2_a_page_asks_as_often_for_fifty_messages_as_for_two(office: Office) -> None:
    office.write("First")
    asked: list[int] = []
    for how_many in (1, 48):
        _fill(office, how_many)
        office.mark_read(office.cleo)
        office.mark_read(office.ben)
        with statements() as said:
            office.read(office.ada)
            office.read(office.cleo)
        asked.append(len(said))
    assert asked[0] == asked[1]


def test_C2_days_are_those_of_the_firms_zone(office: Office) -> None:
    office.write("First")
    page = office.read(office.cleo)
    assert "Times are in America/Los Angeles" in page
    assert len(page.select(".feed-day")) == 1
    _fill(office, 3, apart=timedelta(days=1))
    assert len(office.read(office.cleo).select(".feed-day")) == 3


def _fill(office: Office, how_many: int, apart: timedelta = timedelta(0)) -> None:
    """So many messages of Ada's, written straight into the tables."""
    fill(office.matter.id, office.ada_person, how_many, apart)
