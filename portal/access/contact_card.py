"""What the form of a contact says of the address that signs them in (FEATURES C9)."""

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.access import invitations, queries
from portal.access.invitations import State
from portal.clients.email_uses import EmailUse, email_use
from portal.clients.models import Contact


@email_use
def signs_in(session: Session, contact: Contact) -> EmailUse | None:
    """That a contact signs in to the client portal with their bound address, or was invited at it;
    none where nothing hangs on it. The contact's emails must be loaded."""
    email = queries.bound_email(contact)
    if email is None:
        return None
    state = invitations.states(session, [contact])[contact.id]
    words = {"name": contact.name, "address": email.address}
    if state is State.JOINED:
        return EmailUse(
            f"joined:{email.address_key}",
            _(
                "%(name)s signs in to the client portal with %(address)s. If another email takes "
                "its place, they are signed out and must accept a new invitation.",
                **words,
            ),
            _(
                "%(name)s can no longer sign in to the client portal with %(address)s. They must "
                "accept a new invitation, which the next message or share sends.",
                **words,
            ),
        )
    if state in (State.SENT, State.ON_ITS_WAY):
        return EmailUse(
            f"invited:{email.address_key}",
            _(
                "%(name)s was invited to the client portal at %(address)s. If another email takes "
                "its place, that invitation is void.",
                **words,
            ),
            _(
                "The invitation to %(address)s is void. The next message or share sends a new one.",
                **words,
            ),
        )
    return None
