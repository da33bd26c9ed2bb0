"""How many codes one address is sent, and how many guesses it stands (FEATURES C11, P2).

Counted in the database by address: it holds across processes and restarts, and without Redis. Who
knows an address must not be able to lock its owner out. So the limit on emails only holds a new
one back while the newest is still good, and the limit on guesses leaves the emails' links alone.
Times are wall times.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from portal.access.keys import SignInRequest
from portal.core import clock
from portal.outbox.models import Notice

PURPOSE = "client-sign-in"
CODE_TTL = timedelta(minutes=15)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CODES = ((HOUR, 6), (DAY, 20))
GUESSES = ((HOUR, 20), (DAY, 60))


def once(name: str) -> str:
    """The event that owes the email of a request."""
    return f"{PURPOSE}:{name}"


def hold(session: Session, address_key: str) -> None:
    """Let whoever else counts for this address wait until the transaction ends."""
    first = select(SignInRequest.id).where(SignInRequest.address_key == address_key)
    session.execute(first.order_by(SignInRequest.id).limit(1).with_for_update()).all()


def may_send(session: Session, address_key: str) -> bool:
    """Whether one more code may go to an address: always, where no code of it can be used now."""
    if newest_sent(session, address_key) is None:
        return True
    sent = select(func.count()).select_from(SignInRequest).join(Notice, _owed())
    return all(
        (session.scalar(sent.where(*_asked(address_key, within))) or 0) < most
        for within, most in CODES
    )


def may_guess(session: Session, address_key: str) -> bool:
    """Whether one more code may be tried for an address. Tries that ended well do not count."""
    tries = select(func.coalesce(func.sum(SignInRequest.tries), 0))
    unused = SignInRequest.used_at.is_(None)
    return all(
        (session.scalar(tries.where(unused, *_asked(address_key, within))) or 0) < most
        for within, most in GUESSES
    )


def newest_sent(session: Session, address_key: str) -> SignInRequest | None:
    """The request of the newest email with a code that went to an address, if it is still good."""
    newest = session.scalar(
        select(SignInRequest)
        .join(Notice, _owed())
        .where(*_asked(address_key, CODE_TTL))
        .order_by(SignInRequest.id.desc())
        .limit(1)
    )
    return newest if newest is not None and newest.used_at is None else None


def alive() -> tuple[ColumnElement[bool], ...]:
    """That a request can still be used."""
    return (
        SignInRequest.used_at.is_(None),
        SignInRequest.asked_at > clock.wall_time() - CODE_TTL,
    )


def _owed() -> ColumnElement[bool]:
    return Notice.once == literal(f"{PURPOSE}:") + SignInRequest.public_id


def _asked(address_key: str, within: timedelta) -> tuple[ColumnElement[bool], ...]:
    since = clock.wall_time() - within
    return SignInRequest.address_key == address_key, SignInRequest.asked_at > since
