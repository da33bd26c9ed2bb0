"""Asking a client into their portals: the invitation, its link, and its end (FEATURES C8 to C10).

A link is good for one hour from when the mail server took the email, once, only while no newer one
was sent, and only while its address is the contact's bound one. Opening it changes nothing: mail
scanners follow links. Times are business time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import String, Table, literal, select
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from portal.access import queries
from portal.access.bound import bound_key, takes_part_somewhere
from portal.access.models import ClientAccount, ClientInvitation
from portal.clients.models import Contact, ContactEmail
from portal.core import audit, clock, config, db, ids
from portal.core.errors import Missing
from portal.core.tokens import derived_from, derived_token, is_derived
from portal.outbox.actions import owe
from portal.outbox.models import FAILED, Delivery, DeliveryState, Notice

TTL = timedelta(hours=1)
PURPOSE = "client-invitation"
AUDIENCE = "access.invited"
OLDER_LINKS_MAX = 50
NOT_LIVE = (*FAILED, DeliveryState.WITHDRAWN)


class Standing(StrEnum):
    """What an invitation's link is good for. *Closed*: its address is no longer the contact's, or
    they take part in no portal any more."""

    OPEN = "open"
    EXPIRED = "expired"
    REPLACED = "replaced"
    ACCEPTED = "accepted"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Link:
    """An invitation as its link finds it. `expires_at` is none until the email was taken."""

    invitation: ClientInvitation
    standing: Standing
    expires_at: datetime | None


class State(StrEnum):
    """How far somebody's joining has come, as staff are told. *Failed*: the email came back."""

    NOT_INVITED = "not invited"
    ON_ITS_WAY = "on its way"
    SENT = "sent"
    EXPIRED = "expired"
    FAILED = "failed"
    JOINED = "joined"


_INVITATIONS = cast(Table, ClientInvitation.__table__)
_MAKE = {
    dialect: insert(_INVITATIONS).on_conflict_do_nothing(index_elements=["contact_id"])
    for dialect, insert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}


def once(public_id: str, version: int) -> str:
    """The event that owes the email of an invitation in one version."""
    return f"{PURPOSE}:{public_id}:{version}"


def token(invitation: ClientInvitation) -> str:
    """What stands in the link of an invitation in its present version."""
    key = config.current().secret_key
    return derived_token(key, PURPOSE, invitation.public_id, invitation.version)


def invite(
    session: Session, contact: Contact, matter_id: int, *, by: str, unless_live: bool = False
) -> bool:
    """Send a contact (emails loaded) an invitation to their bound address; the older one is void.

    `matter_id` is the portal that it is sent from. `unless_live`: only where none is live, and they
    have not joined, by the time that others who invite or accept have done. Answers whether one is
    sent: none is without an address.
    """
    email = queries.bound_email(contact)
    if email is None:
        return False
    kept = _held(session, contact.id, matter_id, email, by)
    if unless_live and (
        _has_joined(session, contact.id, email.address_key)
        or _is_live(session, kept, email.address_key)
    ):
        return False
    kept.version += 1
    kept.matter_id, kept.address, kept.address_key = matter_id, email.address, email.address_key
    kept.invited_at, kept.invited_by = clock.now(), by
    kept.accepted_at = kept.voided_at = None
    session.flush()
    owe(
        session,
        PURPOSE,
        audience=AUDIENCE,
        once=once(kept.public_id, kept.version),
        invitation=kept.public_id,
        version=kept.version,
    )
    audit.record(session, by, "client.invited", f"contact:{contact.public_id}")
    return True


def _held(
    session: Session, contact_id: int, matter_id: int, email: ContactEmail, by: str
) -> ClientInvitation:
    """The one invitation of a contact, made if there is none, held until the transaction ends."""
    values = {
        "public_id": ids.public_id(),
        "contact_id": contact_id,
        "matter_id": matter_id,
        "address": email.address,
        "address_key": email.address_key,
        "version": 0,
        "invited_at": clock.now(),
        "invited_by": by,
        "voided_at": clock.now(),
    }
    db.insert_row(session, _MAKE, values)
    held = select(ClientInvitation).where(ClientInvitation.contact_id == contact_id)
    return session.scalars(held.with_for_update().execution_options(populate_existing=True)).one()


def needs_invitation(session: Session, contact: Contact) -> bool:
    """Whether the next message or share sends a contact (emails loaded) an invitation: they have
    not joined with the address that is theirs now, and hold no live one (FEATURES C8)."""
    email = queries.bound_email(contact)
    if email is None:
        return False
    if _has_joined(session, contact.id, email.address_key):
        return False
    held = select(ClientInvitation).where(ClientInvitation.contact_id == contact.id)
    kept = session.scalar(held)
    return kept is None or not _is_live(session, kept, email.address_key)


