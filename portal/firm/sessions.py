"""Signed-in browsers of the firm's people, each a row on the server.

The browser keeps an unguessable token, the row keeps its SHA-256: whoever reads the table can sign
in as nobody, and ending the row ends the session at the next request, stolen cookies included.
Times are wall times, so that advancing the demo clock signs nobody out.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.core import audit, clock, config, db, ids, tokens
from portal.firm.browsers import Browser
from portal.firm.models import StaffSession, User, UserLevel
from portal.web.permissions import Permission

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
    second_factor_at: datetime | None
    confirmed_at: datetime

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

    def may(self, permission: Permission) -> bool:
        """Whether the user's levels cover this (FEATURES N9)."""
        return permission.allows(self.levels)

    @property
    def lacks_second_factor(self) -> bool:
        """Whether this session was opened by a password alone where that is not enough."""
        return self.second_factor_at is None and not config.current().sandbox


def hashed(token: str) -> str:
    """What the table keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(
    session: Session, user_id: int, *, second_factor: bool = False, browser: Browser | None = None
) -> SignedIn:
    """Sign a user in, in one more browser. What they showed was checked before this transaction.

    `second_factor`: whether that was more than a password.
    """
    token, wall, where = tokens.new_token(), clock.wall_time(), browser or Browser()
    session.add(
        StaffSession(
            token_hash=hashed(token),
            public_id=ids.public_id(),
            user_id=user_id,
            signed_in_at=wall,
            seen_at=wall,
            second_factor_at=wall if second_factor else None,
            confirmed_at=wall,
            browser=where.name[:80],
            ip_address=where.ip_address[:45],
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
            StaffSession.second_factor_at,
            StaffSession.confirmed_at,
            UserLevel.level,
        )
        .join(User, User.id == StaffSession.user_id)
        .outerjoin(UserLevel, UserLevel.user_id == User.id)
        .where(StaffSession.token_hash == hashed(token), *_alive(wall), User.disabled_at.is_(None))
    ).all()
    if not rows:
        return None
    first = rows[0]
    levels = frozenset(row.level for row in rows if row.level is not None)
    return SignedIn(
        *first[:5],
        levels=levels,
        token=token,
        seen_at=first.seen_at,
        second_factor_at=first.second_factor_at,
        confirmed_at=first.confirmed_at,
    )


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


def leave(signed_in: SignedIn) -> None:
    """Sign a browser out that is about to be signed in anew, in a transaction of its own."""
    with db.transaction() as session:
        end_session(session, signed_in.token, by=signed_in.actor)


def end_sessions_of(
    session: Session,
    user_id: int,
    *,
    by: str,
    but: str | None = None,
    by_password_alone: bool = False,
) -> int:
    """Sign a user out everywhere, or everywhere else; answers how many browsers that was.

    `but` is the token of the session that stays. `by_password_alone`: only where no second factor
    was shown. `by` is an actor of the log.
    """
    ended = (
        update(StaffSession)
        .where(StaffSession.user_id == user_id, StaffSession.ended_at.is_(None))
        .values(ended_at=clock.wall_time())
    )
    if but is not None:
        ended = ended.where(StaffSession.token_hash != hashed(but))
    if by_password_alone:
        ended = ended.where(StaffSession.second_factor_at.is_(None))
    count = len(session.execute(ended.returning(StaffSession.token_hash)).all())
    if count:
        name = session.scalar(select(User.public_id).where(User.id == user_id))
        audit.record(session, by, "user.sessions_ended", f"user:{name}", browsers=count)
    return count


def open_sessions(session: Session, user_id: int) -> list[StaffSession]:
    """The signed-in browsers of a user, the one seen last first. Ended and old ones are not."""
    wall = clock.wall_time()
    return list(
        session.scalars(
            select(StaffSession)
            .where(StaffSession.user_id == user_id, *_alive(wall))
            .order_by(StaffSession.seen_at.desc(), StaffSession.public_id)
        )
    )


def end_one(session: Session, user_id: int, public_id: str, by: str) -> bool:
    """Sign one of a user's browsers out; answers whether it was signed in."""
    ended = session.execute(
        update(StaffSession)
        .where(
            StaffSession.user_id == user_id,
            StaffSession.public_id == public_id,
            StaffSession.ended_at.is_(None),
        )
        .values(ended_at=clock.wall_time())
        .returning(StaffSession.browser)
    ).first()
    if ended is not None:
        audit.record(session, by, "user.browser_signed_out", by, browser=ended.browser)
    return ended is not None


def confirm(session: Session, token: str, *, second_factor: bool) -> None:
    """Note that the user just showed who they are once more, and whether by a second factor."""
    wall = clock.wall_time()
    shown = {"second_factor_at": wall} if second_factor else {}
    session.execute(
        update(StaffSession)
        .where(StaffSession.token_hash == hashed(token))
        .values(confirmed_at=wall, **shown)
    )


def _alive(wall: datetime) -> tuple[Any, ...]:
    return (
        StaffSession.ended_at.is_(None),
        StaffSession.seen_at > wall - timedelta(hours=IDLE_HOURS_MAX),
        StaffSession.signed_in_at > wall - timedelta(hours=SESSION_HOURS_MAX),
    )
