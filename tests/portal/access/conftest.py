"""A portal of Ada's with Cleo in it, and what clients do at their door."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from portal.access import invitations
from portal.clients.actions import details_of, edit_contact
from portal.clients.details import EmailDetails
from portal.clients.models import Contact, Matter
from portal.clients.queries import contact_by_id
from portal.core import db
from tests.factories import clients, portals
from tests.support.cast import ADA, CLEO, Cast, Person
from tests.support.outbox import Outbox, Sent
from tests.support.page import Page
from tests.support.stages import stage
from tests.support.visitor import Visitor

SETTINGS = "/portal/settings"


@dataclass
class Door:
    """Clients who take part in Ada's portals, and how they come in."""

    cast: Cast
    outbox: Outbox
    run_jobs: Callable[[], int]
    cleo: Contact = field(init=False)
    matter: Matter = field(init=False)

    def __post_init__(self) -> None:
        self.cleo, self.matter = stage("a client of a portal", self._first_client)

    def _first_client(self) -> tuple[Contact, Matter]:
        return self.client(CLEO.name, CLEO.email)

    def client(self, name: str, *emails: str) -> tuple[Contact, Matter]:
        """A client with a matter whose portal is open."""
        contact = clients.contact(name, *emails)
        matter = clients.matter(contact, f"Secret matter of {name}")
        portals.opened(matter, portals.firm_person(ADA.email))
        return contact, matter

    def invite(self, contact: Contact | None = None, matter: Matter | None = None) -> str:
        """Send an invitation; answers its link. Cleo's where nobody is named."""
        who, here = contact or self.cleo, matter or self.matter
        with db.transaction() as session:
            kept = contact_by_id(session, who.id)
            assert invitations.invite(session, kept, here.id, by="user:ada")
            address = kept.emails[0].address
        self.run_jobs()
        return self.outbox.to(address)[-1].links[0]

    def accept(self, visitor: Visitor, link: str, *, status: int = 200) -> Page:
        """Open the link and press the button."""
        return visitor.submit(visitor.get(link), "Accept invitation", status=status)

    def joined(self) -> Person:
        """Cleo, at a browser where she has accepted."""
        self.accept(self.cast.cleo, self.invite())
        return self.cast.cleo

    def another(self) -> Visitor:
        """One more browser."""
        return Visitor(self.cast.cleo.app, self.cast.cleo.base_url)

    def ask_for_code(
        self, visitor: Visitor, address: str = CLEO.email, came_from: str = ""
    ) -> Page:
        """Ask for a code; answers the page that wants it. What is owed is sent."""
        query = {"next": came_from} if came_from else {}
        page = visitor.submit(
            visitor.get("/sign-in", query_string=query), "Send a code", email=address
        )
        self.run_jobs()
        return page

    def newest(self, address: str = CLEO.email) -> Sent:
        """The newest email to somebody."""
        return self.outbox.to(address)[-1]

    def code(self, address: str = CLEO.email) -> str:
        """The digits of the newest email, as they stand in it."""
        line = next(one for one in self.newest(address).text.splitlines() if "Your code:" in one)
        return line.removeprefix("Your code:").strip()


@pytest.fixture
def door(cast: Cast, outbox: Outbox, run_jobs: Callable[[], int]) -> Door:
    return Door(cast, outbox, run_jobs)


def is_in(visitor: Visitor) -> bool:
    """Whether the portal opens."""
    return visitor.ask("GET", SETTINGS, follow=False, status=None).status == 200


def change_address(contact: Contact, *emails: str) -> None:
    """Somebody at the firm changes the contact's addresses; the first is the primary one."""
    with db.transaction() as session:
        kept = contact_by_id(session, contact.id)
        lines = tuple(EmailDetails(one, place == 0) for place, one in enumerate(emails))
        edit_contact(session, kept, replace(details_of(kept), emails=lines), by="user:ada")


@pytest.fixture
def joined(door: Door) -> Door:
    """Cleo has joined, in a browser that these tests do not use."""
    portals.joined(door.cleo)
    return door
