"""Who stands at the staff door, and what they must still show after the right password."""

import hmac
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.firm.addresses import lowered
from portal.firm.keys import key_for
from portal.firm.models import User
from portal.firm.second_factors import HAS_AUTHENTICATOR, HAS_PASSKEY, Factors


@dataclass(frozen=True, slots=True)
class Candidate:
    """A user who is not signed in yet. `password_hash` is none for passkeys alone."""

    id: int
    public_id: str
    password_hash: str | None
    disabled: bool
    factors: Factors

    @property
    def mark(self) -> str:
        """Changes with the password: a sign-in begun with the old one is not ended with it."""
        told = f"{self.public_id}:{self.password_hash}".encode()
        return hmac.new(key_for("half sign-ins"), told, "sha256").hexdigest()[:32]


def by_email(session: Session, typed: str) -> Candidate | None:
    """Who signs in with this address; disabled users too. One SELECT, whatever was typed."""
    return _candidate(session, _CANDIDATE.where(User.email == lowered(typed)))


def unchanged(session: Session, candidate: Candidate) -> Candidate | None:
    """The same user, locked until the end of the transaction and read anew; none once the password
    was changed or the user disabled since. Two SELECTs: the second sees what the lock waited for.
    """
    session.execute(select(User.id).where(User.id == candidate.id).with_for_update())
    found = _candidate(session, _CANDIDATE.where(User.id == candidate.id))
    if found is None or found.disabled or found.mark != candidate.mark:
        return None
    return found


def by_public_id(session: Session, public_id: str) -> Candidate | None:
    """The same by the user's public id."""
    return _candidate(session, _CANDIDATE.where(User.public_id == public_id))


_CANDIDATE = select(
    User.id,
    User.public_id,
    User.password_hash,
    User.disabled_at,
    HAS_AUTHENTICATOR.label("authenticator"),
    HAS_PASSKEY.label("passkeys"),
)


def _candidate(session: Session, asked: Any) -> Candidate | None:
    row = session.execute(asked).first()
    if row is None:
        return None
    factors = Factors(bool(row.authenticator), bool(row.passkeys))
    return Candidate(row.id, row.public_id, row.password_hash, row.disabled_at is not None, factors)
