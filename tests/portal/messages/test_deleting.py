"""**Delete message** (FEATURES C13): any of the firm's, by staff, for everybody."""

import hashlib

from sqlalchemy import select

from portal.core import db
from portal.core.audit import AuditEntry
from portal.documents.models import Share
from portal.messages.models import Message
from tests.portal.messages.conftest import Office
from tests.support.page import Page


def deletion(page: Page, place: int = 0) -> str:
    """Where the bin of a message leads."""
    return str(page.select(".bubble-delete")[place]["href"])


def recorded() -> list[AuditEntry]:
    with db.read() as session:
        which = select(AuditEntry).where(AuditEntry.action == "message.deleted")
        return list(session.scalars(which))


def test_C13_staff_delete_any_firm_message_and_text_and_attachment_are_gone_for_all(
    office: Office,
) -> None:
    document = office.document()
    office.write("First")
    page = office.read(office.ada)
    office.ada.submit(page, "Send", text="The secret", attachment=f"document:{document.public_id}")
    page = office.read(office.cleo)
    fetched = page.link("Download Lease.txt")
    office.cleo.get(fetched)
    seen = int(str(page.one("#feed-after")["value"]))

    page = office.ben.get(deletion(office.read(office.ben), 1))
    assert "This cannot be undone" in page
    page = office.ben.submit(page, "Delete message")
    assert "The message was deleted." in page
    for who in (office.ada, office.ben, office.cleo):
        page = office.read(who)
        assert page.texts(".bubble-text") == ["First"]
        assert "Message deleted by Ben Lindqvist" in page
        assert "The secret" not in page.body
        assert "Lease.txt" not in page.body
    office.cleo.get(fetched, status=404)

    page = office.news(office.cleo, seen)
    assert "Message deleted by Ben Lindqvist" in page.one(".bubble.is-deleted[hx-swap-oob]").text

    (entry,) = recorded()
    assert entry.detail["text_sha256"] == hashlib.sha256(b"The secret").hexdigest()
    assert entry.detail["attachment_sha256"] == hashlib.sha256(b"words").hexdigest()
    with db.read() as session:
        assert all(share.stopped_at for share in session.scalars(select(Share)))


def test_C13_deleting_twice_is_once_and_nothing_of_a_client_is_deleted(office: Office) -> None:
    office.write("First")
    office.write("Mine", by=office.cleo)
    page = office.read(office.ada)
    assert len(page.select(".bubble-delete")) == 1
    address = deletion(page)
    token = {"csrf_token": office.ada.csrf_token()}
    for _ in range(2):
        office.ada.post(address, token)
    assert len(recorded()) == 1
    assert "deleted already" in office.ada.get(address)
    with db.read() as session:
        theirs = session.scalars(select(Message).where(Message.contact_id.is_not(None))).one()
    address = f"/staff/messages/{theirs.public_id}/deletion"
    assert "Messages of clients cannot be deleted." in office.ada.get(address)
    assert "Messages of clients cannot be deleted." in office.ada.post(address, token)
    assert "Mine" in office.read(office.cleo).texts(".bubble-text")
    office.ada.get("/staff/messages/nothing/deletion", status=404)
    office.ada.post("/staff/messages/nothing/deletion", token, status=404)


def test_C13_clients_are_offered_no_deletion_and_have_no_way_to_it(office: Office) -> None:
    office.write("First")
    address = deletion(office.read(office.ada))
    assert office.read(office.cleo).select(".bubble-delete") == []
    page = office.cleo.get(address)
    assert "Sign in" in page.title
    office.cleo.post(address, {"csrf_token": office.token(office.cleo)}, status=200)
    assert recorded() == []


def test_C3_the_dialog_names_the_other_ways_by_which_clients_still_see_the_document(
    office: Office,
) -> None:
    folder = office.folder("Closing papers")
    document = office.document(folder=folder)
    for key in (f"folder:{folder.public_id}", *[f"document:{document.public_id}"] * 2):
        page = office.read(office.ada)
        office.ada.submit(page, "Send", text="See this", attachment=key)
    page = office.ada.get(deletion(office.read(office.ada), 1))
    assert "Clients will still see the attachment" in page
    assert "in the folder “Closing papers”, sent with a message" in page
    assert "as the attachment of a message" in page
    page = office.ada.submit(page, "Delete message")
    assert office.read(office.cleo).texts(".attached-name") == ["Closing papers", "Lease.txt"]


def test_C13_in_the_page_the_message_alone_is_drawn_anew(office: Office) -> None:
    office.write("First")
    address = deletion(office.read(office.ada))
    dialog = office.ada.http.get(
        address, base_url=office.ada.base_url, headers={"HX-Request": "true"}
    )
    assert "<dialog" in dialog.text
    assert "<main" not in dialog.text
    data = {"csrf_token": office.ada.csrf_token()}
    answer = office.ada.post(address, data, htmx=True)
    assert not answer.is_whole
    assert "Message deleted by Ada Okafor" in answer.one(".bubble[hx-swap-oob]").get_text()
