"""Portals as their **Participants** pages show them: opened, joined, and who is in them."""

from sqlalchemy import select

from portal.access import actions, invitations, queries
from portal.access.joining import accept
from portal.access.models import ClientInvitation, Participant
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import Contact, Matter
from portal.clients.queries import matter as matter_by_public_id
from portal.core import db
from portal.feed.people import Person
from portal.firm.browsers import Browser
from portal.firm.models import User
from tests.support.cast import BEN, Part


def user(part: Part) -> Person:
    """Somebody of the firm as who acts in a portal."""
    with db.read() as session:
        found = session.scalars(select(User).where(User.email == part.email)).one()
        return Person(found.id, None, f"user:{found.public_id}", found.name)


def opened(matter: Matter, by: Part = BEN) -> None:
    """Open the portal of a matter as a first message does, invitations and all."""
    sender = user(by)
    with db.transaction() as session:
        kept = matter_by_public_id(session, matter.public_id, NOTHING_CLOSED)
        actions.take_part(session, kept, sender)
        actions.invite_missing(session, kept, sender)


def join(contact: Contact) -> None:
    """Accept the invitation of a contact."""
    with db.transaction() as session:
        kept = session.scalars(
            select(ClientInvitation).where(ClientInvitation.contact_id == contact.id)
        ).one()
        token = invitations.token(kept)
        accept(session, token, browser=Browser("Firefox"), language="en_US")


def page_of(matter: Matter) -> str:
    return f"/staff/matters/{matter.public_id}/portal/participants"


def participant(matter: Matter, contact: Contact) -> Participant:
    with db.read() as session:
        return session.scalars(
            select(Participant).where(
                Participant.matter_id == matter.id, Participant.contact_id == contact.id
            )
        ).one()


def names(matter: Matter) -> list[str]:
    with db.read() as session:
        everybody = queries.participants(session, matter.id)
        return [(one.contact or one.user).name for one in everybody]  # type: ignore[union-attr]
