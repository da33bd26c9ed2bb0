"""Which client portal a bill or trust request may go through, and sharing it there (FEATURES D3,
D4).

A portal belongs to one matter, and whoever takes part sees all that is in it. So what names several
matters, or none, never goes there; and a portal must be open already.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from payments.billing.bulk_why import Why
from payments.billing.models import Bill, BillLine
from payments.billing.payables import Payable, kind_of
from payments.billing.shared import share_kind, title_of
from portal.access.actions import invite_missing
from portal.access.models import ClientPortal, Participant
from portal.access.queries import NOW
from portal.clients.queries import matter_by_id
from portal.core.errors import Invalid
from portal.documents import audience, sharing
from portal.documents.audience import Reader
from portal.documents.models import Share
from portal.feed.people import Person
from portal.firm.models import User

Key = tuple[str, int]
"""A document by its kind, as `payables.kind_of` says it, and its id."""
_NEVER = {"bill": Why.MATTERS, "trust-request": Why.CLIENT_LEVEL}


@dataclass(frozen=True, slots=True)
class Way:
    """The one matter through whose portal a document may go, or why it cannot."""

    matter_id: int | None
    why: Why = Why.AS_ASKED


def portal_problem(session: Session, payable: Payable) -> str | None:
    """Why this cannot go through a client portal, in a sentence for staff; None where it can."""
    why = portal_why(session, payable)
    return None if why is None else _sentence(why)


def portal_why(session: Session, payable: Payable) -> Why | None:
    """Why this cannot go through a client portal; None where it can."""
    way = _way(session, payable)
    return way.why if way.matter_id is None else None


def portal_whys(
    session: Session, bill_ids: Collection[int], requests: Mapping[int, int | None]
) -> dict[Key, Why]:
    """The same of many, in two SELECTs; what can go there is left out. `requests` has the matter
    of each trust request by its id."""
    ways = _ways(session, bill_ids, requests)
    return {key: way.why for key, way in ways.items() if way.matter_id is None}


def _way(session: Session, payable: Payable) -> Way:
    key = (kind_of(payable), payable.id)
    if isinstance(payable, Bill):
        return _ways(session, [payable.id], {})[key]
    return _ways(session, [], {payable.id: payable.matter_id})[key]


def _ways(
    session: Session, bill_ids: Collection[int], requests: Mapping[int, int | None]
) -> dict[Key, Way]:
    named = _matters_of_bills(session, bill_ids)
    matters: dict[Key, frozenset[int]] = {
        **{("bill", one): named.get(one, frozenset()) for one in bill_ids},
        **{
            ("trust-request", one): frozenset(() if at is None else (at,))
            for one, at in requests.items()
        },
    }
    portals = _portals(session, {one for ids in matters.values() if len(ids) == 1 for one in ids})
    return {
        key: _through(portals, *ids) if len(ids) == 1 else Way(None, _NEVER[key[0]])
        for key, ids in matters.items()
    }


def _matters_of_bills(session: Session, bill_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    """The matters that the lines of these bills name: the first and the last, which are the same
    where there is only one."""
    rows = session.execute(
        select(BillLine.bill_id, func.min(BillLine.matter_id), func.max(BillLine.matter_id))
        .where(BillLine.bill_id.in_(bill_ids))
        .group_by(BillLine.bill_id)
    )
    return {bill_id: frozenset((first, last)) for bill_id, first, last in rows}


def _portals(session: Session, matter_ids: Collection[int]) -> Mapping[int, bool]:
    """The portals of these matters that are open, and whether any client takes part in each."""
    clients = exists().where(
        Participant.matter_id == ClientPortal.matter_id, Participant.contact_id.is_not(None), NOW
    )
    rows = session.execute(
        select(ClientPortal.matter_id, clients).where(ClientPortal.matter_id.in_(matter_ids))
    )
    return {matter_id: bool(someone) for matter_id, someone in rows}


def _through(portals: Mapping[int, bool], matter_id: int) -> Way:
    if matter_id not in portals:
        return Way(None, Why.NO_PORTAL)
    return Way(matter_id) if portals[matter_id] else Way(None, Why.NOBODY)


def _sentence(why: Why) -> str:
    told = {
        Why.MATTERS: _(
            "Never for a bill with several matters: people who see one matter would see the "
            "others. It goes by email."
        ),
        Why.CLIENT_LEVEL: _(
            "Never for a trust request of the client as a whole: a portal belongs to one matter. "
            "It goes by email."
        ),
        Why.NO_PORTAL: _("There is no client portal for this matter yet. Send it by email."),
        Why.NOBODY: _("No client takes part in this matter’s portal now. Send it by email."),
    }
    return told[why]


def put_into_portal(
    session: Session, payable: Payable, *, by: str, told_otherwise: Collection[str] = ()
) -> None:
    """Share a document in its matter's portal as the user `by`, unless it is shared already.

    `told_otherwise` are addresses that get an email about it anyway: they get no notice of the
    portal besides (FEATURES D3). The document is locked. Raises `Invalid` beside the field where it
    cannot go there, and ValueError for an actor who is no user.
    """
    way = _way(session, payable)
    if way.matter_id is None:
        raise Invalid(_sentence(way.why), "portal")
    if is_shared(session, payable):
        return
    matter, person = matter_by_id(session, way.matter_id), _person(session, by)
    sharing.start_other(
        session,
        matter,
        by=person,
        kind=share_kind(payable),
        subject_id=payable.public_id,
        name=title_of(payable),
        told_otherwise=told_otherwise,
    )
    invite_missing(session, matter, person)


def readers(session: Session, payable: Payable) -> list[Reader]:
    """The clients who see what goes into the portal of this document; none where it has none."""
    way = _way(session, payable)
    if way.matter_id is None:
        return []
    return audience.readers(session, matter_by_id(session, way.matter_id))


def is_shared(session: Session, payable: Payable) -> bool:
    """Whether it is shared in a portal now."""
    here = (Share.kind == share_kind(payable), Share.subject_id == payable.public_id)
    return bool(session.scalar(select(exists().where(*here, Share.stopped_at.is_(None)))))


def stop_if_mixed(session: Session, bill: Bill, *, by: str) -> bool:
    """Stop sharing a bill that was changed and names other matters now: whoever takes part in the
    one portal may not see them (FEATURES D4). Answers whether anything was stopped."""
    here = (Share.kind == share_kind(bill), Share.subject_id == bill.public_id)
    matters = {line.matter_id for line in bill.lines}
    stopped = False
    for share in session.scalars(select(Share).where(*here, Share.stopped_at.is_(None))).all():
        if matters != {share.matter_id}:
            sharing.stop(session, share, by=_person(session, by), name=title_of(bill))
            stopped = True
    return stopped


def _person(session: Session, actor: str) -> Person:
    user = session.scalar(select(User).where(User.public_id == actor.removeprefix("user:")))
    if user is None:
        raise ValueError(f"{actor} is no user")
    return Person(user.id, None, actor, user.name)
