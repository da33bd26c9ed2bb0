"""What the tests of shared bills ask for: an open portal, its client, and what they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.billing.handed_out import Sending
from payments.billing.payables import Payable
from payments.billing.sending import ToSend, send
from portal.access.actions import remove_participant
from portal.access.models import Participant
from portal.access.queries import participants
from portal.clients.models import Contact
from portal.clients.queries import contact_by_id, matter_by_id
from portal.core import clock, db, ids
from portal.documents import sharing
from portal.documents.models import Share
from portal.feed.people import Person
from portal.web.client_sessions import COOKIE
from tests.factories import clients, portals
from tests.factories.billing import Office
from tests.payments.billing.mailroom import CLEO, give_emails
from tests.support.cast import BEN, Cast
from tests.support.visitor import Visitor

DAN = "dan@client.test"


@dataclass(frozen=True)
class PortalDesk:
    """Ben's portal of Cleo's first matter, which she has joined; her second matter has none."""

    cast: Cast
    office: Office
    ben: Person

    @property
    def matter_id(self) -> int:
        return self.office.cleo.matters[0]

    @property
    def resources(self) -> str:
        """Where staff find what is shared."""
        with db.read() as session:
            public_id = matter_by_id(session, self.matter_id).public_id
        return f"/staff/matters/{public_id}/portal/shared-resources"

    def cleo(self) -> Visitor:
        """A browser in which Cleo is signed in."""
        return self.browser(self.office.cleo.id)

    def browser(self, contact_id: int) -> Visitor:
        visitor = Visitor(self.cast.ben.app, self.cast.ben.base_url)
        with db.read() as session:
            contact = contact_by_id(session, contact_id)
        token = portals.signed_in(contact)
        visitor.http.set_cookie(COOKIE, token, domain="localhost", secure=True, path="/")
        return visitor

    def with_dan(self, *, joined: bool = True) -> Contact:
        """One more client who takes part in the portal."""
        dan = clients.contact("Dan Vance", DAN)
        with db.transaction() as session:
            session.add(
                Participant(
                    public_id=ids.public_id(),
                    matter_id=self.matter_id,
                    contact_id=dan.id,
                    added_at=clock.now(),
                    added_by=self.ben.actor,
                )
            )
        if joined:
            portals.joined(dan)
        return dan

    def without_cleo(self) -> None:
        """Cleo is removed from the portal."""
        with db.transaction() as session:
            those = participants(session, self.matter_id)
            theirs = next(one for one in those if one.contact_id == self.office.cleo.id)
            remove_participant(session, theirs, self.ben)

    def sent(
        self, payable: Payable, *, to: Sequence[str] = (), portal: bool = True, message: str = ""
    ) -> Sending:
        """One press of **Send**: through the portal, and by email to these addresses if any."""
        wanted = ToSend(ids.public_id(), message, to, email=bool(to), portal=portal)
        with db.transaction() as session:
            return send(session, payable, wanted, by=self.ben.actor)

    def stopped(self) -> None:
        """Everything that is shared is so no longer."""
        with db.transaction() as session:
            for share in self.shares(session):
                sharing.stop(session, share, by=self.ben, name="it")

    def shares(self, session: Session) -> list[Share]:
        return list(session.scalars(select(Share).where(Share.stopped_at.is_(None))))


def portal_desk(cast: Cast, office: Office) -> PortalDesk:
    """Open the portal, and let Cleo join it."""
    give_emails(office.cleo, CLEO)
    ben = portals.firm_person(BEN.email)
    with db.read() as session:
        matter = matter_by_id(session, office.cleo.matters[0])
        contact = contact_by_id(session, office.cleo.id)
    portals.opened(matter, ben)
    portals.joined(contact)
    return PortalDesk(cast, office, ben)
