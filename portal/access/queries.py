"""Portals, who takes part in them, and which of them are a client's."""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session, joinedload

from portal.access.models import ClientAccount, ClientPortal, Participant, PortalSettings
from portal.clients.models import Contact, ContactEmail, Matter
from portal.core.errors import Missing
from portal.feed.people import Person

NOW: ColumnElement[bool] = Participant.removed_at.is_(None)
"""That a participant takes part today."""


def names_matters(session: Session) -> bool:
    """Whether emails to clients may name the matter (FEATURES M13: only where the firm says so)."""
    return bool(session.scalar(select(PortalSettings.names_matters)))


def portal_of(session: Session, matter_id: int) -> ClientPortal | None:
    """The portal of a matter; None before its first message or share (FEATURES C8)."""
    return session.get(ClientPortal, matter_id)


def participants(session: Session, matter_id: int) -> list[Participant]:
    """Who takes part in a portal now, clients first, each side in the order added; with their
    contacts (and emails) and users."""
    statement = (
        select(Participant)
        .options(
            joinedload(Participant.contact).selectinload(Contact.emails),
            joinedload(Participant.user),
        )
        .where(Participant.matter_id == matter_id, NOW)
        .order_by(Participant.contact_id.is_(None), Participant.id)
    )
    return list(session.scalars(statement))


def participation(session: Session, matter_id: int, person: Person) -> Participant | None:
    """The place of one person in one portal now."""
    return session.scalar(
        select(Participant).where(
            Participant.matter_id == matter_id, person.is_named_by(Participant), NOW
        )
    )


def takes_part(session: Session, matter_id: int, contact_id: int) -> bool:
    """Whether a contact takes part in a portal now."""
    here = (Participant.matter_id == matter_id, Participant.contact_id == contact_id)
    return bool(session.scalar(select(exists().where(*here, NOW))))


def client_matter(session: Session, contact_id: int, public_id: str) -> Matter:
    """A matter in whose portal this client takes part now. Raises `Missing` for any other: to them
    it does not exist."""
    found = None
    if "\0" not in public_id:  # which PostgreSQL does not take
        found = session.scalar(_matters_of(contact_id).where(Matter.public_id == public_id))
    if found is None:
        raise Missing(_("There is nothing at this address. Please check the link."))
    return found


def matters_of_client(session: Session, contact_id: int) -> list[Matter]:
    """The matters in whose portals this client takes part now, the newest first."""
    return list(session.scalars(_matters_of(contact_id).order_by(Matter.id.desc())))


def _matters_of(contact_id: int) -> Select[Matter]:
    return (
        select(Matter)
        .join(Participant, Participant.matter_id == Matter.id)
        .where(Participant.contact_id == contact_id, NOW)
    )


def bound_email(contact: Contact) -> ContactEmail | None:
    """The one address that may sign a contact in: the primary one, else the first listed
    (FEATURES C9). The contact's emails must be loaded."""
    primary = next((email for email in contact.emails if email.is_primary), None)
    return primary or (contact.emails[0] if contact.emails else None)


def joined(session: Session, contact_ids: Iterable[int]) -> set[int]:
    """Those of these contacts who have joined, with the address that is theirs now."""
    statement = select(ClientAccount.contact_id)
    return set(session.scalars(statement.where(ClientAccount.contact_id.in_(set(contact_ids)))))
