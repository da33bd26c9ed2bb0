"""Accepting an invitation, and asking for a new link: once, in time, by a button (FEATURES C8)."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.access import invitations, queries, sessions
from portal.access.bound import bound_key, takes_part_somewhere
from portal.access.invitations import Standing
from portal.access.models import ClientAccount, ClientInvitation
from portal.clients.languages import remember_language
from portal.clients.models import Contact, Matter
from portal.clients.queries import contact_by_id
from portal.core import audit, clock
from portal.core.errors import Conflict
from portal.feed import actions as feed
from portal.feed.models import EventKind
from portal.feed.people import person_of_contact
from portal.firm.browsers import Browser


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody who was let in: the token for the cookie, and the matter they were asked into
    (none where they take part in others only)."""

    token: str
    matter: Matter | None


def accept(session: Session, sent: str, *, browser: Browser, language: str) -> Joined:
    """Let a client in by their invitation's link.

    Exactly one of two at once wins. Each of their portals records that they joined; the language
    that they read the page in is kept where none is known. Raises `Conflict` where the link is
    good no more, `Missing` where it never was.
    """
    found = invitations.link(session, sent).invitation
    # The contact first, as whoever changes the address does; then the feeds, as whoever sends.
    held = select(Contact.id).where(Contact.id == found.contact_id)
    session.execute(held.with_for_update(key_share=True))
    contact = contact_by_id(session, found.contact_id)
    matters = queries.matters_of_client(session, contact.id)
    for matter in sorted(matters, key=lambda one: one.id):
        feed.lock(session, matter.id)
    standing = invitations.link(session, sent).standing
    if standing is not Standing.OPEN or not _take(session, found):
        raise Conflict(_("This invitation cannot be accepted any more."))
    _keep_account(session, found)
    person = person_of_contact(contact)
    for matter in matters:
        feed.add_event(
            session,
            matter.id,
            EventKind.JOINED,
            by=person,
            subject_kind="contact",
            subject_id=contact.public_id,
            name=contact.name,
        )
    audit.record(session, person.actor, "client.joined", person.actor)
    remember_language(session, contact, language, by=person.actor)
    asked_into = next((one for one in matters if one.id == found.matter_id), None)
    return Joined(sessions.open_session(session, contact, browser=browser), asked_into)


def _take(session: Session, found: ClientInvitation) -> bool:
    """Use the invitation up, if nobody was faster and its address is still the contact's."""
    taken = session.execute(
        update(ClientInvitation)
        .where(
            ClientInvitation.id == found.id,
            ClientInvitation.version == found.version,
            ClientInvitation.accepted_at.is_(None),
            ClientInvitation.voided_at.is_(None),
            ClientInvitation.address_key == bound_key(ClientInvitation.contact_id),
            takes_part_somewhere(ClientInvitation.contact_id),
        )
        .values(accepted_at=clock.now())
        .returning(ClientInvitation.id)
        .execution_options(synchronize_session=False)
    ).first()
    return taken is not None


def _keep_account(session: Session, found: ClientInvitation) -> None:
    account = session.get(ClientAccount, found.contact_id, populate_existing=True)
    if account is None:
        account = ClientAccount(contact_id=found.contact_id)
        session.add(account)
    account.address, account.address_key = found.address, found.address_key
    account.joined_at = clock.now()
    session.flush()


def renew(session: Session, sent: str) -> None:
    """Send a new link to the address of an expired invitation, which its holder may ask for
    (FEATURES C8). Anything else sends nothing; whoever asks is told the same.

    Raises `Missing` for a link that we never made.
    """
    found = invitations.link(session, sent)
    if found.standing is not Standing.EXPIRED:
        return
    contact = contact_by_id(session, found.invitation.contact_id)
    by = f"contact:{contact.public_id}"
    invitations.invite(session, contact, found.invitation.matter_id, by=by, unless_live=True)


def invite_again(session: Session, contact: Contact) -> None:
    """Send somebody who wants to sign in but has not joined their invitation anew (C11), unless
    they hold a live one: whoever types an address must not void what is in its inbox.

    It is sent from the portal that invited them, else from the newest that they take part in.
    """
    kept = session.scalar(select(ClientInvitation).where(ClientInvitation.contact_id == contact.id))
    here = [matter.id for matter in queries.matters_of_client(session, contact.id)]
    if not here:
        return
    matter_id = kept.matter_id if kept is not None and kept.matter_id in here else here[0]
    by = f"contact:{contact.public_id}"
    invitations.invite(session, contact, matter_id, by=by, unless_live=True)
