"""Opening a portal, and who takes part in it (FEATURES C8, C14, C15)."""

from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.access import invitations, queries
from portal.access.keys import ClientPasskey, ClientSession
from portal.access.models import ClientAccount, ClientInvitation, ClientPortal, Participant
from portal.clients.changes import follow_emails
from portal.clients.models import Contact, Matter
from portal.clients.queries import contact_by_id
from portal.core import audit, clock, ids
from portal.core.errors import Conflict, Invalid
from portal.feed import actions as feed
from portal.feed.models import EventKind
from portal.feed.people import Person, person_of_contact
from portal.firm.models import User


def open_portal(session: Session, matter: Matter, by: Person) -> ClientPortal:
    """The portal of a matter, opened if it is not yet: by the first message or share of somebody
    of the firm, who takes part in it from then on, as does the matter's client (FEATURES C8).

    It is never closed (C14). Two at once open one.
    """
    if by.user_id is None:
        raise ValueError("a portal is opened by somebody of the firm")
    feed.open_feed(session, matter.id)
    feed.lock(session, matter.id)
    portal = queries.portal_of(session, matter.id)
    if portal is not None:
        return portal
    portal = ClientPortal(matter_id=matter.id, opened_at=clock.now(), opened_by_id=by.user_id)
    session.add(portal)
    session.flush()
    audit.record(session, by.actor, "portal.opened", f"matter:{matter.public_id}")
    _add(session, matter.id, by, by=by)
    client = contact_by_id(session, matter.client_id)
    _add(session, matter.id, person_of_contact(client), by=by)
    return portal


def take_part(session: Session, matter: Matter, by: Person) -> ClientPortal:
    """Whoever of the firm writes or shares takes part: they are told of the answers."""
    portal = open_portal(session, matter, by)
    if queries.participation(session, matter.id, by) is None:
        _add(session, matter.id, by, by=by)
    return portal


def add_client(session: Session, matter: Matter, contact: Contact, by: Person) -> Participant:
    """Let a contact who has to do with the matter take part: they see everything in this portal
    (FEATURES C15). They are invited at the next message or share (C8).

    Raises `Conflict` where they take part already, `Invalid` where the matter does not name them.
    """
    related = {row.contact_id for row in matter.related}
    if contact.id not in related | {matter.client_id}:
        raise Invalid(_("Choose somebody who has to do with this matter."), "contact")
    return _add(session, matter.id, person_of_contact(contact), by=by)


def add_user(session: Session, matter: Matter, user: User, by: Person) -> Participant:
    """Let one more user of the firm take part (FEATURES C15). Raises `Conflict` where they do."""
    if user.disabled_at is not None:
        raise Invalid(_("Choose somebody who works at the firm."), "user")
    person = Person(user.id, None, f"user:{user.public_id}", user.name)
    return _add(session, matter.id, person, by=by)


def _add(session: Session, matter_id: int, person: Person, *, by: Person) -> Participant:
    feed.lock(session, matter_id)
    if queries.participation(session, matter_id, person) is not None:
        raise Conflict(_("%(name)s takes part in this portal already.", name=person.name))
    participant = Participant(
        public_id=ids.public_id(),
        matter_id=matter_id,
        **person.columns,
        added_at=clock.now(),
        added_by=by.actor,
    )
    session.add(participant)
    session.flush()
    feed.add_event(
        session,
        matter_id,
        EventKind.PARTICIPANT_ADDED,
        by=by,
        subject_kind="participant",
        subject_id=participant.public_id,
        name=person.name,
    )
    audit.record(session, by.actor, "participant.added", f"participant:{participant.public_id}")
    return participant


def remove_participant(session: Session, participant: Participant, by: Person) -> None:
    """End somebody's part in a portal. A client's sessions end at once, everywhere: they sign in
    again for what is left to them (FEATURES C14). Removing twice is once.

    The participant must be loaded with contact and user.
    """
    feed.lock(session, participant.matter_id)
    session.refresh(participant, ["removed_at", "removed_by"])
    if participant.removed_at is not None:
        return
    participant.removed_at, participant.removed_by = clock.now(), by.actor
    session.flush()
    if participant.contact_id is not None:
        end_sessions(session, participant.contact_id)
    whose = participant.contact or participant.user
    feed.add_event(
        session,
        participant.matter_id,
        EventKind.PARTICIPANT_REMOVED,
        by=by,
        subject_kind="participant",
        subject_id=participant.public_id,
        name=whose.name if whose else "",
    )
    audit.record(session, by.actor, "participant.removed", f"participant:{participant.public_id}")


def end_sessions(session: Session, contact_id: int) -> None:
    """Sign a client out of every browser at once."""
    session.execute(
        update(ClientSession)
        .where(ClientSession.contact_id == contact_id, ClientSession.ended_at.is_(None))
        .values(ended_at=clock.wall_time())
    )


@follow_emails
def follow_address(session: Session, contact: Contact, by: str) -> None:
    """Let go of an address that is no longer the contact's (FEATURES C9): sign-ins with it end at
    once, its passkeys and its invitation are void, and each portal's feed records the change.

    Runs whenever a contact's emails were changed, in that transaction, with them loaded.
    """
    email = queries.bound_email(contact)
    key = email.address_key if email else None
    account = session.get(ClientAccount, contact.id)
    invitation = session.scalar(
        select(ClientInvitation).where(ClientInvitation.contact_id == contact.id)
    )
    bound = account.address_key if account else invitation.address_key if invitation else None
    if bound is None or bound == key:
        return
    matters = sorted(queries.matters_of_client(session, contact.id), key=lambda one: one.id)
    # Feeds before invitation, as whoever sends to a portal holds its feed and then invites.
    for matter in matters:
        feed.lock(session, matter.id)
    if account is not None:
        session.execute(delete(ClientPasskey).where(ClientPasskey.contact_id == contact.id))
        session.delete(account)
    if invitation is not None and invitation.voided_at is None:
        invitation.voided_at = clock.now()
    end_sessions(session, contact.id)
    session.flush()
    for matter in matters:
        feed.add_event(
            session,
            matter.id,
            EventKind.ADDRESS_CHANGED,
            by=None,
            subject_kind="contact",
            subject_id=contact.public_id,
            name=contact.name,
        )
    audit.record(session, by, "client.address_changed", f"contact:{contact.public_id}")


def invite_missing(session: Session, matter: Matter, by: Person) -> list[str]:
    """Invite each client participant who has not joined and holds no live invitation (FEATURES C8).

    Answers the names of those who cannot be invited, as they have no address (C9): whoever sends
    must be told.
    """
    clients = [one.contact for one in queries.participants(session, matter.id) if one.contact]
    joined = queries.joined(session, (client.id for client in clients))
    lacking: list[str] = []
    # Everybody in one order, as two portals that share two clients would wait for each other.
    for client in sorted(clients, key=lambda one: one.id):
        if client.id in joined:
            continue
        if queries.bound_email(client) is None:
            lacking.append(client.name)
        elif invitations.needs_invitation(session, client):
            invitations.invite(session, client, matter.id, by=by.actor, unless_live=True)
    return lacking
