"""Cleo's matter with a portal of Ada's, and their browsers."""

from dataclasses import dataclass, field

from flask import Flask

from portal.access.actions import remove_participant
from portal.access.models import Participant
from portal.access.queries import participants
from portal.clients.models import Contact, Matter
from portal.core import clock, db, ids
from portal.feed.people import Person
from portal.web.client_sessions import COOKIE
from tests.factories import clients, portals
from tests.support.cast import ADA, Cast
from tests.support.visitor import Visitor


@dataclass
class Cabinet:
    """Ada, Cleo who has joined, and the matter that they share documents in."""

    cast: Cast
    app: Flask
    cleo: Contact = field(init=False)
    matter: Matter = field(init=False)
    ada: Person = field(init=False)
    client: Person = field(init=False)

    def __post_init__(self) -> None:
        self.cleo = clients.contact("Cleo Vance", "cleo@client.test")
        self.matter = clients.matter(self.cleo, "Vance lease", number="00012")
        self.ada = portals.firm_person(ADA.email)
        portals.opened(self.matter, self.ada)
        self.client = portals.joined(self.cleo)

    @property
    def documents(self) -> str:
        """Where staff find the matter's documents."""
        return f"/staff/matters/{self.matter.public_id}/documents"

    @property
    def shared(self) -> str:
        """Where staff find what is shared."""
        return f"/staff/matters/{self.matter.public_id}/portal/shared-resources"

    @property
    def clients_documents(self) -> str:
        """Where Cleo finds hers."""
        return f"/portal/matters/{self.matter.public_id}/documents"

    def browser(self, contact: Contact | None = None) -> Visitor:
        """A browser in which Cleo, or somebody else who has joined, is signed in."""
        visitor = Visitor(self.app, self.cast.ada.base_url)
        token = portals.signed_in(contact or self.cleo)
        visitor.http.set_cookie(COOKIE, token, domain="localhost", secure=True, path="/")
        return visitor

    def add(self, contact: Contact) -> None:
        """One more client takes part, and has joined."""
        with db.transaction() as session:
            session.add(
                Participant(
                    public_id=ids.public_id(),
                    matter_id=self.matter.id,
                    contact_id=contact.id,
                    added_at=clock.now(),
                    added_by=self.ada.actor,
                )
            )
        portals.joined(contact)

    def remove(self, contact: Contact, matter: Matter) -> None:
        """End a client's part in a portal."""
        with db.transaction() as session:
            those = participants(session, matter.id)
            theirs = next(one for one in those if one.contact_id == contact.id)
            remove_participant(session, theirs, self.ada)
