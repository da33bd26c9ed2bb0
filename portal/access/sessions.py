"""Signed-in browsers of clients, each a row on the server (FEATURES C9, C14).

The browser keeps an unguessable token, the row its SHA-256. A session holds only while the address
that it was opened with is the contact's bound one and they take part in some portal. Times are
wall times, so that advancing the demo clock signs nobody out.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session

from portal.access.bound import has_joined
from portal.access.keys import ClientSession
from portal.access.models import ClientAccount
from portal.clients.models import Contact
from portal.core import audit, clock, config, db, ids, tokens
from portal.firm.browsers import Browser

IDLE_TTL = timedelta(hours=1)
SESSION_TTL = timedelta(hours=24)
SEEN_EVERY = timedelta(minutes=1)
FORM_PURPOSE = "client-form"


@dataclass(frozen=True, slots=True)
class SignedInClient:
    """A client in one signed-in browser. `language` (as `es_US`) is none while nobody knows it."""

    contact_id: int
    public_id: str
    name: str
    language: str | None
    address_key: str
    email: str
    session_public_id: str
    signed_in_at: datetime
    seen_at: datetime

    @property
    def actor(self) -> str:
        """How the activity log names this client."""
        return f"contact:{self.public_id}"

    @property
    def form_token(self) -> str:
        """What the forms of this browser carry, as long as it is signed in."""
        key = config.current().secret_key
        return tokens.derived_token(key, FORM_PURPOSE, self.session_public_id, 1)

    @property
    def seconds_left(self) -> int:
        """How long this browser stays signed in if nothing is done."""
        ends_at = min(self.seen_at + IDLE_TTL, self.signed_in_at + SESSION_TTL)
        return max(0, int((ends_at - clock.wall_time()).total_seconds()))


def hashed(token: str) -> str:
    """What the table keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(session: Session, contact: Contact, *, browser: Browser) -> str:
    """Sign a client in, in one more browser; answers the token for its cookie.

    Raises ValueError where the contact may not sign in: whoever calls has looked, here and now.
    """
    token, wall = tokens.new_token(), clock.wall_time()
    account = session.scalar(
        select(ClientAccount).where(ClientAccount.contact_id == contact.id, *has_joined())
    )
    if account is None:
        raise ValueError("somebody was about to be signed in who may not")
    session.add(
        ClientSession(
            token_hash=hashed(token),
            public_id=ids.public_id(),
            contact_id=contact.id,
            address_key=account.address_key,
            signed_in_at=wall,
            seen_at=wall,
            browser=browser.name[:80],
            ip_address=browser.ip_address[:45],
            ended_at=None,
        )
    )
    session.flush()
    actor = f"contact:{contact.public_id}"
    audit.record(session, actor, "client.signed_in", actor)
    return token


def find_session(session: Session, token: str) -> SignedInClient | None:
    """Who this token belongs to; None once it was ended, idled an hour, is 24 hours old, the
    address is no longer theirs or they take part in no portal. One SELECT."""
    row = session.execute(_FIND, _values(token)).first()
    return SignedInClient(*row) if row else None


def find_quickly(token: str) -> SignedInClient | None:
    """As `find_session`, without a session of its own: every page of a client begins with it."""
    row = db.fetch_first(cast("Select[Any]", _FIND), _values(token))
    return SignedInClient(*row) if row else None


def _values(token: str) -> dict[str, Any]:
    wall = clock.wall_time()
    return {"token_hash": hashed(token), "seen": wall - IDLE_TTL, "begun": wall - SESSION_TTL}


# Built once: making it anew would cost more than running it.
_FIND = (
    select(
        Contact.id,
        Contact.public_id,
        Contact.name,
        Contact.language,
        ClientAccount.address_key,
        ClientAccount.address,
        ClientSession.public_id,
        ClientSession.signed_in_at,
        ClientSession.seen_at,
    )
    .join(Contact, Contact.id == ClientSession.contact_id)
    .join(ClientAccount, ClientAccount.contact_id == ClientSession.contact_id)
    .where(
        ClientSession.token_hash == bindparam("token_hash"),
        ClientSession.address_key == ClientAccount.address_key,
        ClientSession.ended_at.is_(None),
        ClientSession.seen_at > bindparam("seen"),
        ClientSession.signed_in_at > bindparam("begun"),
        *has_joined(),
    )
)


def seen_long_ago(client: SignedInClient) -> bool:
    """Whether the row should be told that its browser is in use: once a minute is enough."""
    return client.seen_at <= clock.wall_time() - SEEN_EVERY


def see(session: Session, client: SignedInClient) -> None:
    """Note that somebody did something in this browser just now."""
    session.execute(
        update(ClientSession)
        .where(ClientSession.public_id == client.session_public_id)
        .values(seen_at=clock.wall_time())
    )


def end_session(session: Session, client: SignedInClient) -> None:
    """Sign this browser out, for good: its cookie opens nothing from the next request on."""
    if _end(session, ClientSession.public_id == client.session_public_id):
        audit.record(session, client.actor, "client.signed_out", client.actor)


def end_one(session: Session, client: SignedInClient, public_id: str) -> bool:
    """Sign one of the client's browsers out; answers whether it was signed in."""
    theirs = (ClientSession.contact_id == client.contact_id, ClientSession.public_id == public_id)
    ended = _end(session, *theirs)
    for name in ended:
        audit.record(session, client.actor, "client.browser_ended", client.actor, browser=name)
    return bool(ended)


def end_others(session: Session, client: SignedInClient) -> int:
    """Sign the client out everywhere but here; answers how many browsers that was."""
    others = (
        ClientSession.contact_id == client.contact_id,
        ClientSession.public_id != client.session_public_id,
        *_alive(clock.wall_time()),
    )
    count = len(_end(session, *others))
    if count:
        audit.record(session, client.actor, "client.others_ended", client.actor, browsers=count)
    return count


def devices(session: Session, client: SignedInClient) -> list[ClientSession]:
    """The signed-in browsers of a client, the one used last first. Ended and old ones are not."""
    return list(
        session.scalars(
            select(ClientSession)
            .where(
                ClientSession.contact_id == client.contact_id,
                ClientSession.address_key == client.address_key,
                *_alive(clock.wall_time()),
            )
            .order_by(ClientSession.seen_at.desc(), ClientSession.public_id)
        )
    )


def _end(session: Session, *which: Any) -> list[str]:
    return list(
        session.scalars(
            update(ClientSession)
            .where(*which, ClientSession.ended_at.is_(None))
            .values(ended_at=clock.wall_time())
            .returning(ClientSession.browser)
            .execution_options(synchronize_session=False)
        )
    )


def _alive(wall: datetime) -> tuple[Any, ...]:
    return (
        ClientSession.ended_at.is_(None),
        ClientSession.seen_at > wall - IDLE_TTL,
        ClientSession.signed_in_at > wall - SESSION_TTL,
    )
