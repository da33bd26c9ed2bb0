"""What a user has beside a password, and taking or removing it (FEATURES N9: outside the sandbox
nobody works without one)."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.core import audit, config
from portal.core.errors import Conflict, Missing
from portal.firm import authenticators, passkeys, recovery_codes, sessions, wrong_tries
from portal.firm.factors import Authenticator, Passkey
from portal.firm.models import User
from portal.firm.sign_in_emails import Change, tell


@dataclass(frozen=True, slots=True)
class Factors:
    """What a user can show beside a password."""

    authenticator: bool
    passkeys: bool

    def __bool__(self) -> bool:
        return self.authenticator or self.passkeys


HAS_AUTHENTICATOR = (
    select(Authenticator.user_id)
    .where(Authenticator.user_id == User.id, Authenticator.confirmed_at.is_not(None))
    .exists()
)
HAS_PASSKEY = select(Passkey.id).where(Passkey.user_id == User.id).exists()


def of_user(session: Session, user_id: int) -> Factors:
    """What this user has. One SELECT."""
    row = session.execute(select(HAS_AUTHENTICATOR, HAS_PASSKEY).where(User.id == user_id)).one()
    return Factors(bool(row[0]), bool(row[1]))


def take_code(session: Session, user: User, typed: str) -> bool:
    """Whether this is a code of the user's app or a recovery code, unused so far; it is used now.

    `user` comes from `locked`. The use of a recovery code is logged and told to the user: a stolen
    sheet shows itself. A wrong code is logged too; raises `TooManyTries` after ten within a quarter
    of an hour or thirty within a day, whatever was typed.
    """
    actor = _actor(user)
    wrong_tries.refuse_too_many(session, user.public_id)
    if authenticators.take(session, user.id, typed):
        return True
    if not recovery_codes.take(session, user.id, typed):
        wrong_tries.note(session, user.public_id, "code")
        return False
    left = recovery_codes.left(session, user.id)
    audit.record(session, actor, "user.recovery_code_used", actor, left=left)
    tell(session, user, Change.RECOVERY_CODE_USED)
    return True


def added(session: Session, user: User, change: Change, token: str, about: str = "") -> None:
    """What follows from a new factor: other browsers, which never showed one, are signed out, this
    one counts as having shown it, and the user is told."""
    actor = f"user:{user.public_id}"
    if change == Change.AUTHENTICATOR_ADDED:
        audit.record(session, actor, "user.authenticator_added", actor)
    sessions.end_sessions_of(session, user.id, by=actor, but=token, by_password_alone=True)
    sessions.confirm(session, token, second_factor=True)
    tell(session, user, change, about)


def remove_authenticator(session: Session, user: User, token: str) -> None:
    """Forget the user's app. Raises `Conflict` for the last factor outside the sandbox."""
    locked(session, user.id)
    found = of_user(session, user.id)
    if not found.authenticator:
        authenticators.remove(session, user.id, by=_actor(user))  # one that was never confirmed
        return
    _refuse_the_last(passkeys.count(session, user.id))
    authenticators.remove(session, user.id, by=_actor(user))
    _removed(session, user, Change.AUTHENTICATOR_REMOVED, token)


def remove_passkey(session: Session, user: User, public_id: str, token: str) -> None:
    """Forget one passkey of the user's. Raises `Missing` for none of theirs, `Conflict` for the
    last factor outside the sandbox."""
    locked(session, user.id)
    kept = session.scalar(
        select(Passkey).where(Passkey.user_id == user.id, Passkey.public_id == public_id)
    )
    if kept is None:
        raise Missing(_("This passkey was removed already."))
    found = of_user(session, user.id)
    _refuse_the_last(passkeys.count(session, user.id) - 1 + found.authenticator)
    session.execute(delete(Passkey).where(Passkey.id == kept.id))
    audit.record(session, _actor(user), "user.passkey_removed", _actor(user), passkey=kept.name)
    _removed(session, user, Change.PASSKEY_REMOVED, token, kept.name)


def locked(session: Session, user_id: int) -> User:
    """The user, so that no two changes of one sign-in are made at once."""
    return session.get_one(User, user_id, with_for_update=True)


def _refuse_the_last(left: int) -> None:
    if left == 0 and not config.current().sandbox:
        raise Conflict(
            _("This is your last passkey or authenticator app. Add another before you remove it.")
        )


def _removed(session: Session, user: User, change: Change, token: str, about: str = "") -> None:
    if not of_user(session, user.id):
        recovery_codes.forget(session, user.id)
    # A browser that was signed in by what is gone now, perhaps by a thief, goes with it.
    sessions.end_sessions_of(session, user.id, by=_actor(user), but=token)
    tell(session, user, change, about)


def _actor(user: User) -> str:
    return f"user:{user.public_id}"
