"""What is done with portals, in the words of the activity log (FEATURES X9)."""

from collections.abc import Collection, Mapping

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.models import Participant
from portal.clients.models import Contact
from portal.core.audit import Kind, describe
from portal.firm.models import User


def _participants_named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(Participant.public_id, func.coalesce(Contact.name, User.name).label("name"))
        .outerjoin(Contact, Contact.id == Participant.contact_id)
        .outerjoin(User, User.id == Participant.user_id)
        .where(Participant.public_id.in_(public_ids))
    )
    return {row.public_id: row.name for row in rows}


describe(
    {
        "client.address_changed": _("Client portal address changed"),
        "participant.added": _("Participant added"),
        "participant.removed": _("Participant removed"),
        "portal.opened": _("Client portal opened"),
        "portal_settings.changed": _("Client portal settings changed"),
        "sharing.started": _("Sharing started"),
        "sharing.stopped": _("Sharing stopped"),
    },
    {"participant": Kind(_("Participant"), None, _participants_named)},
)
