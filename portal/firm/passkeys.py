"""Passkeys of the firm's people: keys that a device keeps and opens by finger, face or PIN, so each
is both factors."""

from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core import audit, clock, db, ids
from portal.core.errors import Invalid
from portal.firm import passkey_ceremony as ceremony
from portal.firm.factors import Challenge, Passkey
from portal.firm.models import User
from portal.firm.passkey_ceremony import WrongPasskey
from portal.firm.passkey_tables import PasskeyTables

PASSKEYS_MAX = 20
_TABLES = PasskeyTables(Passkey, Challenge, "user_id")
Purpose = Literal["sign in", "add", "confirm"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A passkey that was just shown, and whose it is."""

    passkey_id: int
    user_id: int
    sign_count: int


def ask_to_add(session: Session, user: User, firm: str) -> str:
    """What a browser needs to make a passkey for a user, as JSON. Those they have are excluded."""
    owner = ceremony.Owner(user.public_id, user.email, user.name)
    challenge = _TABLES.new_challenge(session, "add", user.id)
    return ceremony.asked_to_make(owner, firm, challenge, _credential_ids(session, user.id))


def ask_to_show(session: Session, purpose: Purpose, user_id: int | None = None) -> str:
    """What a browser needs to show a passkey, as JSON: of this user, or of whoever has one here."""
    allowed = None if user_id is None else _credential_ids(session, user_id)
    return ceremony.asked_to_show(_TABLES.new_challenge(session, purpose, user_id), allowed)


def add(user_id: int, answer: str, name: str, by: str) -> Passkey:
    """Keep the passkey that a device has just made. Two transactions: a challenge is used up even
    by an answer that is refused.

    Raises `WrongPasskey`, and `Invalid` for one passkey too many.
    """
    made = just_made(answer, user_id)
    with db.transaction() as session:
        return keep(session, user_id, name, made, by)


def just_made(answer: str, user_id: int | None) -> Any:
    """What a device has just made, for a user or for whoever joins. Raises `WrongPasskey`."""
    read = ceremony.read(answer)
    return ceremony.checked_new(read, _TABLES.take_challenge(read, "add", user_id))


def keep(session: Session, user_id: int, name: str, made: Any, by: str) -> Passkey:
    """Keep what `just_made` answered. Raises as `add` does."""
    session.execute(select(User.id).where(User.id == user_id).with_for_update())
    if count(session, user_id) >= PASSKEYS_MAX:
        raise Invalid(
            _("You have %(most)s passkeys, which is the most. Remove one.", most=PASSKEYS_MAX)
        )
    _TABLES.refuse_kept(session, made.credential_id)
    passkey = Passkey(
        public_id=ids.public_id(),
        user_id=user_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=ceremony.name_of(name),
        added_at=clock.wall_time(),
        used_at=None,
    )
    session.add(passkey)
    session.flush()
    audit.record(session, by, "user.passkey_added", by, passkey=passkey.name)
    return passkey


def check(answer: str, purpose: Purpose, user_id: int | None = None) -> Shown:
    """Whose passkey a device has just shown. `user_id`: it must be this user's.

    The challenge is used up here; the caller has the use counted by `note_use` in the transaction
    of what the passkey opens. Raises `WrongPasskey`.
    """
    read = ceremony.read(answer)
    challenge = _TABLES.take_challenge(read, purpose, user_id)
    with db.read() as session:
        passkey = _found(session, read, user_id)
    count = ceremony.checked_use(read, challenge, passkey.public_key, passkey.sign_count)
    return Shown(passkey.id, passkey.user_id, count)


def note_use(session: Session, shown: Shown) -> None:
    """Count a use. Raises `WrongPasskey` for a key that was removed meanwhile, or copied."""
    _TABLES.note_use(session, shown.passkey_id, shown.sign_count)


def of_user(session: Session, user_id: int) -> list[Passkey]:
    """A user's passkeys, the oldest first."""
    return list(
        session.scalars(
            select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.added_at, Passkey.id)
        )
    )


def count(session: Session, user_id: int) -> int:
    """How many passkeys a user has."""
    found = select(func.count()).select_from(Passkey).where(Passkey.user_id == user_id)
    return int(session.scalar(found) or 0)


def _found(session: Session, read: dict[str, Any], user_id: int | None) -> Passkey:
    credential_id, handle = ceremony.credential_in(read)
    row = session.execute(
        select(Passkey, User.public_id)
        .join(User, User.id == Passkey.user_id)
        .where(Passkey.credential_id == credential_id)
    ).first()
    if row is None or user_id not in (None, row.Passkey.user_id):
        raise WrongPasskey("no such passkey")
    ceremony.refuse_another(handle, row.public_id)
    return row.Passkey


def _credential_ids(session: Session, user_id: int) -> list[bytes]:
    return [passkey.credential_id for passkey in of_user(session, user_id)]
