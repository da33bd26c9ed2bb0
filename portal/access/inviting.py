"""**Send a new invitation**: staff invite a client who has not joined, whatever became of the last
invitation (FEATURES C8)."""

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.access import invitations, queries
from portal.access.invitations import State
from portal.access.models import Participant
from portal.clients.queries import contact_by_id
from portal.core.errors import Conflict
from portal.feed import actions as feed
from portal.feed.people import Person


def send_new_invitation(session: Session, participant: Participant, by: Person) -> str:
    """Invite a client participant anew; the link sent before is void. Answers the address.

    Raises `Conflict` where they take part no more, have joined, or have no address.
    """
    feed.lock(session, participant.matter_id)
    session.refresh(participant, ["removed_at"])
    if participant.contact_id is None or participant.removed_at is not None:
        raise Conflict(_("They do not take part in this portal any more."))
    contact = contact_by_id(session, participant.contact_id)
    email = queries.bound_email(contact)
    if email is None:
        raise Conflict(
            _(
                "%(name)s has no email address. Add one on their contact card, then invite them.",
                name=contact.name,
            )
        )
    if invitations.states(session, [contact])[contact.id] is State.JOINED:
        raise Conflict(_("%(name)s has joined already.", name=contact.name))
    invitations.invite(session, contact, participant.matter_id, by=by.actor)
    return email.address
