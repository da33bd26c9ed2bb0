"""What was sent of a bill or trust request, to whom, and what became of each email."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from payments.billing.handed_out import DocumentLink, Sending
from payments.billing.payables import Payable
from payments.billing.sending import of_payable, portal_alone
from portal.outbox.models import FAILED, Delivery, DeliveryState, Notice

SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class SentEmail:
    """One email of a sending. `delivery_id` is the delivery's public id, none before there is one;
    `at` is when it was sent, or last stood still; `reply` are the mail server's words."""

    name: str
    address: str
    state: DeliveryState
    at: datetime
    reply: str
    delivery_id: str | None

    @property
    def failed(self) -> bool:
        """Whether it may be sent again."""
        return self.state in FAILED


@dataclass(frozen=True, slots=True)
class SentOnce:
    """One press of **Send**, or one reminder, with its emails in the order of the recipients.
    `shared`: it went to the client portal (FEATURES D3)."""

    at: datetime
    by: str
    reminds: bool
    message: str
    shared: bool
    emails: Sequence[SentEmail]


@dataclass(frozen=True, slots=True)
class History:
    """How often a document was sent and reminded of, and the latest of both, newest first."""

    sent: int
    reminded: int
    latest: Sequence[SentOnce]


def history(session: Session, payable: Payable) -> History:
    """Everything that left the house about this document, by email and through the portal."""
    counts = dict(
        session.execute(
            select(Sending.kind, func.count()).where(of_payable(payable)).group_by(Sending.kind)
        ).all()
    )
    latest = session.scalars(
        select(Sending).where(of_payable(payable)).order_by(Sending.id.desc()).limit(SHOWN_MAX)
    ).all()
    emails = _emails(session, [sending.id for sending in latest])
    told = [
        SentOnce(
            at=one.made_at,
            by=one.made_by,
            reminds=one.kind == "reminder",
            message=one.message,
            shared=one.shared,
            emails=emails[one.id],
        )
        for one in latest
    ]
    return History(int(counts.get("sent", 0)), int(counts.get("reminder", 0)), told)


def message_in_portal(session: Session, payable: Payable) -> str:
    """What the firm wrote when it last sent this document through the client portal alone; empty
    for nothing."""
    told = (of_payable(payable), portal_alone())
    latest = select(Sending.message).where(*told).order_by(Sending.id.desc()).limit(1)
    return session.scalar(latest) or ""


def _emails(session: Session, sending_ids: Sequence[int]) -> dict[int, list[SentEmail]]:
    rows = session.execute(
        select(DocumentLink, Notice, Delivery)
        .join(Notice, Notice.once == DocumentLink.notice_once)
        .outerjoin(Delivery, Delivery.notice_id == Notice.id)
        .where(DocumentLink.sending_id.in_(sending_ids))
        .order_by(DocumentLink.id)
    ).all()
    found: dict[int, list[SentEmail]] = {one: [] for one in sending_ids}
    for link, notice, delivery in rows:
        if link.sending_id is not None:
            found[link.sending_id].append(_email(link, notice, delivery))
    return found


def _email(link: DocumentLink, notice: Notice, delivery: Delivery | None) -> SentEmail:
    if delivery is None:  # nobody was left to be told when its turn came
        over = notice.fanned_out_at is not None
        state = DeliveryState.WITHDRAWN if over else DeliveryState.OWED
        at = notice.fanned_out_at or notice.owed_at
        return SentEmail(link.name, link.address, state, at, "", None)
    return SentEmail(
        link.name,
        link.address,
        DeliveryState(delivery.state),
        delivery.sent_at or delivery.first_tried_at or delivery.owed_at,
        delivery.last_reply,
        delivery.public_id,
    )


def delivery_of(session: Session, payable: Payable, public_id: str) -> Delivery | None:
    """One email of this document by its public id; none where it is another's."""
    return session.scalar(
        select(Delivery)
        .join(Notice, Notice.id == Delivery.notice_id)
        .join(DocumentLink, DocumentLink.notice_once == Notice.once)
        .join(Sending, Sending.id == DocumentLink.sending_id)
        .where(Delivery.public_id == public_id, of_payable(payable))
    )
