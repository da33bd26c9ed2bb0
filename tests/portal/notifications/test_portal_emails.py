"""The emails of a window say how much came and from whom, to whoever still takes part (C5, M13)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.access import actions as access
from portal.access.models import Participant, PortalSettings
from portal.clients.actions import edit_contact
from portal.clients.details import ContactDetails, EmailDetails
from portal.clients.models import Contact, Matter
from portal.clients.queries import contact_by_id
from portal.core import clock, db
from portal.documents.models import Document
from portal.firm.models import Firm, User
from portal.notifications.windows import WINDOW
from tests.factories import portals
from tests.portal.notifications.portal_desk import Desk, open_desk
from tests.support.cast import ADA, BEN, CLEO, Cast
from tests.support.outbox import Outbox, Sent
from tests.test_matter_access import restrict

Advance = Callable[[timedelta], int]


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return open_desk()


def whole(email: Sent) -> str:
    """Everything that the email says, subject and both parts."""
    return "\n".join([email.subject, email.text, email.html])


def remove_client(desk: Desk) -> None:
    """Ada removes Cleo from the portal."""
    with db.transaction() as session:
        cleo = Participant.contact_id == desk.client.id
        participant = session.scalars(select(Participant).where(cleo)).one()
        session.refresh(participant, ["contact", "user"])
        access.remove_participant(session, participant, desk.ada)


def test_C5_M13_the_clients_email_has_no_content_and_names_no_matter(
    desk: Desk, outbox: Outbox, advance: Advance
) -> None:
    desk.write(desk.ada)
    desk.share()
    advance(WINDOW)
    (email,) = outbox.to(CLEO.email)
    assert email.subject == "News from Harlow & Reyes"
    for kept_back in ("privileged", "settlement", "Vance divorce", "00077"):
        assert kept_back not in whole(email)
    link = f"http://localhost:8000/portal/matters/{desk.matter.public_id}/messages"
    assert email.text.startswith(link)
    assert link in email.html
    assert "an answer to this email does not reach it" in email
    assert str(email.message["Reply-To"]) == "Harlow & Reyes LLP <office@harlow.test>"


def test_C5_the_clients_email_names_the_matter_where_the_firm_says_so(
    desk: Desk, outbox: Outbox, advance: Advance
) -> None:
    with db.transaction() as session:
        session.add(PortalSettings(id=1, names_matters=True))
    desk.share()
    advance(WINDOW)
    (email,) = outbox.to(CLEO.email)
    assert email.subject == "News from Harlow & Reyes: Vance divorce"
    assert "About Vance divorce, this has come for you:" in email
    assert email.text.startswith(
        f"http://localhost:8000/portal/matters/{desk.matter.public_id}/documents"
    )


def test_C5_M13_the_firms_email_names_client_and_matters_number_but_not_in_its_subject(
    desk: Desk, outbox: Outbox, advance: Advance
) -> None:
    desk.write(desk.cleo)
    desk.upload("Deed of the cabin.pdf")
    advance(WINDOW)
    (email,) = outbox.to(ADA.email)
    assert email.subject == "News in a client portal"
    assert "Matter: 00077" in email
    assert "- 1 message from Cleo Vance" in email
    assert "- 1 document from Cleo Vance" in email
    for kept_back in ("privileged", "Deed", "Vance divorce"):
        assert kept_back not in whole(email)
    assert email.links[0].endswith(f"/staff/matters/{desk.matter.public_id}/portal")


def test_C5_what_was_taken_back_meanwhile_is_not_told_of(
    desk: Desk, outbox: Outbox, advance: Advance
) -> None:
    kept, taken_back = desk.write(desk.ada), desk.write(desk.ada)
    desk.stop(desk.share())
    desk.delete(taken_back)
    assert kept != taken_back
    advance(WINDOW)
    (email,) = outbox.emails
    assert "- 1 message from Ada Okafor" in email
    assert "document" not in email.text


def test_C5_nothing_is_sent_where_everything_was_taken_back(
    desk: Desk, outbox: Outbox, advance: Advance
) -> None:
    desk.delete(desk.write(desk.ada))
    desk.stop(desk.share())
    advance(WINDOW)
    assert outbox.emails == []


def test_C5_a_document_shared_stopped_and_shared_again_came_once(
    desk: Desk, outbox: Outbox, advance: Advance
) -> None:
    share = desk.share()
    desk.stop(share)
    desk.share_again(share)
    advance(WINDOW)
    (email,) = outbox.emails
    assert "- 1 document from Ada Okafor" in email


def test_C5_C3_what_is_put_into_a_shared_folder_is_told_of_while_it_lies_there(
    desk: Desk, outbox: Outbox, advance: Advance
) -> None:
    evidence = desk.share_folder("Evidence")
    advance(WINDOW)
    outbox.clear()
    stays, leaves = desk.put_into(evidence), desk.put_into(evidence)
    with db.transaction() as session:
        session.get_one(Document, leaves.id).folder_id = None
    assert stays.folder_id == evidence.id
    advance(WINDOW)
    (email,) = outbox.emails
    assert "- 1 document from Ada Okafor" in email


def test_C5_C14_a_removed_client_is_told_of_nothing(
    desk: Desk, outbox: Outbox, advance: Advance
) -> None:
    desk.write(desk.ada)
    remove_client(desk)
    advance(WINDOW)
    assert outbox.emails == []


def test_C5_C9_a_client_whose_address_changed_is_told_of_nothing_at_either(
    desk: Desk, outbox: Outbox, advance: Advance
) -> None:
    desk.write(desk.ada)
    with db.transaction() as session:
        details = ContactDetails("Cleo Vance", emails=[EmailDetails("new@client.test")])
        edit_contact(session, contact_by_id(session, desk.client.id), details, by="user:ada")
    advance(WINDOW)
    assert outbox.emails == []


def test_C5_N8_a_user_whom_the_matter_was_closed_to_meanwhile_is_told_of_nothing(
    desk: Desk, outbox: Outbox, advance: Advance
) -> None:
    with db.transaction() as session:
        ben = portals.firm_person(BEN.email)
        access.take_part(session, session.get_one(Matter, desk.matter.id), ben)
    desk.write(desk.cleo)
    restrict(desk.matter, ADA)
    advance(WINDOW)
    assert [email.to for email in outbox.emails] == [ADA.email]


def test_C5_a_disabled_user_is_told_of_nothing(
    desk: Desk, outbox: Outbox, advance: Advance
) -> None:
    desk.write(desk.cleo)
    with db.transaction() as session:
        session.scalars(select(User).where(User.email == ADA.email)).one().disabled_at = clock.now()
    advance(WINDOW)
    assert outbox.emails == []


@pytest.mark.parametrize(("language", "spoken"), [("fr_CA", "fr-CA"), (None, "en-US")])
def test_B3_a_client_is_told_in_their_language_else_the_firms(
    desk: Desk, outbox: Outbox, advance: Advance, language: str | None, spoken: str
) -> None:
    with db.transaction() as session:
        session.get_one(Contact, desk.client.id).language = language
        session.get_one(Firm, 1).languages = ["en_US", "fr_CA", "es_US"]
    desk.write(desk.ada)
    advance(WINDOW)
    (email,) = outbox.emails
    assert email.message["Content-Language"] == spoken
