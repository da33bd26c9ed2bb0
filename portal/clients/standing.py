"""A matter as it stands, and the mark by which a form tells that it was drawn of just that."""

import hashlib

from sqlalchemy.orm import Session

from portal.clients import access, queries
from portal.clients.details import MatterDetails, RelatedDetails
from portal.clients.models import Matter

MARK_CHARS = 16


def matter_details_of(session: Session, matter: Matter) -> MatterDetails:
    """The matter as a form shows it to be edited."""
    return MatterDetails(
        number=matter.number,
        name=matter.name,
        client_id=matter.client_id,
        status=matter.status,
        responsible_id=matter.responsible_id,
        opened_on=matter.opened_on,
        related=tuple(
            RelatedDetails(row.contact_id, row.relation)
            for row in queries.related_to(session, matter.id)
        ),
        open_to=tuple(sorted(group.id for group in access.groups_of(session, matter.id))),
    )


def as_shown(details: MatterDetails) -> str:
    """A short mark of a matter as it stands, who may see it too. A form carries it, so that one
    left open from before cannot put back what somebody has changed since (FEATURES N8)."""
    return hashlib.sha256(repr(details).encode()).hexdigest()[:MARK_CHARS]
