"""The demo's client portal is made by the product's own actions, with something new for each."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access import queries as access
from portal.access.keys import ClientSession
from portal.clients.demo import make_demo_clients
from portal.core import db
from portal.documents.models import Document, Folder, StoredFile
from portal.feed.queries import unread
from portal.firm.demo import make_demo_firm
from portal.messages.demo import CLIENT_ADDRESS, Portal, demo_client, demo_portal
from portal.messages.home import home_of
from tests.support.outbox import Outbox


@pytest.fixture
def made(app: Flask, outbox: Outbox, run_jobs: Callable[[], int]) -> Portal:
    """The scenes, one after the other."""
    with db.transaction() as session:
        firm = make_demo_firm(session)
        clients = make_demo_clients(session, firm)
    portal = demo_portal(firm, clients, run_jobs)
    with app.app_context():
        for _hours_ago, happen in sorted(portal.scenes(), key=lambda one: -one[0]):
            happen()
        run_jobs()
    return portal


def test_cleo_has_joined_and_her_invitation_lies_in_the_mailbox(
    made: Portal, outbox: Outbox
) -> None:
    with db.read() as session:
        assert demo_client(session) == CLIENT_ADDRESS
        assert access.joined(session, [made.matter.client_id])
        assert session.scalars(select(ClientSession.ended_at)).one() is not None
    (invitation,) = outbox.to(CLIENT_ADDRESS)
    assert "/invitations/" in invitation.text


def test_each_side_of_the_demo_has_something_to_read(made: Portal) -> None:
    with db.read() as session:
        (news,) = home_of(session, made.cleo).needing
        assert (news.messages, news.documents) == (1, 1)
        assert unread(session, made.ada, [made.matter.id]) == {made.matter.id: 2}
        assert unread(session, made.ben, [made.matter.id]) == {}


def test_the_demos_papers_are_what_their_names_say(made: Portal) -> None:
    with db.read() as session:
        names = set(session.scalars(select(Document.name)))
        folders = set(session.scalars(select(Folder.name)))
        types = sorted(session.scalars(select(StoredFile.content_type)))
    assert names == {
        "Lease agreement.pdf",
        "Letter to the landlord.pdf",
        "Visits of the landlord.pdf",
        "Kitchen wall.png",
    }
    assert folders == {"Lease", "From client"}
    assert types == ["application/pdf"] * 3 + ["image/png"]


def test_a_firm_of_ones_own_has_no_demo_client(app: Flask) -> None:
    with db.read() as session:
        assert demo_client(session) is None
