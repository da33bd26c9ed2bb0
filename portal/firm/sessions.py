"""Signed-in browsers of the firm's people, each a row on the server.

The browser keeps an unguessable token, the row keeps its SHA-256: whoever reads the table can sign
in as nobody, and ending the row ends the session at the next request, stolen cookies included.
Times are wall times, so that advancing the demo clock signs nobody out.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.core import audit, clock, tokens
from portal.firm.models import StaffSession, User, UserLevel

IDLE_HOURS_MAX = 8
SESSION_HOURS_MAX = 24
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user of the firm in one signed-in browser, in the shape that Flask-Login asks for."""

    id: int
    public_id: str
    email: str
    name: str
    job_title: str
    levels: frozenset[str]
    token: str
    seen_at: datetime

    @property
    def is_authenticated(self) -> bool:
        """Always: somebody who is not has no `SignedIn`."""
        return True

    @property
    def is_active(self) -> bool:
        """Always: a disabled user has no `SignedIn`."""
        return True

    @property
    def is_anonymous(self) -> bool:
        """Never."""
        return False

    @property
    def actor(self) -> str:
        """How the activity log names this user."""
        return f"user:{self.public_id}"

    def get_id(self) -> str:
        """The token of this session, kept in the browser's signed cookie."""
        return self.token

    def holds(self, *levels: str) -> bool:
        """Whether the user holds one of these permission levels."""
        return any(level in self.levels for level in levels)


def hashed(token: str) -> str:
    """What the table keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(session: Session, user_id: int) -> SignedIn:
    """Sign a user in, in one more browser. The password was checked before this transaction."""
    token, wall = tokens.new_token(), clock.wall_time()
    session.add(
        StaffSession(
            token_hash=hashed(token),
            user_id=user_id,
            signed_in_at=wall,
            seen_at=wall,
            ended_at=None,
        )
    )
    session.flush()
    signed_in = find_session(session, token)
    if signed_in is None:
        raise ValueError("a disabled user was about to be signed in")
    audit.record(session, signed_in.actor, "user.signed_in", signed_in.actor)
    return signed_in


def find_session(session: Session, token: str) -> SignedIn | None:
    """Who this token belongs to; None once it was ended, idled 8 h, is 24 h old, or the user
    was disabled. One SELECT."""
    wall = clock.wall_time()
    rows = session.execute(
        select(
            User.id,
            User.public_id,
            User.email,
            User.name,
            User.job_title,
            StaffSession.seen_at,
            UserLevel.level,
        )
        .join(User, User.id == StaffSession.user_id)
        .outerjoin(UserLevel, UserLevel.user_id == User.id)
        .where(
            StaffSession.token_hash == hashed(token),
            StaffSession.ended_at.is_(None),
            StaffSession.seen_at > wall - timedelta(hours=IDLE_HOURS_MAX),
            StaffSession.signed_in_at > wall - timedelta(hours=SESSION_HOURS_MAX),
            User.disabled_at.is_(None),
        )
    ).all()
    if not rows:
        return None
    first = rows[0]
    levels = frozenset(row.level for row in rows if row.level is not None)
    return SignedIn(*first[:5], levels=levels, token=token, seen_at=first.seen_at)


def seen_long_ago(signed_in: SignedIn) -> bool:
    """Whether the row should be told that its browser is alive: once a minute is enough."""
    return signed_in.seen_at <= clock.wall_time() - SEEN_EVERY


def see(session: Session, signed_in: SignedIn) -> None:
    """Note that the browser asked for something just now."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.token_hash == hashed(signed_in.token))
        .values(seen_at=clock.wall_time())
    )


def end_session(session: Session, token: str, by: str) -> None:
    """Sign this browser out, for good: its cookie opens nothing from the next request on."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.token_hash == hashed(token), StaffSession.ended_at.is_(None))
        .values(ended_at=clock.wall_time())
    )
    audit.record(session, by, "user.signed_out", by)
