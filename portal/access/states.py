"""How each client of a portal stands with it, as the firm's people are told: with which address,
whether they joined, and what became of their invitation (FEATURES C8, C9)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access import invitations
from portal.access.invitations import State
from portal.access.keys import ClientSession
from portal.access.models import ClientInvitation
from portal.access.queries import bound_email
from portal.clients.models import Contact, Matter
from portal.clients.queries import contact_by_id
from portal.core import clock
from portal.outbox.models import Delivery, Notice


@dataclass(frozen=True, slots=True)
class ClientStanding:
    """How one client stands. `address` is the one that signs them in, empty where they have none.

    `expires_at` (business time) is the end of a live invitation once its email was sent; `problem`
    is what the mail server said of one that failed; `signed_in_at` (wall time) is the last time.
    """

    address: str
    state: State
    expires_at: datetime | None = None
    problem: str = ""
    signed_in_at: datetime | None = None

    @property
    def has_joined(self) -> bool:
        """Whether they can sign in today."""
        return self.state is State.JOINED

    @property
    def minutes_left(self) -> int:
        """How long a live invitation can still be accepted, in begun minutes."""
        if self.expires_at is None:
            return 0
        return max(0, ceil((self.expires_at - clock.now()).total_seconds() / 60))


def standings(
    session: Session, contacts: Iterable[Contact], *, in_detail: bool = True
) -> dict[int, ClientStanding]:
    """How these contacts (emails loaded) stand, by id: at most four SELECTs, however many they are.

    Without the detail (of a list) only the address and the state are read.
    """
    clients = {one.id: one for one in contacts}
    if not clients:
        return {}
    states = invitations.states(session, clients.values())
    mails = _mails(session, clients) if in_detail else {}
    last = _last_signed_in(session, clients) if in_detail else {}
    found: dict[int, ClientStanding] = {}
    for contact_id, client in clients.items():
        email, state, mail = bound_email(client), states[contact_id], mails.get(contact_id)
        sent_at = mail.sent_at if mail is not None and state is State.SENT else None
        found[contact_id] = ClientStanding(
            address=email.address if email else "",
            state=state,
            expires_at=sent_at + invitations.TTL if sent_at else None,
            problem=mail.last_reply if state is State.FAILED and mail is not None else "",
            signed_in_at=last.get(contact_id),
        )
    return found


@dataclass(frozen=True, slots=True)
class FirstInvited:
    """Whom the first message or share of a matter would invite: its client. `address` is empty
    where they have none, and so cannot be invited (FEATURES C9)."""

    public_id: str
    name: str
    address: str


def first_invited(session: Session, matter: Matter) -> FirstInvited:
    """Whom opening the portal of a matter would invite (FEATURES C8)."""
    client = contact_by_id(session, matter.client_id)
    email = bound_email(client)
    return FirstInvited(client.public_id, client.name, email.address if email else "")


def _mails(session: Session, contact_ids: Collection[int]) -> dict[int, Any]:
    """What became of the email of each invitation, by contact."""
    kept = session.execute(
        select(
            ClientInvitation.contact_id, ClientInvitation.public_id, ClientInvitation.version
        ).where(ClientInvitation.contact_id.in_(contact_ids))
    ).all()
    events = {invitations.once(row.public_id, row.version): row.contact_id for row in kept}
    rows = session.execute(
        select(Notice.once, Delivery.sent_at, Delivery.last_reply)
        .join(Delivery, Delivery.notice_id == Notice.id)
        .where(Notice.once.in_(events))
    )
    return {events[row.once]: row for row in rows}


def _last_signed_in(session: Session, contact_ids: Collection[int]) -> dict[int, datetime]:
    rows = session.execute(
        select(ClientSession.contact_id, func.max(ClientSession.signed_in_at).label("at"))
        .where(ClientSession.contact_id.in_(contact_ids))
        .group_by(ClientSession.contact_id)
    )
    return {row.contact_id: row.at for row in rows}
