"""Asking somebody to join the firm: the invitation, its link, and its end (FEATURES N9).

A link is good for 24 hours from when the mail server took the email, once, and only while no
newer one was sent. Opening it changes nothing: mail scanners follow links. Times are business time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, String, cast, func, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core import audit, clock, config, ids
from portal.core.errors import Conflict, Missing
from portal.core.tokens import derived_from, derived_token, is_derived
from portal.core.words import folded, typed_words
from portal.firm import queries
from portal.firm.actions import add_user
from portal.firm.addresses import checked_email
from portal.firm.joining import UserInvitation
from portal.firm.models import Level, User, UserLevel
from portal.firm.users import UserDetails
from portal.outbox.actions import owe
from portal.outbox.models import FAILED, Delivery, Notice

TTL_HOURS = 24
PURPOSE = "user-invitation"
OLDER_LINKS_MAX = 50
LISTED_MAX = 500


class Standing(StrEnum):
    """What an invitation's link is good for."""

    OPEN = "open"
    EXPIRED = "expired"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Link:
    """An invitation as its link finds it. `expires_at` is none until the email was taken."""

    invitation: UserInvitation
    standing: Standing
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list of who is invited. `mail` is the email's state, "" before it is owed."""

    invitation: UserInvitation
    expires_at: datetime | None
    mail: str

    @property
    def expired(self) -> bool:
        """Whether the link has stopped working."""
        return self.expires_at is not None and self.expires_at <= clock.now()

    @property
    def failed(self) -> bool:
        """Whether the email could not be sent."""
        return self.mail in FAILED


def once(invitation: UserInvitation) -> str:
    """The event that owes the email of an invitation in its present version."""
    return f"{PURPOSE}:{invitation.public_id}:{invitation.version}"


def token(invitation: UserInvitation) -> str:
    """What stands in the link of an invitation in its present version."""
    key = config.current().secret_key
    return derived_token(key, PURPOSE, invitation.public_id, invitation.version)


def invite(session: Session, email: str, details: UserDetails, *, by: str) -> UserInvitation:
    """Ask somebody to join, by email, with these levels.

    The same address asked again gets the new details and a new link, which voids the older. Raises
    `Invalid` with the field that cannot be used, `Conflict` where the address has a user already.
    """
    address, details = checked_email(email), details.checked()
    if queries.user_by_email(session, address) is not None:
        raise Conflict(_("There is a user with the address %(email)s already.", email=address))
    invitation = session.scalar(
        select(UserInvitation).where(UserInvitation.email == address).with_for_update()
    )
    if invitation is None:
        invitation = UserInvitation(public_id=ids.public_id(), email=address, version=0)
        session.add(invitation)
    invitation.name, invitation.job_title = details.name, details.job_title
    invitation.levels = sorted(details.levels)
    invitation.accepted_at = invitation.withdrawn_at = None
    _send(session, invitation, by)
    return invitation


def _send(session: Session, invitation: UserInvitation, by: str) -> None:
    invitation.version += 1
    invitation.invited_at, invitation.invited_by = clock.now(), by
    try:
        session.flush()
    except IntegrityError as raced:
        raise Conflict(_("Somebody is inviting this address right now.")) from raced
    owe(
        session,
        PURPOSE,
        audience="firm.invited",
        once=once(invitation),
        invitation=invitation.public_id,
        version=invitation.version,
    )
    levels = list(invitation.levels)
    audit.record(session, by, "user.invited", _subject(invitation), levels=levels)


def invitation(session: Session, public_id: str, *, changing: bool = False) -> UserInvitation:
    """One invitation; `changing` locks it. Raises `Missing`."""
    asked = select(UserInvitation).where(UserInvitation.public_id == public_id)
    found = session.scalar(asked.with_for_update() if changing else asked)
    if found is None:
        raise Missing(_("There is no such invitation."))
    return found


def resend(session: Session, kept: UserInvitation, *, version: int, by: str) -> None:
    """Send a new link; the older stops working. `version` is what the administrator was shown.

    Raises `Conflict` where it was accepted, or a newer one was sent already (a double click).
    """
    if kept.accepted_at is not None or queries.user_by_email(session, kept.email) is not None:
        raise Conflict(_("%(name)s has joined meanwhile.", name=kept.name))
    if kept.version != version:
        raise Conflict(_("A new invitation was sent already."))
    kept.withdrawn_at = None
    _send(session, kept, by)


def withdraw(session: Session, kept: UserInvitation, *, by: str) -> None:
    """Make the link worthless. Doing it twice is once. Raises `Conflict` where it was accepted."""
    if kept.accepted_at is not None:
        raise Conflict(_("%(name)s has joined meanwhile.", name=kept.name))
    if kept.withdrawn_at is None:
        kept.withdrawn_at = clock.now()
        session.flush()
        audit.record(session, by, "user.invitation_withdrawn", _subject(kept))


