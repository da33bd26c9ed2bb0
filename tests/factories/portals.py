"""Client portals as the firm opens them, and clients who have joined and signed in."""

from portal.access import sessions
from portal.access.actions import take_part
from portal.access.models import ClientAccount
from portal.access.queries import bound_email
from portal.clients.models import Contact, Matter
from portal.clients.queries import contact_by_id, matter_by_id
from portal.core import clock, db
from portal.feed.people import Person, person_of_contact
from portal.firm.browsers import Browser
from portal.firm.queries import user_by_email


def firm_person(email: str) -> Person:
    """A user of the firm as somebody who acts in a portal."""
    with db.read() as session:
        user = user_by_email(session, email)
        assert user is not None
        return Person(user.id, None, f"user:{user.public_id}", user.name)


def opened(matter: Matter, by: Person) -> None:
    """Open the portal of a matter, as the first message of this user does."""
    with db.transaction() as session:
        take_part(session, matter_by_id(session, matter.id), by)


def joined(contact: Contact) -> Person:
    """The contact has accepted an invitation to a portal that is open."""
    with db.transaction() as session:
        email = bound_email(contact_by_id(session, contact.id))
        assert email is not None
        session.add(
            ClientAccount(
                contact_id=contact.id,
                address=email.address,
                address_key=email.address_key,
                joined_at=clock.now(),
            )
        )
    return person_of_contact(contact)


def signed_in(contact: Contact) -> str:
    """The token of a browser in which a contact who has joined is signed in."""
    with db.transaction() as session:
        kept = contact_by_id(session, contact.id)
        return sessions.open_session(session, kept, browser=Browser())
