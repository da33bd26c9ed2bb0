"""What must follow at once when a contact's emails change: who may sign in hangs on them.

Features that this one may not know register here, and run in the transaction of the change.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from portal.clients.models import Contact

Follow = Callable[[Session, Contact, str], None]

_followers: list[Follow] = []


def follow_emails(follow: Follow) -> Follow:
    """Register what runs after a contact's emails were changed, with the contact (emails loaded)
    and the actor who did it."""
    if follow not in _followers:
        _followers.append(follow)
    return follow


def emails_changed(session: Session, contact: Contact, by: str) -> None:
    """Let every follower do its part, in this transaction."""
    for follow in _followers:
        follow(session, contact, by)