def link(session: Session, sent: str) -> Link:
    """What a link is good for; nothing is changed. Raises `Missing` for one that we never made."""
    found = session.scalar(
        select(UserInvitation).where(UserInvitation.public_id == derived_from(sent))
    )
    if found is None or not _made_by_us(found, sent):
        raise Missing(_("This is not an invitation of ours. Check that the link is whole."))
    expires_at = _expires_at(session, found)
    return Link(found, _standing(session, found, sent, expires_at), expires_at)


def _made_by_us(found: UserInvitation, sent: str) -> bool:
    oldest = max(0, found.version - OLDER_LINKS_MAX)
    return any(_is_link(found, sent, version) for version in range(found.version, oldest, -1))


def _is_link(found: UserInvitation, sent: str, version: int) -> bool:
    return is_derived(sent, config.current().secret_key, PURPOSE, found.public_id, version)


def _standing(
    session: Session, found: UserInvitation, sent: str, expires_at: datetime | None
) -> Standing:
    if found.accepted_at is not None:
        return Standing.ACCEPTED
    if found.withdrawn_at is not None or not _inviter_may_invite(session, found.invited_by):
        return Standing.WITHDRAWN
    if queries.user_by_email(session, found.email) is not None:
        return Standing.TAKEN
    if not _is_link(found, sent, found.version):
        return Standing.REPLACED
    return Standing.EXPIRED if expires_at and expires_at <= clock.now() else Standing.OPEN


def _inviter_may_invite(session: Session, by: str) -> bool:
    # Taking an administrator away withdraws what they sent; one sent in that moment ends here.
    if not by.startswith("user:"):
        return True
    asked = select(User.id).join(UserLevel, UserLevel.user_id == User.id)
    held = (UserLevel.level == Level.ADMINISTRATOR, User.disabled_at.is_(None))
    public_id = by.removeprefix("user:")
    return session.scalar(asked.where(User.public_id == public_id, *held)) is not None


def _expires_at(session: Session, found: UserInvitation) -> datetime | None:
    # Until the server's yes is noted the link lives: it may be in the reader's hands already.
    sent_at = session.scalar(
        select(Delivery.sent_at)
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(Notice.once == once(found))
    )
    return sent_at + timedelta(hours=TTL_HOURS) if sent_at else None


def accept(session: Session, sent: str, *, password_hash: str | None) -> User:
    """Make the user that an invitation is for, with its levels. Exactly one of two at once wins.

    The hash was made before this transaction. Raises `Conflict` where the link is good no more
    or whoever sent it is no administrator any more, `Missing` where it never was.
    """
    found = link(session, sent).invitation
    taken = session.execute(
        update(UserInvitation)
        .where(
            UserInvitation.id == found.id,
            UserInvitation.version == found.version,
            UserInvitation.accepted_at.is_(None),
            UserInvitation.withdrawn_at.is_(None),
        )
        .values(accepted_at=clock.now())
        .execution_options(synchronize_session=False)
        .returning(UserInvitation.id)
    ).first()
    expires_at = _expires_at(session, found)
    late = expires_at is not None and expires_at <= clock.now()
    barred = not _inviter_may_invite(session, found.invited_by)
    if taken is None or late or barred or not _is_link(found, sent, found.version):
        raise Conflict(_("This invitation cannot be accepted any more."))
    made = add_user(
        session,
        email=found.email,
        name=found.name,
        job_title=found.job_title,
        levels=[Level(level) for level in found.levels],
        password_hash=password_hash,
        public_id=found.public_id,  # a passkey made on the way in names its user already
        by=found.invited_by,
    )
    audit.record(session, f"user:{made.public_id}", "user.joined", _subject(found))
    return made


def as_user(kept: UserInvitation) -> User:
    """Whoever is invited as the user that they would be, kept nowhere: to make a passkey for."""
    return User(public_id=kept.public_id, email=kept.email, name=kept.name)


def find_invitations(session: Session, typed: str = "") -> Sequence[Listed]:
    """Who is invited and has not joined, by name, with what became of the email: one SELECT."""
    open_ = [UserInvitation.accepted_at.is_(None), UserInvitation.withdrawn_at.is_(None)]
    version = cast(UserInvitation.version, String)
    event = literal(f"{PURPOSE}:") + UserInvitation.public_id + ":" + version
    rows = session.execute(
        select(UserInvitation, Delivery.sent_at, Delivery.state)
        .outerjoin(Notice, Notice.once == event)
        .outerjoin(Delivery, Delivery.notice_id == Notice.id)
        .where(*open_, *_fits(typed))
        .order_by(func.lower(UserInvitation.name), UserInvitation.id)
        .limit(LISTED_MAX)
    )
    return [
        Listed(kept, sent_at + timedelta(hours=TTL_HOURS) if sent_at else None, state or "")
        for kept, sent_at, state in rows
    ]


def _fits(typed: str) -> list[ColumnElement[bool]]:
    columns = (UserInvitation.name, UserInvitation.email, UserInvitation.job_title)
    words = typed_words(typed) or ([folded(typed)] if typed.strip() else [])
    told = func.lower(columns[0] + " " + columns[1] + " " + columns[2])
    return [told.contains(word, autoescape=True) for word in words]


def _subject(kept: UserInvitation) -> str:
    return f"invitation:{kept.public_id}"
