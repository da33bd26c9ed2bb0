"""A portal with Ada of the firm and Cleo, who has joined, and what they bring each other."""

from dataclasses import dataclass

from sqlalchemy import select

from portal.clients.models import Contact, Matter
from portal.core import clock, db, ids
from portal.documents import receiving, sharing, uploads
from portal.documents.keeping import make_folder
from portal.documents.models import Document, Folder, Share
from portal.feed import actions as feed
from portal.feed.models import EventKind
from portal.feed.people import Person, person_of_contact
from portal.messages import noticed  # noqa: F401  says what is gone
from portal.messages.models import Message
from portal.notifications import windows
from tests.factories import clients, portals
from tests.support.cast import ADA


@dataclass(frozen=True)
class Desk:
    """The portal of one matter."""

    matter: Matter
    client: Contact
    ada: Person
    cleo: Person

    def write(self, by: Person, text: str = "The privileged text") -> int:
        """Somebody writes; answers the position."""
        with db.transaction() as session:
            position = feed.add_event(session, self.matter.id, EventKind.MESSAGE, by=by)
            message = Message(
                public_id=ids.public_id(),
                matter_id=self.matter.id,
                position=position,
                **by.columns,
                text=text,
                nonce=ids.public_id(),
                sent_at=clock.now(),
            )
            session.add(message)
            windows.note_item(session, self.matter.id, by=by, position=position)
        return position

    def delete(self, position: int) -> None:
        """Somebody of the firm takes a message back."""
        with db.transaction() as session:
            message = session.scalars(select(Message).where(Message.position == position)).one()
            message.text, message.deleted_at, message.deleted_by = "", clock.now(), "user:ada"

    def upload(self, name: str = "Deed of the cabin.pdf") -> None:
        """Cleo uploads something."""
        with db.transaction() as session:
            position = feed.add_event(
                session,
                self.matter.id,
                EventKind.UPLOADED,
                by=self.cleo,
                subject_kind="document",
                subject_id=ids.public_id(),
                name=name,
            )
            windows.note_item(session, self.matter.id, by=self.cleo, position=position)

    def share(self, name: str = "Secret settlement.pdf") -> Share:
        """Ada shares a document of the matter."""
        with db.transaction() as session:
            document = Document(
                public_id=ids.public_id(),
                matter_id=self.matter.id,
                name=name,
                name_key=name.lower(),
                changed_at=clock.now(),
            )
            session.add(document)
            session.flush()
            matter = session.get_one(Matter, self.matter.id)
            return sharing.start(session, matter, by=self.ada, what=document)

    def share_folder(self, name: str) -> Folder:
        """Ada shares an empty folder."""
        with db.transaction() as session:
            matter = session.get_one(Matter, self.matter.id)
            made = make_folder(session, matter, name=name, into=None, by=self.ada)
            sharing.start(session, matter, by=self.ada, what=made)
        return made

    def put_into(self, folder: Folder) -> Document:
        """Ada uploads a document into a folder, by a real upload."""
        with db.transaction() as session:
            upload = uploads.begin(
                session,
                self.matter.id,
                by=self.ada,
                name="Exhibit.txt",
                size_bytes=3,
                folder_id=folder.id,
            )
        receiving.receive_whole(upload.public_id, self.ada, [b"abc"])
        _upload, _file, document = receiving.finish(upload.public_id, self.ada)
        assert document is not None
        return document

    def share_again(self, share: Share) -> None:
        """Ada shares what she had stopped sharing."""
        with db.transaction() as session:
            document = session.get_one(Document, share.document_id)
            matter = session.get_one(Matter, self.matter.id)
            sharing.start(session, matter, by=self.ada, what=document)

    def stop(self, share: Share) -> None:
        """Ada stops sharing."""
        with db.transaction() as session:
            kept = session.get_one(Share, share.id)
            sharing.stop(session, kept, by=self.ada, name="Secret settlement.pdf")


def open_desk(*, joined: bool = True, name: str = "Vance divorce") -> Desk:
    """Ada has opened Cleo's portal."""
    client = clients.contact("Cleo Vance", "cleo@client.test")
    matter = clients.matter(client, name, number="00077")
    ada = portals.firm_person(ADA.email)
    portals.opened(matter, ada)
    cleo = portals.joined(client) if joined else person_of_contact(client)
    return Desk(matter, client, ada, cleo)
