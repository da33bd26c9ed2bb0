"""Ada at the firm, Cleo who has joined the portal of her matter, and Sol who takes part in none."""

from dataclasses import dataclass

import pytest
from flask import Flask

from portal.clients.models import Contact, Matter
from portal.documents import client, client_files, staff_files
from tests.factories import clients, portals
from tests.portal.documents.cabinet import Cabinet
from tests.support import uploads
from tests.support.cast import ADA, CLEO, SOL, Cast
from tests.support.stages import stage
from tests.support.uploads import Sender


@dataclass
class Desk:
    """People with files to send, and the matter that they are about."""

    cast: Cast
    contact: Contact
    matter: Matter
    ada: Sender
    cleo: Sender
    sol: Sender
    other: Matter


def _two_clients() -> tuple[Contact, Contact, Matter, Matter]:
    contact, stranger = clients.contact(CLEO.name, CLEO.email), clients.contact(SOL.name, SOL.email)
    matter, other = clients.matter(contact, "Lease"), clients.matter(stranger, "Divorce")
    for one, whose in ((matter, contact), (other, stranger)):
        portals.opened(one, portals.firm_person(ADA.email))
        portals.joined(whose)
    return contact, stranger, matter, other


@pytest.fixture
def desk(cast: Cast) -> Desk:
    contact, stranger, matter, other = stage("two clients of a portal each", _two_clients)
    return Desk(
        cast,
        contact,
        matter,
        uploads.of_staff(cast.ada),
        uploads.of_client(cast, contact),
        uploads.of_client(cast, stranger),
        other,
    )


@pytest.fixture
def app(app: Flask) -> Flask:
    """The product, with the pages of files in any case."""
    for pages in (staff_files, client_files, client):
        if pages.blueprint.name not in app.blueprints:
            app.register_blueprint(pages.blueprint)
    return app


@pytest.fixture
def cabinet(app: Flask, cast: Cast) -> Cabinet:
    return Cabinet(cast, app)
