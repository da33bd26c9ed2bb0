"""A forgotten password: a link by email, good for an hour and once.

Asking tells nobody whether an address has a user: the request only owes a job, which looks.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from portal.core import audit, clock, config, db, ids
from portal.core.jobs import enqueue, handler
from portal.core.tokens import derived_from, is_derived
from portal.firm import queries, sessions, signing_in
from portal.firm.addresses import EMAIL_CHARS_MAX, lowered
from portal.firm.joining import PasswordReset
from portal.firm.models import User
from portal.firm.sign_in_emails import RESET_PURPOSE, Change, tell, tell_reset_link

LINK_TTL = timedelta(hours=1)


def ask(session: Session, typed: str) -> None:
    """Owe the search for a user with this address, whoever typed it."""
    email = lowered(typed)[:EMAIL_CHARS_MAX]
    enqueue(session, "firm.password_reset", email=email, name=ids.public_id())


@handler("firm.password_reset")
def send_link(email: str, name: str) -> None:
    """Owe the email with the link, if somebody has this address; run twice, it is sent once.

    A disabled user gets nothing.
    """
    with db.transaction() as session:
        candidate = signing_in.by_email(session, email)
        made = select(PasswordReset.id).where(PasswordReset.public_id == name)
        if candidate is None or candidate.disabled or session.scalar(made) is not None:
            return
        reset = PasswordReset(
            public_id=name, user_id=candidate.id, asked_at=clock.wall_time(), used_at=None
        )
        session.add(reset)
        session.flush()
        actor = f"user:{candidate.public_id}"
        audit.record(session, "system", "user.password_reset_sent", actor)
        tell_reset_link(session, session.get_one(User, candidate.id), reset)


def usable(session: Session, token: str) -> User | None:
    """Whose link this is; None for one that is forged, used, or over an hour old, or whose user
    was disabled. Reading it uses nothing up: mail scanners follow links."""
    name = derived_from(token)
    if not is_derived(token, config.current().secret_key, RESET_PURPOSE, name, 1):
        return None
    return session.scalar(
        select(User)
        .join(PasswordReset, PasswordReset.user_id == User.id)
        .where(PasswordReset.public_id == name, *_alive(), User.disabled_at.is_(None))
    )


def use(session: Session, token: str, password_hash: str) -> bool:
    """Set the password by a link, once; answers whether the link was still good.

    Every browser of the user is signed out, and every other link is void: whoever asked for the
    link may do so because somebody else has the password. Nobody is signed in.
    """
    user = usable(session, token)
    if user is None:
        return False
    taken = session.execute(
        update(PasswordReset)
        .where(PasswordReset.public_id == derived_from(token), *_alive())
        .values(used_at=clock.wall_time())
        .returning(PasswordReset.id)
        .execution_options(synchronize_session=False)
    ).first()
    if taken is None:
        return False
    actor = f"user:{user.public_id}"
    set_password(session, user, password_hash)
    sessions.end_sessions_of(session, user.id, by=actor)
    return True


def set_password(session: Session, user: User, password_hash: str) -> None:
    """Keep a new password, void every link to choose one, and tell the log and the user."""
    user.password_hash = password_hash
    session.flush()
    session.execute(
        update(PasswordReset)
        .where(PasswordReset.user_id == user.id, PasswordReset.used_at.is_(None))
        .values(used_at=clock.wall_time())
    )
    actor = f"user:{user.public_id}"
    audit.record(session, actor, "user.password_changed", actor)
    tell(session, user, Change.PASSWORD_CHANGED)


def words_around(session: Session, user: User) -> list[str]:
    """What a new password may not be made of: the names of the person and of the firm."""
    firm = queries.firm(session)
    return [user.name, user.email, *([firm.legal_name, firm.short_name] if firm else [])]


def _alive() -> tuple[ColumnElement[bool], ...]:
    return (
        PasswordReset.used_at.is_(None),
        PasswordReset.asked_at > clock.wall_time() - LINK_TTL,
    )
