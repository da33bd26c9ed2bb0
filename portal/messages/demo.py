"""The demo's client portal: Cleo Marsh and the firm write and share papers about her lease.

Each scene happens at its own hour of the demo's clock, by the same actions as in the product: the
first message invites Cleo, who joins, so that she signs in by a code from the mailbox.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access import sessions
from portal.access.invitations import token
from portal.access.joining import accept
from portal.access.models import ClientAccount, ClientInvitation
from portal.clients.demo import DemoClients
from portal.clients.models import Contact, Matter
from portal.core import db, ids
from portal.documents import opening, receiving, sharing, uploads
from portal.documents.keeping import make_folder
from portal.documents.models import Document, Folder
from portal.feed import actions as feed
from portal.feed.people import Person, person_of_contact
from portal.firm.browsers import Browser
from portal.firm.demo import DemoFirm
from portal.firm.models import User
from portal.messages.actions import send
from portal.messages.demo_files import pdf, stained_wall

CLIENT, CLIENT_ADDRESS, MATTER = "Cleo Marsh", "cleo@demo.test", "00012"
Scene = tuple[int, Callable[[], None]]

_LEASE = (
    "Lease agreement",
    "Premises: 1512 21st Street, Sacramento, CA 95811",
    "Tenant: Cleo Marsh",
    "Term: 24 months. Rent: 1,850.00 US dollars, due on the first of each month.",
    "The landlord keeps the premises in repair, pipes and walls included.",
)
_LETTER = (
    "Letter to the landlord",
    "We write for Cleo Marsh, your tenant at 1512 21st Street.",
    "Since March water has come through the kitchen wall. Please have it repaired",
    "within 30 days of this letter. Until then our client reserves her rights.",
    "Harlow & Reyes LLP",
)
_NOTICE = (
    "Entering the flat: what the landlord may do",
    "1. The landlord gives 24 hours' notice in writing, with date and reason.",
    "2. The visit is during normal business hours.",
    "3. You may be there, and you may take photographs.",
)


@dataclass(frozen=True, slots=True)
class Portal:
    """Who takes part in the demo's portal, and what they keep there."""

    matter: Matter
    ada: Person
    ben: Person
    cleo: Person
    run_jobs: Callable[[], object]
    papers: dict[str, Document] = field(default_factory=dict[str, Document])
    folders: dict[str, Folder] = field(default_factory=dict[str, Folder])

    def scenes(self) -> list[Scene]:
        """What happened how many hours ago, the first one first."""
        return [
            (101, self._ask_in),
            (99, self._tell_of_the_wall),
            (98, self._share_the_papers),
            (75, self._send_the_photograph),
            (74, self._thank),
            (21, self._ask_about_the_visit),
            (3, self._answer_about_the_visit),
        ]

    def _ask_in(self) -> None:
        self._write(
            self.ada,
            "Dear Cleo,\n\nfrom now on you find everything about your lease here: our messages,"
            " and the papers. Only you and the people of our firm who work on it can read them.",
        )
        self.run_jobs()  # the invitation goes out, and Cleo has it
        with db.transaction() as session:
            invitation = session.scalars(
                select(ClientInvitation).where(ClientInvitation.contact_id == self.cleo.contact_id)
            ).one()
            joined = accept(session, token(invitation), browser=Browser(), language="en_US")
            client = sessions.find_session(session, joined.token)
            assert client is not None  # she has just come in
            sessions.end_session(session, client)
        self._read(self.cleo)

    def _tell_of_the_wall(self) -> None:
        self._write(
            self.cleo,
            "Thank you, Ada. The water in the kitchen is worse since the rain. Would a photograph"
            " help?",
        )

    def _share_the_papers(self) -> None:
        self._read(self.ada)
        with db.transaction() as session:
            matter = session.get_one(Matter, self.matter.id)
            made = make_folder(session, matter, name="Lease", into=None, by=self.ada)
            sharing.start(session, matter, by=self.ada, what=made)
        self.folders["lease"] = made
        self._file("lease", self.ada, "Lease agreement.pdf", pdf(*_LEASE))
        self._file("letter", self.ada, "Letter to the landlord.pdf", pdf(*_LETTER))
        self._write(
            self.ada,
            "Yes, please: upload it under Documents. I have shared a folder with your lease and our"
            " letter to the landlord.",
        )

    def _send_the_photograph(self) -> None:
        self._read(self.cleo)
        self._open(self.cleo, "lease", "letter")
        self._file("wall", self.cleo, "Kitchen wall.png", stained_wall())
        self._write(self.cleo, "Here it is, from this morning. The letter reads well to me.")

    def _thank(self) -> None:
        self._read(self.ada)
        self._open(self.ada, "wall")
        self._write(self.ada, "That helps a lot. The letter went out today, by registered mail.")

    def _ask_about_the_visit(self) -> None:
        self._read(self.cleo)
        self._write(
            self.cleo,
            "The landlord called. He wants to see the kitchen on Friday. Do I have to let him in?",
        )

    def _answer_about_the_visit(self) -> None:
        self._write(
            self.ben,
            "Ada is in court today, so I answer for her. Yes, if he asks in writing a day ahead:"
            " what he may do is in the paper that I have just put into your folder.",
        )
        self._read(self.ben)
        self._file("notice", self.ben, "Visits of the landlord.pdf", pdf(*_NOTICE))

    def _write(self, by: Person, text: str) -> None:
        with db.transaction() as session:
            matter = session.get_one(Matter, self.matter.id)
            send(session, matter, by=by, text=text, nonce=ids.public_id())

    def _read(self, by: Person) -> None:
        with db.transaction() as session:
            newest = feed.lock(session, self.matter.id).last_message
            feed.mark_read(session, self.matter.id, by, newest)

    def _open(self, by: Person, *papers: str) -> None:
        for paper in papers:
            opening.note(self.papers[paper], by)

    def _file(self, paper: str, by: Person, name: str, data: bytes) -> None:
        folder_id = None if by.is_client else self.folders["lease"].id
        with db.transaction() as session:
            upload = uploads.begin(
                session,
                self.matter.id,
                by=by,
                name=name,
                size_bytes=len(data),
                folder_id=folder_id,
            )
        receiving.receive_whole(upload.public_id, by, [data])
        _upload, _file, document = receiving.finish(upload.public_id, by)
        assert document is not None  # it was not for a message
        self.papers[paper] = document


def demo_portal(firm: DemoFirm, clients: DemoClients, run_jobs: Callable[[], object]) -> Portal:
    """The portal of Cleo's lease, still empty. `run_jobs` runs what is due now."""
    cleo = clients.contacts[CLIENT]
    return Portal(
        clients.matters[MATTER],
        _of_firm(firm.ada),
        _of_firm(firm.ben),
        person_of_contact(cleo),
        run_jobs,
    )


def demo_client(session: Session) -> str | None:
    """The address by which the demo's client signs in; None in a firm of one's own."""
    joined = select(ClientAccount.address).join(Contact, Contact.id == ClientAccount.contact_id)
    here = (Contact.name == CLIENT, ClientAccount.address == CLIENT_ADDRESS)
    return session.scalar(joined.where(*here))


def _of_firm(user: User) -> Person:
    return Person(user.id, None, f"user:{user.public_id}", user.name)
