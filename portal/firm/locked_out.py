"""Letting somebody in again who has lost their phone, their keys and their recovery codes."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.core import audit
from portal.core.errors import Missing
from portal.firm import recovery_codes, second_factors, sessions
from portal.firm.factors import Authenticator, Passkey
from portal.firm.models import User
from portal.firm.sign_in_emails import Change, tell


def forget_factors(session: Session, public_id: str, *, by: str) -> None:
    """Forget every passkey, app and recovery code of a user, and sign them out everywhere.

    They sign in with their password, or choose one by **Forgotten password**, and outside the
    sandbox add a new passkey or app before anything else. Whoever asks for this may be somebody
    else, so the user is told by email; the log keeps who did it. Raises `Missing`.
    """
    found = session.scalar(select(User.id).where(User.public_id == public_id))
    if found is None:
        raise Missing("There is no such user.")
    user = second_factors.locked(session, found)
    for kept in (Authenticator, Passkey):
        session.execute(delete(kept).where(kept.user_id == user.id))
    recovery_codes.forget(session, user.id)
    sessions.end_sessions_of(session, user.id, by=by)
    audit.record(session, by, "user.factors_forgotten", f"user:{user.public_id}")
    tell(session, user, Change.FACTORS_FORGOTTEN)
