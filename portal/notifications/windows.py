"""The five-minute window: everything that one portal brings somebody comes in one email (C5).

The first item opens a window for each participant of the other side; its email is due when the
window closes, and lists what came until then. What comes at that very moment opens the next one.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, literal, select
from sqlalchemy.orm import Session

from portal.access.models import ClientAccount, Participant
from portal.access.queries import NOW
from portal.core import ids
from portal.feed.models import FeedEvent
from portal.feed.people import Person
from portal.firm.addresses import lowered
from portal.notifications.models import NoticeWindow
from portal.notifications.portal_emails import AUDIENCES, TO_CLIENT, TO_FIRM
from portal.outbox.actions import owe
from portal.outbox.models import Notice

WINDOW = timedelta(minutes=5)


def note_item(
    session: Session,
    matter_id: int,
    *,
    by: Person,
    position: int,
    told_otherwise: Collection[str] = (),
) -> None:
    """Owe everybody of the other side an email about what was just added to the feed.

    In the transaction of the item, after `feed.add_event`, whose lock makes ten senders at once
    open one window. Clients who have not joined are left out: they get their invitation (C5, C8).
    So are those who sign in with an address that is `told_otherwise`: they get one email about one
    thing (D3). A window that is open already lists it all the same.
    """
    moment = session.scalars(
        select(FeedEvent.at).where(FeedEvent.matter_id == matter_id, FeedEvent.position == position)
    ).one()
    kind = TO_FIRM if by.is_client else TO_CLIENT
    participants = list(session.scalars(_other_side(matter_id, by, told_otherwise)))
    told = _told_already(session, kind, participants, moment)
    for participant_id in participants:
        if participant_id not in told:
            _open_window(session, kind, participant_id, position, moment)
    session.flush()


def _open_window(
    session: Session, kind: str, participant_id: int, position: int, moment: datetime
) -> None:
    window = NoticeWindow(
        public_id=ids.public_id(),
        participant_id=participant_id,
        from_position=position,
        opened_at=moment,
        closes_at=moment + WINDOW,
    )
    session.add(window)
    owe(
        session,
        kind,
        audience=AUDIENCES[kind],
        once=f"{kind}:{window.public_id}",
        due_at=window.closes_at,
        window=window.public_id,
    )


def _other_side(matter_id: int, by: Person, told_otherwise: Collection[str]) -> Select[int]:
    statement = select(Participant.id).where(Participant.matter_id == matter_id, NOW)
    if by.is_client:
        return statement.where(Participant.user_id.is_not(None))
    keys = {lowered(address) for address in told_otherwise}
    has_joined = exists().where(
        ClientAccount.contact_id == Participant.contact_id, ClientAccount.address_key.not_in(keys)
    )
    return statement.where(Participant.contact_id.is_not(None), has_joined)


def _told_already(
    session: Session, kind: str, participant_ids: Iterable[int], moment: datetime
) -> set[int]:
    # Not yet fanned out either: where two hosts' clocks differ, a window that was told of is over,
    # and what comes after it may not be lost.
    owed = exists().where(
        Notice.once == literal(f"{kind}:") + NoticeWindow.public_id, Notice.fanned_out_at.is_(None)
    )
    return set(
        session.scalars(
            select(NoticeWindow.participant_id).where(
                NoticeWindow.participant_id.in_(set(participant_ids)),
                NoticeWindow.closes_at > moment,
                owed,
            )
        )
    )
