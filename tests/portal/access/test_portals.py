"""A matter's **Communications** tab, and the list of all **Client portals**."""

import pytest

from portal.clients.models import Contact, Matter
from portal.core import db
from portal.feed import actions as feed
from portal.feed.models import EventKind
from portal.feed.people import Person, person_of_contact
from tests.factories import clients, portals
from tests.support.cast import BEN, CLEO, Cast
from tests.support.page import Page

PORTALS = "/staff/portals"


def write(matter: Matter, by: Person, times: int = 1) -> None:
    """Messages in a portal, as its feed keeps them."""
    with db.transaction() as session:
        for _again in range(times):
            feed.add_event(session, matter.id, EventKind.MESSAGE, by=by)


def names(page: Page) -> list[str]:
    return page.texts("#portals-table tbody th a")


@pytest.fixture
def cleo(cast: Cast) -> Contact:
    return clients.contact(CLEO.name, CLEO.email)


def opened(client: Contact, name: str, number: str, by: str = BEN.email) -> Matter:
    matter = clients.matter(client, name, number)
    portals.opened(matter, portals.firm_person(by))
    return matter


def test_C1_a_matter_has_the_tab_communications_that_leads_to_its_portal(
    cast: Cast, cleo: Contact
) -> None:
    matter = opened(cleo, "Lease", "00012")
    page = cast.ben.click(cast.ben.get(f"/staff/matters/{matter.public_id}"), "Communications")
    assert page.one("nav[aria-label=Matter] [aria-current]").get_text() == "Communications"
    assert "cleo@client.test" in page
    assert "Ben Lindqvist" in page
    assert "Nothing new for you" in page
    page = cast.ben.click(page, "Go to client portal")
    tabs = page.texts("nav[aria-label='Client portal'] a")
    assert tabs[-1] == "Participants"
    assert page.one("nav[aria-label=Matter] [aria-current]").get_text() == "Communications"


def test_C8_communications_says_that_the_first_message_opens_the_portal_and_invites_whom(
    cast: Cast, cleo: Contact
) -> None:
    matter = clients.matter(cleo)
    page = cast.ben.get(f"/staff/matters/{matter.public_id}/communications")
    assert "This matter has no client portal yet" in page
    assert "sends Cleo Vance an invitation to cleo@client.test" in page
    assert page.link("Go to client portal")
    mute = clients.matter(clients.contact("Max Mute"))
    page = cast.ben.get(f"/staff/matters/{mute.public_id}/communications")
    assert "Max Mute has no email address" in page
    assert page.link("Add an email to their contact card")


def test_unread_messages_are_counted_for_those_who_take_part(cast: Cast, cleo: Contact) -> None:
    matter = opened(cleo, "Lease", "00012")
    write(matter, person_of_contact(cleo), 3)
    write(matter, portals.firm_person(BEN.email))
    here = f"/staff/matters/{matter.public_id}"
    assert "3 unread messages" in cast.ben.get(f"{here}/communications")
    assert "You do not take part" in cast.ada.get(f"{here}/communications")
    assert "3 unread" in cast.ben.get(PORTALS)
    assert "3 unread" not in cast.ada.get(PORTALS)


def test_the_list_teaches_how_a_portal_comes_to_be(cast: Cast) -> None:
    page = cast.ben.get(PORTALS)
    assert "Send a message to open a portal" in page
    assert cast.ben.click(page, "Choose a matter").status == 200


def test_X4_portals_with_unread_messages_come_first_then_the_newest(
    cast: Cast, cleo: Contact
) -> None:
    one, _two, three = (opened(cleo, name, f"0000{name}") for name in "123")
    write(one, person_of_contact(cleo))
    write(three, portals.firm_person(BEN.email))
    page = cast.ben.get(PORTALS)
    assert names(page) == ["1", "3", "2"]
    assert "3 portals" in page
    assert names(cast.ada.get(PORTALS)) == ["3", "1", "2"]
    page = cast.ben.click(page, "Unread")
    assert names(page) == ["1"]
    with db.transaction() as session:
        feed.mark_read(session, one.id, portals.firm_person(BEN.email), 1_000)
    page = cast.ben.get(f"{PORTALS}?show=unread")
    assert "You are up to date" in page
    assert names(cast.ben.click(page, "Show all portals")) == ["3", "1", "2"]


def test_X2_portals_are_found_by_words_of_the_matter_and_of_its_client(
    cast: Cast, cleo: Contact
) -> None:
    opened(cleo, "Lease of the shop", "00012")
    opened(clients.contact("Owen Blake", "owen@client.test"), "Will", "00013")
    page = cast.ben.get(PORTALS)
    assert names(cast.ben.submit(page, "Search", q="cle lea")) == ["Lease of the shop"]
    assert names(cast.ben.submit(page, "Search", q="owen")) == ["Will"]
    assert names(cast.ben.submit(page, "Search", q="00012")) == ["Lease of the shop"]
    page = cast.ben.submit(page, "Search", q="nothing")
    assert "No portals match" in page
    answer = cast.ben.get(f"{PORTALS}?q=will&show=", htmx=True)
    assert not answer.is_whole
    assert answer.headers["HX-Push-Url"] == f"{PORTALS}?q=will"


def test_C8_the_list_shows_each_clients_address_and_how_far_their_invitation_has_come(
    cast: Cast, cleo: Contact
) -> None:
    matter = opened(cleo, "Lease", "00012")
    page = cast.ben.get(PORTALS)
    assert "cleo@client.test" in page
    assert "Not invited yet" in page
    portals.joined(cleo)
    assert "Joined" in cast.ben.get(PORTALS)
    assert matter.name in names(page)


@pytest.mark.parametrize(
    "query",
    [
        "show=lost",
        "after=x&before=9",
        "q=%00",
        "after=unread-99999999999999999-99999999999999999",
        "before=rest-0-0",
        "after=rest-%D9%A1-1",
        "after=unread--1-2",
    ],
)
def test_nothing_in_the_address_breaks_the_list(query: str, cast: Cast, cleo: Contact) -> None:
    opened(cleo, "Lease", "00012")
    cast.ada.get(f"{PORTALS}?{query}")
