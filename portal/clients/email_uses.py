"""What a contact's emails are used for beyond letters, said on their form before one is changed.

Features that this one may not know register here (signing in to the client portal, FEATURES C9).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.clients.models import Contact


@dataclass(frozen=True, slots=True)
class EmailUse:
    """One use. `key` names it with its address, `beside` stands beside the emails on the form, and
    `once_lost` is told when the contact was saved and it is no longer so."""

    key: str
    beside: str
    once_lost: str


Tell = Callable[[Session, Contact], EmailUse | None]

_told_by: list[Tell] = []


def email_use(tell: Tell) -> Tell:
    """Register what tells of one use, for a contact with emails loaded; none: not used so."""
    if tell not in _told_by:
        _told_by.append(tell)
    return tell


def uses(session: Session, contact: Contact) -> list[EmailUse]:
    """What the emails of a contact (loaded) are used for now."""
    return [use for tell in _told_by if (use := tell(session, contact)) is not None]


def lost(session: Session, contact: Contact, before: Sequence[EmailUse]) -> list[str]:
    """What is to be told of a contact that was just changed: the uses from before that ended."""
    still = {use.key for use in uses(session, contact)}
    return [use.once_lost for use in before if use.key not in still]
