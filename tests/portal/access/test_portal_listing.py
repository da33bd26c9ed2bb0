"""The list of client portals when there are many: each once, in order, by a few readings."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from portal.access import listing
from portal.access.adding import add
from portal.access.models import ClientPortal, Participant
from portal.clients.access import NOTHING_CLOSED
from portal.clients.details import RelatedDetails
from portal.clients.models import Contact, Matter
from portal.core import clock, db, ids
from portal.feed import actions as feed
from portal.feed.models import EventKind, Feed
from portal.feed.people import Person, person_of_contact
from portal.web.pagination import PAGE_ROWS
from portal.web.permissions import Permission
from tests.factories import clients, portals
from tests.support.cast import BEN, CLEO, Cast
from tests.support.page import Page
from tests.support.statements import statements

PORTALS = "/staff/portals"


def many(client: Contact, user: Person, count: int) -> list[int]:
    """This many open portals of a client in one go, the oldest first, the user in each."""
    moment = clock.now()
    opening = {"opened_at": moment, "opened_by_id": user.user_id}
    empty = {"last_position": 0, "last_message": 0}
    with db.transaction() as session:
        session.execute(insert(Matter), [_matter(client, number) for number in range(count)])
        theirs = select(Matter.id).where(Matter.client_id == client.id).order_by(Matter.id)
        matters = list(session.scalars(theirs))
        moments = [moment + timedelta(seconds=number) for number in range(count)]
        session.execute(
            insert(Feed),
            [
                {"matter_id": one, "changed_at": at, **empty}
                for one, at in zip(matters, moments, strict=True)
            ],
        )
        session.execute(insert(ClientPortal), [{"matter_id": one, **opening} for one in matters])
        for who in (person_of_contact(client), user):
            session.execute(insert(Participant), [_place(one, who) for one in matters])
    return matters


def _matter(client: Contact, number: int) -> dict[str, Any]:
    return {
        "public_id": ids.public_id(),
        "number": f"{number:05}",
        "name": f"Matter {number}",
        "client_id": client.id,
        "status": "open",
        "opened_on": clock.now().date(),
        "made_at": clock.now(),
        "restricted": False,
    }


def _place(matter_id: int, who: Person) -> dict[str, Any]:
    added = {"added_at": clock.now(), "added_by": who.actor}
    return {"public_id": ids.public_id(), "matter_id": matter_id, **who.columns, **added}


def write(matter_ids: list[int], by: Person) -> None:
    with db.transaction() as session:
        for one in matter_ids:
            feed.add_event(session, one, EventKind.MESSAGE, by=by)


def names(page: Page) -> list[str]:
    return page.texts("#portals-table tbody th a")


@pytest.fixture
def cleo(cast: Cast) -> Contact:
    return clients.contact(CLEO.name, CLEO.email)


@pytest.mark.both_databases
def test_pages_of_portals_hold_each_once_in_both_directions_unread_ones_first(
    cast: Cast, cleo: Contact
) -> None:
    matters = many(cleo, portals.firm_person(BEN.email), 2 * PAGE_ROWS + 10)
    write(matters[:60], person_of_contact(cleo))
    page = cast.ben.get(PORTALS)
    seen = [names(page)]
    for _further in range(2):
        page = cast.ben.click(page, "Next")
        seen.append(names(page))
    assert [len(one) for one in seen] == [PAGE_ROWS, PAGE_ROWS, 10]
    everything = [name for one in seen for name in one]
    assert sorted(everything[:60]) == sorted(f"Matter {number}" for number in range(60))
    assert everything[60:] == [f"Matter {number}" for number in reversed(range(60, 110))]
    assert not page.select("a[rel=next]")
    for back in (1, 0):
        page = cast.ben.click(page, "Previous")
        assert names(page) == seen[back]
    assert not page.select("a[rel=prev]")
    unread = cast.ben.get(f"{PORTALS}?show=unread")
    assert names(unread) == seen[0]
    assert len(names(cast.ben.click(unread, "Next"))) == 10


def test_the_list_reads_the_database_as_often_for_fifty_portals_as_for_one(
    cast: Cast, cleo: Contact
) -> None:
    ben = portals.firm_person(BEN.email)
    write(many(cleo, ben, 1), person_of_contact(cleo))
    cast.ben.get(PORTALS)
    with statements("SELECT") as few:
        cast.ben.get(PORTALS)
    for number in range(PAGE_ROWS - 1):
        other = clients.contact(f"Client {number}", f"c{number}@client.test")
        matter = clients.matter(other, f"Case {number}", f"9{number:04}")
        portals.opened(matter, ben)
        write([matter.id], person_of_contact(other))
    with statements("SELECT") as full:
        page = cast.ben.get(PORTALS)
    assert len(names(page)) == PAGE_ROWS
    assert len(full) == len(few)
    assert len(full) < 20


def test_the_pages_of_one_portal_read_as_often_for_many_participants_as_for_two(
    cast: Cast, cleo: Contact
) -> None:
    others = [clients.contact(f"Other {n}", f"o{n}@client.test") for n in range(12)]
    related = [RelatedDetails(one.id, "Witness") for one in others]
    matter = clients.matter(cleo, related=related)
    ben = portals.firm_person(BEN.email)
    portals.opened(matter, ben)
    here = f"/staff/matters/{matter.public_id}"
    pages = (
        f"{here}/communications",
        f"{here}/portal/participants",
        f"{here}/portal/participants/new",
    )
    few = [_readings(cast, page) for page in pages]
    with db.transaction() as session:
        kept = session.get_one(Matter, matter.id)
        for one in others[:10]:
            add(session, kept, f"contact:{one.public_id}", ben)
    assert [_readings(cast, page) for page in pages] == few
    assert max(few) < 20


def _readings(cast: Cast, address: str) -> int:
    cast.ben.get(address)
    with statements("SELECT") as seen:
        cast.ben.get(address)
    return len(seen)


@pytest.mark.both_databases
def test_unread_messages_are_totalled_where_the_user_takes_part(cast: Cast, cleo: Contact) -> None:
    ben = portals.firm_person(BEN.email)
    one, two, three = many(cleo, ben, 3)
    write([one, one, two, three], person_of_contact(cleo))
    write([one, two], ben)
    with db.transaction() as session:
        feed.mark_read(session, three, ben, 1)
    with db.read() as session:
        found = listing.find_portals(session, NOTHING_CLOSED, ben, listing.Wanted(unread_only=True))
        assert {row.matter_id for row in found.rows} == {one, two}
        assert found.count == 2
        assert listing.unread_total(session, _Viewer(ben)) == 3


class _Viewer:
    """The signed-in user behind somebody of the firm."""

    levels = frozenset[str]({"billing"})

    def __init__(self, person: Person) -> None:
        assert person.user_id is not None
        self.id, self.actor, self.name = person.user_id, person.actor, person.name

    def may(self, permission: Permission) -> bool:
        return permission.allows(self.levels)
