"""Showing once more who one is, before a change that a borrowed browser could do harm by."""

from datetime import timedelta

from sqlalchemy.orm import Session

from portal.core import audit, clock, db
from portal.firm import passkeys, second_factors, sessions, wrong_tries
from portal.firm.models import User
from portal.firm.passwords import password_fits
from portal.firm.sessions import SignedIn

CONFIRMED_FOR = timedelta(minutes=10)


def just_confirmed(user: SignedIn) -> bool:
    """Whether the user showed within ten minutes (wall time) who they are."""
    return user.confirmed_at > clock.wall_time() - CONFIRMED_FOR


def by_passkey(user: SignedIn, answer: str) -> None:
    """Confirm by a passkey of the user's. Raises `passkeys.WrongPasskey`."""
    shown = passkeys.check(answer, "confirm", user.id)
    with db.transaction() as session:
        passkeys.note_use(session, shown)
        _confirm(session, user, "passkey")


def by_code(user: SignedIn, typed: str) -> bool:
    """Confirm by a code of the user's app or a recovery code; False for a wrong one.

    Raises `TooManyTries`.
    """
    with db.transaction() as session:
        right = second_factors.take_code(session, second_factors.locked(session, user.id), typed)
        if right:
            _confirm(session, user, "code")
    return right


def by_password(user: SignedIn, typed: str) -> bool:
    """Confirm by the password, for a user who has nothing else; False for a wrong one.

    Raises `TooManyTries`.
    """
    with db.read() as session:
        kept = session.get_one(User, user.id).password_hash
        wrong_tries.refuse_too_many(session, user.public_id)
        if second_factors.of_user(session, user.id):
            return False
    fits = password_fits(kept, typed)
    with db.transaction() as session:
        now = second_factors.locked(session, user.id)
        # Again, now that no other try runs beside this one: many sent at once are all counted.
        wrong_tries.refuse_too_many(session, user.public_id)
        if now.password_hash != kept or second_factors.of_user(session, user.id):
            return False
        if fits:
            _confirm(session, user, "password")
        else:
            wrong_tries.note(session, user.public_id, "password")
    return fits


def _confirm(session: Session, user: SignedIn, way: str) -> None:
    sessions.confirm(session, user.token, second_factor=way != "password")
    audit.record(session, user.actor, "user.confirmed", user.actor, by=way)
