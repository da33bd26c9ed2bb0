"""A portal's **Participants**, as the people of the firm see and change them."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from portal.access import invitations
from portal.access.keys import ClientSession
from portal.access.models import ClientInvitation
from portal.clients.models import Contact, Matter
from portal.core import db
from portal.feed.models import EventKind, FeedEvent
from portal.outbox import smtp
from tests.factories import clients
from tests.portal.access.portal_office import join, names, opened, page_of, participant
from tests.support.cast import Cast
from tests.support.outbox import Outbox

Advance = Callable[[timedelta], int]
Run = Callable[[], int]


class Refusing(Outbox):
    """A mail server that knows nobody."""

    def send(self, message: EmailMessage) -> str:
        raise smtp.Refused("550 5.1.1 no such mailbox")


@pytest.fixture
def cleo(cast: Cast) -> Contact:
    return clients.contact("Cleo Vance", "cleo@client.test")


@pytest.fixture
def lease(cleo: Contact) -> Matter:
    return clients.matter(cleo, "Lease", "00012")


def test_C8_before_the_first_message_the_page_says_who_would_be_invited(
    cast: Cast, lease: Matter
) -> None:
    page = cast.ben.get(page_of(lease))
    assert "This matter has no client portal yet" in page
    assert "sends Cleo Vance an invitation to cleo@client.test" in page
    assert "Add participant" not in page


def test_C9_without_an_address_the_page_says_so_and_leads_to_the_contact_card(cast: Cast) -> None:
    mute = clients.contact("Max Mute")
    page = cast.ben.get(page_of(clients.matter(mute)))
    assert "Max Mute has no email address" in page
    assert page.link("Add an email to their contact card").endswith("/edit")


def test_C8_each_client_stands_with_the_address_used_and_the_state_of_their_invitation(
    cast: Cast, cleo: Contact, lease: Matter, advance: Advance, run_jobs: Run
) -> None:
    opened(lease)
    page = cast.ben.get(page_of(lease))
    assert "Invited" in page
    assert "The email is on its way." in page
    assert "cleo@client.test" in page
    run_jobs()
    assert "60 minutes left to accept" in cast.ben.get(page_of(lease))
    advance(timedelta(minutes=59, seconds=30))
    assert "1 minute left to accept" in cast.ben.get(page_of(lease))
    advance(timedelta(minutes=1))
    page = cast.ben.get(page_of(lease))
    assert "Invitation expired" in page
    page = cast.ben.submit(page, "Send a new invitation")
    assert "A new invitation goes to cleo@client.test. The older link no longer works." in page
    run_jobs()
    join(cleo)
    page = cast.ben.get(page_of(lease))
    assert "Joined" in page
    assert "Never" not in page
    assert page.select("form[action$='/invite']") == []


def test_C8_an_invitation_that_came_back_says_what_the_mail_server_said(
    cast: Cast, lease: Matter, run_jobs: Run
) -> None:
    smtp.use(Refusing())
    opened(lease)
    run_jobs()
    page = cast.ben.get(page_of(lease))
    assert "Invitation failed" in page
    assert "The invitation to Cleo Vance failed" in page
    assert "The mail server said: “550 5.1.1 no such mailbox”" in page
    assert page.link("Check the address on the contact card").endswith("/edit")


def test_C8_a_new_invitation_voids_the_older_link(cast: Cast, lease: Matter, run_jobs: Run) -> None:
    opened(lease)
    run_jobs()
    with db.read() as session:
        older = invitations.token(session.scalars(select(ClientInvitation)).one())
    cast.ben.submit(cast.ben.get(page_of(lease)), "Send a new invitation")
    with db.read() as session:
        assert invitations.link(session, older).standing is invitations.Standing.REPLACED


def test_C14_a_removed_client_is_signed_out_at_once_and_others_stay(
    cast: Cast, cleo: Contact, lease: Matter, run_jobs: Run
) -> None:
    opened(lease)
    run_jobs()
    join(cleo)
    page = cast.ben.get(page_of(lease))
    asked = cast.ben.get(page.link("Remove participant Cleo Vance"))
    assert "is signed out everywhere at once" in asked
    assert "This is the last client" in asked
    page = cast.ben.submit(asked, "Remove participant")
    assert "Cleo Vance no longer takes part in this portal." in page
    assert "No client takes part" in page
    assert names(lease) == ["Ben Lindqvist"]
    with db.read() as session:
        assert [one.ended_at is None for one in session.scalars(select(ClientSession))] == [False]
        kinds = list(session.scalars(select(FeedEvent.kind).order_by(FeedEvent.position)))
    assert kinds[-1] == EventKind.PARTICIPANT_REMOVED


def test_C14_removing_yourself_or_the_last_of_the_firm_is_warned_of(
    cast: Cast, lease: Matter
) -> None:
    opened(lease)
    page = cast.ben.click(cast.ben.get(page_of(lease)), "Remove participant Ben Lindqvist")
    assert "You are about to remove yourself." in page
    assert "The last one of your firm" in page
    page = cast.ben.submit(page, "Remove participant")
    assert "Nobody of your firm takes part" in page


def test_C14_removing_twice_is_once(cast: Cast, cleo: Contact, lease: Matter) -> None:
    opened(lease)
    address = f"{page_of(lease)}/{participant(lease, cleo).public_id}/remove"
    form = cast.ben.get(address)
    cast.ben.submit(form, "Remove participant")
    cast.ben.submit(form, "Remove participant")
    assert "no longer takes part" in cast.ben.get(address)
    with db.read() as session:
        removed = FeedEvent.kind == EventKind.PARTICIPANT_REMOVED
        assert len(list(session.scalars(select(FeedEvent).where(removed)))) == 1


def test_a_participant_of_another_portal_is_not_found_under_this_one(
    cast: Cast, cleo: Contact, lease: Matter
) -> None:
    other = clients.matter(cleo, "Other")
    opened(lease)
    opened(other)
    foreign = participant(other, cleo).public_id
    token = {"csrf_token": cast.ben.csrf_token()}
    for end in ("remove", "invite"):
        cast.ben.post(f"{page_of(lease)}/{foreign}/{end}", token, status=404)
    cast.ben.get(f"{page_of(lease)}/{foreign}/remove", status=404)
    cast.ben.get(f"{page_of(lease)}/no%00body/remove", status=404)
    assert len(names(other)) == 2


def test_C8_somebody_who_has_joined_or_has_no_address_cannot_be_invited(
    cast: Cast, cleo: Contact, lease: Matter, run_jobs: Run, outbox: Outbox
) -> None:
    opened(lease)
    run_jobs()
    join(cleo)
    address = f"{page_of(lease)}/{participant(lease, cleo).public_id}/invite"
    page = cast.ben.post(address, {"csrf_token": cast.ben.csrf_token()})
    assert "Cleo Vance has joined already." in page
    mute = clients.contact("Max Mute")
    other = clients.matter(mute)
    opened(other)
    assert "No address" in cast.ben.get(page_of(other))
    address = f"{page_of(other)}/{participant(other, mute).public_id}/invite"
    page = cast.ben.post(address, {"csrf_token": cast.ben.csrf_token()})
    assert "Max Mute has no email address." in page
    run_jobs()
    assert len(outbox.emails) == 1
