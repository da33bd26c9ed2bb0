"""Stored methods by which a signed-in client pays in the portal (FEATURES P8, D7).

Only their own, and only those that were stored for the account into which they pay.
"""

from payments.checkout.target import PayTarget
from payments.methods.models import StoredMethod
from payments.methods.standing import chargeable
from portal.core import db

ANOTHER = "new"
"""The choice of a card or bank account that is typed on the page."""


def offered(target: PayTarget) -> list[StoredMethod]:
    """What the client may choose, newest first. Nothing on any other page, which asks nobody."""
    document = target.document
    if document is None or not document.by_client:
        return []
    with db.read() as session:
        return chargeable(session, document.client_id, target.account_id)


def named(target: PayTarget, public_id: str) -> StoredMethod | None:
    """The one that a form names; none where it is not (or no more) among what is offered."""
    return next((one for one in offered(target) if one.public_id == public_id), None)