def _has_joined(session: Session, contact_id: int, address_key: str) -> bool:
    account = select(ClientAccount.address_key).where(ClientAccount.contact_id == contact_id)
    return session.scalar(account) == address_key


def _is_live(session: Session, kept: ClientInvitation, address_key: str) -> bool:
    if kept.accepted_at or kept.voided_at or kept.address_key != address_key:
        return False
    mail = _mail(session, kept)
    return mail is None or (mail.state not in NOT_LIVE and not _is_late(mail.sent_at))


def _mail(session: Session, kept: ClientInvitation) -> Any:
    """What became of the email: `state` and `sent_at`; None before it was fanned out."""
    event = Notice.once == once(kept.public_id, kept.version)
    asked = select(Delivery.state, Delivery.sent_at)
    return session.execute(asked.join(Notice, Notice.id == Delivery.notice_id).where(event)).first()


def _is_late(sent_at: datetime | None) -> bool:
    return sent_at is not None and sent_at + TTL <= clock.now()


def link(session: Session, sent: str) -> Link:
    """What a link is good for; nothing is changed. Raises `Missing` for one that we never made."""
    public_id = derived_from(sent)
    found = session.scalar(select(ClientInvitation).where(ClientInvitation.public_id == public_id))
    if found is None or not _made_by_us(found, sent):
        raise Missing(_("This is not an invitation of ours. Check that the link is whole."))
    # Until the server's yes is noted the link lives: it may be in the reader's hands already.
    mail = _mail(session, found)
    expires_at = mail.sent_at + TTL if mail and mail.sent_at else None
    return Link(found, _standing(session, found, sent, expires_at), expires_at)


def _made_by_us(found: ClientInvitation, sent: str) -> bool:
    oldest = max(0, found.version - OLDER_LINKS_MAX)
    return any(is_link(found, sent, version) for version in range(found.version, oldest, -1))


def is_link(found: ClientInvitation, sent: str, version: int) -> bool:
    """Whether this is the link that an invitation was sent with in this version."""
    return is_derived(sent, config.current().secret_key, PURPOSE, found.public_id, version)


def _standing(
    session: Session, found: ClientInvitation, sent: str, expires_at: datetime | None
) -> Standing:
    if not is_link(found, sent, found.version):
        return Standing.REPLACED
    if found.accepted_at is not None:
        return Standing.ACCEPTED
    if found.voided_at is not None or not may_join(session, found):
        return Standing.CLOSED
    return Standing.EXPIRED if expires_at and expires_at <= clock.now() else Standing.OPEN


def may_join(session: Session, found: ClientInvitation) -> bool:
    """Whether the address of an invitation is still the contact's, in some portal (C9, C14)."""
    theirs = (ClientInvitation.address_key == bound_key(ClientInvitation.contact_id),)
    asked = select(ClientInvitation.id).where(ClientInvitation.id == found.id, *theirs)
    somewhere = takes_part_somewhere(ClientInvitation.contact_id)
    return session.scalar(asked.where(somewhere)) is not None


def states(session: Session, contacts: Iterable[Contact]) -> dict[int, State]:
    """How far each of these contacts (emails loaded) has come, by id: two SELECTs for all."""
    bound = {one.id: queries.bound_email(one) for one in contacts}
    keys = {contact_id: email.address_key for contact_id, email in bound.items() if email}
    accounts = session.execute(
        select(ClientAccount.contact_id, ClientAccount.address_key).where(
            ClientAccount.contact_id.in_(keys)
        )
    )
    found = dict.fromkeys(bound, State.NOT_INVITED)
    for row in _with_mail(session, keys):
        found[row.contact_id] = _state(row, keys[row.contact_id])
    for contact_id, address_key in accounts:
        if keys[contact_id] == address_key:
            found[contact_id] = State.JOINED
    return found


def _with_mail(session: Session, contact_ids: Iterable[int]) -> Iterable[Any]:
    version = as_type(ClientInvitation.version, String)
    event = literal(f"{PURPOSE}:") + ClientInvitation.public_id + ":" + version
    columns = (ClientInvitation.contact_id, ClientInvitation.address_key)
    ends = (ClientInvitation.accepted_at, ClientInvitation.voided_at)
    return session.execute(
        select(*columns, *ends, Delivery.state, Delivery.sent_at)
        .outerjoin(Notice, Notice.once == event)
        .outerjoin(Delivery, Delivery.notice_id == Notice.id)
        .where(ClientInvitation.contact_id.in_(contact_ids))
    )


def _state(row: Any, address_key: str) -> State:
    if row.accepted_at or row.voided_at or row.address_key != address_key:
        return State.NOT_INVITED
    if row.state in NOT_LIVE:
        return State.FAILED
    if row.sent_at is None:
        return State.ON_ITS_WAY
    return State.EXPIRED if _is_late(row.sent_at) else State.SENT
