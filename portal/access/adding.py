"""Who can be added to a portal, and adding them by what a form sends (FEATURES C15)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.access import actions, queries
from portal.access.models import Participant
from portal.clients.models import Contact, Matter, MatterContact, MatterGroup
from portal.core.errors import Conflict, Invalid
from portal.feed.people import Person
from portal.firm.models import GroupMember, Level, User

CONTACT, USER = "contact", "user"
FIELD = "person"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who can be added. `key` is what the form sends: `contact:` or `user:` and a public
    id. `part` is what they are in the matter; `address` the one that would sign a client in."""

    key: str
    name: str
    part: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Whom **Add participant** offers. `shut_out` names users to whom the matter is closed."""

    clients: list[Candidate]
    people: list[Candidate]
    shut_out: list[str]

    def __bool__(self) -> bool:
        return bool(self.clients or self.people)


def candidates(session: Session, matter: Matter) -> Candidates:
    """The contacts of the matter and the people of the firm who do not take part yet."""
    here = queries.participants(session, matter.id)
    contact_ids = {one.contact_id for one in here}
    user_ids = {one.user_id for one in here}
    clients = [
        Candidate(
            f"{CONTACT}:{contact.public_id}",
            contact.name,
            part,
            email.address if (email := queries.bound_email(contact)) else "",
        )
        for contact, part in _contacts_of(session, matter)
        if contact.id not in contact_ids
    ]
    users = [user for user in _users(session) if user.id not in user_ids]
    members = _members(session, matter)
    open_to = [user for user in users if _is_open_to(user, members)]
    return Candidates(
        clients,
        [Candidate(f"{USER}:{user.public_id}", user.name) for user in open_to],
        [user.name for user in users if not _is_open_to(user, members)],
    )


def _contacts_of(session: Session, matter: Matter) -> list[tuple[Contact, str]]:
    """The client, then the others of the matter by name, with their emails and their parts."""
    related = session.execute(
        select(Contact, MatterContact.relation)
        .join(MatterContact, MatterContact.contact_id == Contact.id)
        .options(selectinload(Contact.emails))
        .where(MatterContact.matter_id == matter.id, Contact.id != matter.client_id)
        .order_by(Contact.name_key, Contact.id)
    ).all()
    with_emails = select(Contact).options(selectinload(Contact.emails))
    client = session.scalars(with_emails.where(Contact.id == matter.client_id)).one()
    return [(client, _("Client")), *((row[0], row[1]) for row in related)]


def _users(session: Session) -> list[User]:
    active = select(User).where(User.disabled_at.is_(None))
    return list(session.scalars(active.order_by(User.name_key, User.id)))


def _members(session: Session, matter: Matter) -> Collection[int] | None:
    """The users in the groups that a restricted matter is open to; None: open to everybody."""
    if not matter.restricted:
        return None
    return set(
        session.scalars(
            select(GroupMember.user_id)
            .join(MatterGroup, MatterGroup.group_id == GroupMember.group_id)
            .where(MatterGroup.matter_id == matter.id)
        )
    )


def _is_open_to(user: User, members: Collection[int] | None) -> bool:
    return members is None or user.id in members or user.holds(Level.ADMINISTRATOR)


def shut_out(session: Session, matter: Matter, users: Iterable[User]) -> set[int]:
    """Those of these users to whom a matter is closed: they take part in name only, as they
    neither see its portal nor get its emails."""
    members = _members(session, matter)
    return {user.id for user in users if not _is_open_to(user, members)}


def add(session: Session, matter: Matter, key: str, by: Person) -> Participant:
    """Let somebody take part whom a form names by `key`. They see everything in this portal, what
    was written before included.

    Raises `Invalid` for somebody whom the dialog does not offer, `Conflict` where they take part
    already or the portal is not open yet.
    """
    if queries.portal_of(session, matter.id) is None:
        raise Conflict(_("The first message or share opens this portal. Add people after that."))
    kind, _colon, public_id = key.replace("\0", "").partition(":")
    if kind == CONTACT:
        return _add_contact(session, matter, public_id, by)
    if kind == USER:
        return _add_user(session, matter, public_id, by)
    raise Invalid(_("Choose who should take part."), FIELD)


def _add_contact(session: Session, matter: Matter, public_id: str, by: Person) -> Participant:
    contact = session.scalar(select(Contact).where(Contact.public_id == public_id))
    if contact is None:
        raise Invalid(_("Choose somebody who has to do with this matter."), FIELD)
    session.refresh(matter, ["related"])
    return actions.add_client(session, matter, contact, by)


def _add_user(session: Session, matter: Matter, public_id: str, by: Person) -> Participant:
    user = session.scalar(select(User).where(User.public_id == public_id))
    if user is None or user.disabled_at is not None:
        raise Invalid(_("Choose somebody who works at the firm."), FIELD)
    if not _is_open_to(user, _members(session, matter)):
        raise Invalid(
            _(
                "This matter is closed to %(name)s. Somebody who may restrict matters can open it "
                "to them first.",
                name=user.name,
            ),
            FIELD,
        )
    return actions.add_user(session, matter, user, by)
