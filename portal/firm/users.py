"""Changing what a user of the firm is called and may do, and closing the door on one (N9)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.core import audit, clock
from portal.core.errors import Conflict, Invalid, Missing
from portal.core.words import folded
from portal.firm import sessions
from portal.firm.factors import Challenge
from portal.firm.joining import PasswordReset, UserInvitation
from portal.firm.lines import one_line
from portal.firm.models import Level, User, UserLevel

NAME_CHARS_MAX = 120
JOB_TITLE_CHARS_MAX = 80
NAME_KEY_CHARS_MAX = 240


@dataclass(frozen=True, slots=True)
class UserDetails:
    """What an administrator says of a user. No level at all is allowed."""

    name: str
    job_title: str = ""
    levels: frozenset[Level] = frozenset()

    def checked(self) -> "UserDetails":
        """The same, fit to be kept. Raises `Invalid` with the field that cannot be used."""
        name = one_line("name", self.name, NAME_CHARS_MAX)
        if not name:
            raise Invalid(_("Enter a name."), "name")
        job_title = one_line("job_title", self.job_title, JOB_TITLE_CHARS_MAX)
        return UserDetails(name, job_title, self.levels)


def name_key(name: str) -> str:
    """The name as it is sorted and found. One sign may fold into many letters, so it is cut."""
    return folded(name)[:NAME_KEY_CHARS_MAX]


def levels_of(names: Iterable[str]) -> frozenset[Level]:
    """The levels of these names. Raises `Invalid` for one that does not exist."""
    try:
        return frozenset(Level(name) for name in names)
    except ValueError as unknown:
        raise Invalid(_("Choose from the levels shown."), "levels") from unknown


def user(session: Session, public_id: str) -> User:
    """One user, disabled or not. Raises `Missing`."""
    found = session.scalar(select(User).where(User.public_id == public_id))
    if found is None:
        raise Missing(_("There is no such user."))
    return found


def as_shown(shown: User) -> str:
    """A mark of how a user stands, by which an old form is told from a new one."""
    levels = ",".join(sorted(row.level for row in shown.levels))
    told = "\n".join((shown.name, shown.job_title, levels, str(bool(shown.disabled_at))))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def user_to_change(session: Session, public_id: str, *, by: str) -> tuple[User, frozenset[int]]:
    """A user, locked, and the ids of the active administrators, who are locked before.

    Whoever takes an administrator away waits here for whoever did so before, so that no two can
    each take the other's last one. Raises `Missing`, and `Conflict` where `by` is a user who is
    an administrator no more.
    """
    rows = session.execute(
        select(User.id, User.public_id)
        .join(UserLevel, UserLevel.user_id == User.id)
        .where(UserLevel.level == Level.ADMINISTRATOR, User.disabled_at.is_(None))
        .order_by(User.id)
        .with_for_update()
    ).all()
    if by.startswith("user:") and by.removeprefix("user:") not in {row.public_id for row in rows}:
        raise Conflict(_("You are not an administrator any more. Ask one who is."))
    found = session.scalar(
        select(User)
        .where(User.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Missing(_("There is no such user."))
    return found, frozenset(row.id for row in rows)


def edit_user(
    session: Session, public_id: str, details: UserDetails, *, shown: str, by: str
) -> None:
    """Change a user's name, job title and levels (FEATURES N9). `shown` is `as_shown` of the form.

    New levels hold from the user's next request on; who is an administrator no more has
    their open invitations withdrawn. Raises `Invalid` with the field that cannot be used, for one's
    own administrator level, for the last administrator's, and where somebody changed the user.
    """
    details = details.checked()
    kept, administrators = user_to_change(session, public_id, by=by)
    if as_shown(kept) != shown:
        raise Invalid(
            _("Somebody changed this user meanwhile. Open it again to see it as it stands."), "name"
        )
    before = frozenset(Level(row.level) for row in kept.levels)
    if Level.ADMINISTRATOR in before - details.levels:
        _refuse_to_take_administrator(kept, administrators, by)
    parts = [
        part for part in ("name", "job_title") if getattr(kept, part) != getattr(details, part)
    ]
    kept.name, kept.name_key = details.name, name_key(details.name)
    kept.job_title = details.job_title
    kept.levels = [row for row in kept.levels if row.level in details.levels] + [
        UserLevel(level=level) for level in sorted(details.levels - before)
    ]
    session.flush()
    audit.record(
        session,
        by,
        "user.edited",
        _actor(kept),
        changed=parts,
        levels_before=sorted(before),
        levels=sorted(details.levels),
    )
    if Level.ADMINISTRATOR in before - details.levels:
        _withdraw_invitations_of(session, kept, by)


def _refuse_to_take_administrator(kept: User, administrators: frozenset[int], by: str) -> None:
    if by == _actor(kept):
        raise Invalid(_("You cannot take the administrator level from yourself."), "levels")
    if administrators == {kept.id}:
        raise Invalid(_("This is the last administrator. Make somebody else one first."), "levels")


def disable_user(session: Session, public_id: str, *, by: str) -> None:
    """Keep a user out from now on: their browsers are signed out and what they began is void.

    So are the open invitations that they sent. Their name stays on all that they did. Disabling
    twice is once. Raises `Invalid` for oneself and for the last administrator (FEATURES N9).
    """
    kept, administrators = user_to_change(session, public_id, by=by)
    if kept.disabled_at is not None:
        return
    if by == _actor(kept):
        raise Invalid(_("You cannot disable yourself. Ask another administrator."), "disable")
    if administrators == {kept.id}:
        raise Invalid(_("The last administrator cannot be disabled."), "disable")
    kept.disabled_at = clock.now()
    session.flush()
    _end_what_was_begun(session, kept.id, by)
    levels = sorted(row.level for row in kept.levels)
    audit.record(session, by, "user.disabled", _actor(kept), levels_before=levels)
    _withdraw_invitations_of(session, kept, by)


def _withdraw_invitations_of(session: Session, kept: User, by: str) -> None:
    """Who may invite nobody any more lets nobody in by what they sent before."""
    withdrawn = session.scalars(
        update(UserInvitation)
        .where(
            UserInvitation.invited_by == _actor(kept),
            UserInvitation.accepted_at.is_(None),
            UserInvitation.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
        .returning(UserInvitation.public_id)
    ).all()
    for public_id in sorted(withdrawn):
        audit.record(session, by, "user.invitation_withdrawn", f"invitation:{public_id}")


def _end_what_was_begun(session: Session, user_id: int, by: str) -> None:
    sessions.end_sessions_of(session, user_id, by=by)
    wall = clock.wall_time()
    for table, ended in (
        (PasswordReset, PasswordReset.used_at),
        (Challenge, Challenge.used_at),
    ):
        session.execute(
            update(table).where(table.user_id == user_id, ended.is_(None)).values({ended: wall})
        )


def enable_user(session: Session, public_id: str, *, by: str) -> None:
    """Let a disabled user sign in again, with the levels they had. Doing it twice is once."""
    kept, _administrators = user_to_change(session, public_id, by=by)
    if kept.disabled_at is None:
        return
    kept.disabled_at = None
    session.flush()
    levels = sorted(row.level for row in kept.levels)
    audit.record(session, by, "user.enabled", _actor(kept), levels=levels)


def _actor(kept: User) -> str:
    return f"user:{kept.public_id}"
