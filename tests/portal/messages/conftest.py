"""Cleo's portal as the firm and Cleo look at it, each at a browser of their own."""

from dataclasses import dataclass
from functools import cached_property

import pytest
from flask import Flask

from portal.clients.models import Contact, Matter
from portal.core import db
from portal.documents import keeping, receiving, uploads
from portal.documents.models import Document, Folder
from portal.feed.people import Person as Somebody
from portal.feed.people import person_of_contact
from portal.messages import client, client_home, staff
from portal.web.client_sessions import COOKIE
from tests.factories import clients, portals
from tests.support.cast import ADA, BEN, Cast, Person
from tests.support.page import Page
from tests.support.stages import stage
from tests.support.visitor import Visitor


@pytest.fixture
def app(app: Flask) -> Flask:
    for views in (staff, client, client_home):
        if views.blueprint.name not in app.blueprints:
            app.register_blueprint(views.blueprint)
    return app


@dataclass
class Office:
    """Ada and Ben of the firm, Cleo the client, and the matter whose portal it is."""

    cast: Cast
    matter: Matter
    client: Contact

    @property
    def staff_url(self) -> str:
        return f"/staff/matters/{self.matter.public_id}/portal"

    @property
    def client_url(self) -> str:
        return f"/portal/matters/{self.matter.public_id}/messages"

    @cached_property
    def ada(self) -> Person:
        return self.cast.ada

    @cached_property
    def ben(self) -> Person:
        return self.cast.ben

    @cached_property
    def cleo(self) -> Visitor:
        """Cleo has accepted her invitation and is signed in."""
        portals.joined(self.client)
        return self.at_a_browser(self.client)

    def at_a_browser(self, contact: Contact) -> Visitor:
        """A browser in which a client who has joined is signed in."""
        visitor = Visitor(self.cast.ada.app, self.cast.ada.base_url)
        token = portals.signed_in(contact)
        visitor.http.set_cookie(COOKIE, token, domain="localhost", secure=True, path="/")
        return visitor

    @cached_property
    def ada_person(self) -> Somebody:
        return portals.firm_person(ADA.email)

    @cached_property
    def ben_person(self) -> Somebody:
        return portals.firm_person(BEN.email)

    @property
    def cleo_person(self) -> Somebody:
        return person_of_contact(self.client)

    def write(self, text: str, by: Visitor | None = None, *, status: int = 200) -> Page:
        """Somebody writes by the composer: Ada, unless it is said who."""
        who = by or self.ada
        page = who.get(self.url_of(who))
        return who.submit(page, "Send", text=text, status=status)

    def read(self, who: Visitor) -> Page:
        """The messages page of somebody."""
        return who.get(self.url_of(who))

    def token(self, who: Visitor) -> str:
        """What the forms of somebody carry."""
        return str(self.read(who).one("#composer input[name=csrf_token]")["value"])

    def mark_read(self, who: Visitor, position: int = 10_000) -> Page:
        """What the page's script posts when messages were on the screen."""
        data = {"csrf_token": self.token(who), "position": str(position)}
        return who.post(f"{self.url_of(who)}/read", data, htmx=True)

    def news(self, who: Visitor, after: int, status: int = 200) -> Page:
        """What the open page of somebody asks for every few seconds."""
        return who.get(f"{self.url_of(who)}/news?after={after}", htmx=True, status=status)

    def upload(self, by: Somebody, name: str = "Deed.txt", body: bytes = b"A deed.") -> str:
        """A file that is there, for a message; answers its id."""
        with db.transaction() as session:
            ways = {"name": name, "size_bytes": len(body), "for_message": True}
            upload = uploads.begin(session, self.matter.id, by=by, **ways)
        receiving.receive_whole(upload.public_id, by, [body])
        receiving.finish(upload.public_id, by)
        return upload.public_id

    def document(self, name: str = "Lease.txt", folder: Folder | None = None) -> Document:
        """A document of the matter, brought by Ada."""
        with db.transaction() as session:
            ways = {"name": name, "size_bytes": 5, "folder_id": folder.id if folder else None}
            upload = uploads.begin(session, self.matter.id, by=self.ada_person, **ways)
        receiving.receive_whole(upload.public_id, self.ada_person, [b"words"])
        document = receiving.finish(upload.public_id, self.ada_person)[2]
        assert document is not None
        return document

    def folder(self, name: str = "Papers") -> Folder:
        """A folder of the matter."""
        with db.transaction() as session:
            kept = session.get_one(Matter, self.matter.id)
            by = self.ada_person
            return keeping.make_folder(session, kept, name=name, into=None, by=by)

    def url_of(self, who: Visitor) -> str:
        return self.staff_url if isinstance(who, Person) else self.client_url


@pytest.fixture
def office(app: Flask, cast: Cast) -> Office:
    """Nobody has written yet."""
    matter, contact = stage("a client who has a matter", _client)
    return Office(cast, matter, contact)


def _client() -> tuple[Matter, Contact]:
    contact = clients.contact("Cleo Vance", "cleo@client.test")
    return clients.matter(contact, "Vance lease", number="00012"), contact
