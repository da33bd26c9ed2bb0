"""The contact card of somebody who signs in to the client portal (FEATURES C9)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.access.models import ClientAccount
from portal.clients.models import Contact
from portal.core import db
from portal.feed.models import EventKind, FeedEvent
from tests.factories import clients, portals
from tests.support.cast import BEN, CLEO, Cast
from tests.support.outbox import Outbox


@pytest.fixture
def cleo(cast: Cast) -> Contact:
    contact = clients.contact(CLEO.name, CLEO.email, "second@client.test")
    portals.opened(clients.matter(contact), portals.firm_person(BEN.email))
    return contact


def edit(contact: Contact) -> str:
    return f"/staff/contacts/{contact.public_id}/edit"


def test_C9_the_form_says_which_email_signs_in_and_saving_says_what_its_change_did(
    cast: Cast, cleo: Contact
) -> None:
    page = cast.ben.get(edit(cleo))
    assert "client portal" not in page.one("#emails").get_text()
    portals.joined(cleo)
    page = cast.ben.get(edit(cleo))
    assert "Cleo Vance signs in to the client portal with cleo@client.test." in page
    page = cast.ben.submit(page, "Save contact", phone="+1 503 555 0199")
    assert "can no longer sign in" not in page
    page = cast.ben.submit(cast.ben.get(edit(cleo)), "Save contact", primary="1")
    assert "Cleo Vance can no longer sign in to the client portal with cleo@client.test." in page
    assert "which the next message or share sends" in page
    with db.read() as session:
        assert session.get(ClientAccount, cleo.id) is None
        kinds = list(session.scalars(select(FeedEvent.kind).order_by(FeedEvent.position)))
    assert kinds[-1] == EventKind.ADDRESS_CHANGED


def test_C9_another_email_that_does_not_sign_in_may_change_freely(
    cast: Cast, cleo: Contact
) -> None:
    portals.joined(cleo)
    page = cast.ben.get(edit(cleo))
    page = cast.ben.submit(page, "Save contact", email=[CLEO.email, "third@client.test"])
    assert "can no longer sign in" not in page
    with db.read() as session:
        assert session.get(ClientAccount, cleo.id) is not None


def test_C9_an_invitation_to_the_old_address_is_void(
    cast: Cast, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    contact = clients.contact("Dana Ruiz", "dana@client.test")
    matter = clients.matter(contact)
    portals.opened(matter, portals.firm_person(BEN.email))
    here = f"/staff/matters/{matter.public_id}/portal/participants"
    cast.ben.submit(cast.ben.get(here), "Send a new invitation")
    run_jobs()
    link = outbox.to("dana@client.test")[-1].links[0]
    page = cast.ben.get(edit(contact))
    assert "Dana Ruiz was invited to the client portal at dana@client.test." in page
    page = cast.ben.submit(page, "Save contact", email=["new@client.test"])
    assert "The invitation to dana@client.test is void." in page
    assert "Accept invitation" not in cast.sol.ask("GET", link, status=None)
    assert "Not invited yet" in cast.ben.get(here)
