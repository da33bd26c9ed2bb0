"""Places in the feed that an open page asks by, and how much comes at once (FEATURES C2)."""

import pytest
from sqlalchemy import select

from portal.core import db
from portal.messages.models import Message
from tests.portal.messages.conftest import Office
from tests.portal.messages.filling import fill


@pytest.mark.both_databases
@pytest.mark.parametrize("place", ["2147483646", "2147483647", "2147483648", "9" * 18, "-1", "x"])
def test_C2_a_place_that_is_none_breaks_no_page(office: Office, place: str) -> None:
    office.write("First")
    for who in (office.ada, office.cleo):
        address = office.url_of(who)
        assert "Message" in who.get(f"{address}?before={place}")
        who.http.get(f"{address}/news?after={place}", base_url=who.base_url)
        form = {"csrf_token": office.token(who), "text": "Hi", "after": place}
        send = f"{address}/messages" if who is office.ada else address
        who.ask("POST", send, data=form, htmx=True, status=None)  # taken in, or opened anew
        who.post(f"{address}/read", {**form, "position": place}, htmx=True)
    with db.read() as session:
        assert len(session.scalars(select(Message)).all()) == 3


def test_C2_where_more_came_than_a_page_adds_the_page_opens_anew(office: Office) -> None:
    office.write("First")
    cleo, ada = office.cleo, office.ada
    lasts = {who: int(str(office.read(who).one("#feed-after")["value"])) for who in (ada, cleo)}
    fill(office.matter.id, office.ben_person, 501)
    for who, last in lasts.items():
        address = office.url_of(who)
        assert office.news(who, last, 204).headers["HX-Redirect"] == address
        assert len(office.news(who, last + 1).select(".bubble")) == 500
    for who, last in lasts.items():
        address = office.url_of(who)
        form = {"csrf_token": office.token(who), "text": "Hi", "after": str(last)}
        send = f"{address}/messages" if who is ada else address
        assert who.post(send, form, htmx=True, status=204).headers["HX-Redirect"] == address


def test_C6_new_stands_above_a_message_that_can_be_read(office: Office) -> None:
    first = office.write("Gone")
    office.write("Still there")
    dialog = office.ada.get(str(first.one(".bubble-delete")["href"]))
    office.ada.submit(dialog, "Delete message")
    below = office.read(office.cleo).one("#new").find_next_sibling()
    assert below is not None
    assert "Still there" in below.get_text()
