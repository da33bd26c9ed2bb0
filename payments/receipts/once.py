"""A form that records money goes once: its second sending finds the mark of the first."""

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import audit
from portal.core.audit import AuditEntry
from portal.core.errors import Conflict, Invalid
from portal.core.tokens import new_token

MARK_CHARS = len(new_token())


class SentBefore(Conflict):
    """This very form was carried out already; nothing was done again."""


def mark(session: Session, nonce: str, *, by: str) -> None:
    """Keep that the form with this nonce is carried out in this transaction.

    The caller holds the client's lock, so that of two sendings one waits for the other. Raises
    `SentBefore` for the second, `Invalid` for a form without a nonce of our length.
    """
    if len(nonce) != MARK_CHARS:
        raise Invalid(_("This form was not whole. Look at it again, then send it."))
    subject = f"form:{nonce}"
    known = select(AuditEntry.id).where(AuditEntry.subject == subject)
    if session.scalar(known) is not None:
        raise SentBefore("This was sent already, and is carried out once.")
    audit.record(session, by, "form.sent", subject)
