"""Passkeys of clients, in place of an emailed code (FEATURES C11). They go with the address that
they were added under."""

from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access import sessions
from portal.access.bound import has_joined
from portal.access.keys import ClientChallenge, ClientPasskey
from portal.access.models import ClientAccount
from portal.access.sessions import SignedInClient
from portal.clients.models import Contact
from portal.core import audit, clock, db, ids
from portal.core.errors import Invalid, Missing
from portal.firm import passkey_ceremony as ceremony
from portal.firm.browsers import Browser
from portal.firm.passkey_ceremony import WrongPasskey
from portal.firm.passkey_tables import PasskeyTables

PASSKEYS_MAX = 20
_TABLES = PasskeyTables(ClientPasskey, ClientChallenge, "contact_id")
Purpose = Literal["sign in", "add"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A passkey that was just shown, and whose it is."""

    passkey_id: int
    contact_id: int
    sign_count: int


def ask_to_add(session: Session, client: SignedInClient, firm: str) -> str:
    """What a browser needs to make a passkey for a client, as JSON. Those they have are out."""
    owner = ceremony.Owner(client.public_id, client.email, client.name)
    have = [passkey.credential_id for passkey in of_client(session, client.contact_id)]
    challenge = _TABLES.new_challenge(session, "add", client.contact_id)
    return ceremony.asked_to_make(owner, firm, challenge, have)


def ask_to_show(session: Session) -> str:
    """What a browser needs to show a passkey of whoever sits before it, as JSON."""
    return ceremony.asked_to_show(_TABLES.new_challenge(session, "sign in", None), None)


def add(client: SignedInClient, answer: str, name: str) -> ClientPasskey:
    """Keep the passkey that a client's device has just made. Two transactions: a challenge is used
    up even by an answer that is refused.

    Raises `WrongPasskey`, and `Invalid` for one passkey too many.
    """
    read = ceremony.read(answer)
    made = ceremony.checked_new(read, _TABLES.take_challenge(read, "add", client.contact_id))
    with db.transaction() as session:
        return _keep(session, client, name, made)


def _keep(session: Session, client: SignedInClient, name: str, made: Any) -> ClientPasskey:
    # The account's row: whoever takes the address away waits for it, or was faster.
    account = session.scalar(
        select(ClientAccount)
        .where(ClientAccount.contact_id == client.contact_id, *has_joined())
        .with_for_update()
    )
    if account is None or account.address_key != client.address_key:
        raise WrongPasskey("the address was changed meanwhile")
    mine = ClientPasskey.contact_id == client.contact_id
    if (session.scalar(select(func.count(ClientPasskey.id)).where(mine)) or 0) >= PASSKEYS_MAX:
        raise Invalid(
            _("You have %(most)s passkeys, which is the most. Remove one.", most=PASSKEYS_MAX)
        )
    _TABLES.refuse_kept(session, made.credential_id)
    passkey = ClientPasskey(
        public_id=ids.public_id(),
        contact_id=client.contact_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=ceremony.name_of(name),
        added_at=clock.wall_time(),
        used_at=None,
    )
    session.add(passkey)
    session.flush()
    audit.record(session, client.actor, "client.passkey_added", client.actor, passkey=passkey.name)
    return passkey


def sign_in(answer: str, *, browser: Browser) -> str:
    """Sign in whoever has shown a passkey; answers the token for the cookie. Raises `WrongPasskey`,
    also where the address is no longer theirs."""
    shown = _check(answer)
    with db.transaction() as session:
        contact = session.scalar(
            select(Contact)
            .join(ClientAccount, ClientAccount.contact_id == Contact.id)
            .where(Contact.id == shown.contact_id, *has_joined())
        )
        if contact is None:
            raise WrongPasskey("its owner may not sign in any more")
        _TABLES.note_use(session, shown.passkey_id, shown.sign_count)
        return sessions.open_session(session, contact, browser=browser)


def _check(answer: str) -> Shown:
    read = ceremony.read(answer)
    challenge = _TABLES.take_challenge(read, "sign in", None)
    credential_id, handle = ceremony.credential_in(read)
    with db.read() as session:
        row = session.execute(
            select(ClientPasskey, Contact.public_id)
            .join(Contact, Contact.id == ClientPasskey.contact_id)
            .where(ClientPasskey.credential_id == credential_id)
        ).first()
    if row is None:
        raise WrongPasskey("no such passkey")
    passkey, owner = row
    ceremony.refuse_another(handle, owner)
    count = ceremony.checked_use(read, challenge, passkey.public_key, passkey.sign_count)
    return Shown(passkey.id, passkey.contact_id, count)


def of_client(session: Session, contact_id: int) -> list[ClientPasskey]:
    """A client's passkeys, the oldest first."""
    return list(
        session.scalars(
            select(ClientPasskey)
            .where(ClientPasskey.contact_id == contact_id)
            .order_by(ClientPasskey.added_at, ClientPasskey.id)
        )
    )


def rename(session: Session, client: SignedInClient, public_id: str, name: str) -> None:
    """Call a passkey of the client's something else. Raises `Missing`."""
    passkey, told = _one(session, client, public_id), ceremony.name_of(name)
    if passkey.name != told:
        audit.record(
            session, client.actor, "client.passkey_renamed", client.actor, was=passkey.name
        )
        passkey.name = told


def remove(session: Session, client: SignedInClient, public_id: str) -> str:
    """Forget a passkey of the client's; answers its name. Raises `Missing`."""
    passkey = _one(session, client, public_id)
    session.delete(passkey)
    session.flush()
    audit.record(
        session, client.actor, "client.passkey_removed", client.actor, passkey=passkey.name
    )
    return passkey.name


def _one(session: Session, client: SignedInClient, public_id: str) -> ClientPasskey:
    theirs = (ClientPasskey.contact_id == client.contact_id, ClientPasskey.public_id == public_id)
    found = session.scalar(select(ClientPasskey).where(*theirs))
    if found is None:
        raise Missing(_("This passkey was removed already."))
    return found
