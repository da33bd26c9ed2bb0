"""How a bulk sending goes: how far it is, and what became of each document (FEATURES D5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from payments.billing.bulk import BulkItem, BulkSending, ItemState
from payments.billing.bulk_running import job_key
from payments.billing.closed import is_closed
from payments.billing.handed_out import DocumentLink, Sending
from payments.billing.models import Bill
from payments.billing.requested import TrustRequest
from portal.clients.access import Closed
from portal.clients.models import Contact
from portal.core.errors import Missing
from portal.core.jobs import Job, JobState
from portal.outbox.models import Delivery, DeliveryState, Notice
from portal.web.pagination import PAGE_ROWS, Page, cut


class Result(StrEnum):
    """What became of one document. *going*: its email is owed, and not taken yet."""

    WAITING = "waiting"
    GOING = "going"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


_FATE: ColumnElement[str] = case(
    (BulkItem.state != ItemState.SENT, BulkItem.state),
    (DocumentLink.id.is_(None), Result.SENT),  # through the portal alone
    (Delivery.state == DeliveryState.SENT, Result.SENT),
    (Delivery.state == DeliveryState.WITHDRAWN, Result.SKIPPED),
    (Delivery.state == DeliveryState.OWED, Result.GOING),
    (Delivery.id.is_(None), Result.GOING),
    else_=Result.FAILED,
)


_COLUMNS: tuple[Any, ...] = (
    BulkItem.position,
    BulkItem.told,
    BulkItem.bill_id,
    Bill.public_id.label("bill_public_id"),
    Bill.number.label("bill_number"),
    TrustRequest.public_id.label("request_public_id"),
    TrustRequest.number.label("request_number"),
    Contact.name.label("client_name"),
    Sending.shared,
    DocumentLink.address,
    Delivery.last_reply,
    _FATE.label("result"),
)
_LISTED = select(*_COLUMNS)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many documents have come to which result."""

    waiting: int = 0
    going: int = 0
    sent: int = 0
    skipped: int = 0
    failed: int = 0

    @property
    def all(self) -> int:
        """How many there are."""
        return self.waiting + self.going + self.done

    @property
    def done(self) -> int:
        """Of how many nothing more is to come."""
        return self.sent + self.skipped + self.failed

    @property
    def quarters(self) -> int:
        """How many quarters are done, 0 to 4: each is announced (UX S8)."""
        return self.done * 4 // self.all if self.all else 4

    @property
    def mark(self) -> str:
        """A short mark of all of it, for an open page to say what it shows."""
        return "-".join(str(count) for count in self._counts)

    @property
    def _counts(self) -> tuple[int, ...]:
        return self.waiting, self.going, self.sent, self.skipped, self.failed

    @classmethod
    def read(cls, mark: str) -> Self | None:
        """What a page shows, by its mark; None for what is no mark."""
        parts = mark.split("-")
        fit = [one for one in parts if one.isascii() and one.isdigit() and len(one) <= len("5000")]
        return cls(*map(int, fit)) if len(parts) == len(fit) == len(Result) else None


def bulk_sending(session: Session, public_id: str) -> BulkSending:
    """The bulk sending that pages name by this id. Raises `Missing`."""
    found = session.scalar(select(BulkSending).where(BulkSending.public_id == public_id))
    if found is None:
        raise Missing("There is no such bulk sending.")
    return found


def progress(session: Session, sending: BulkSending) -> Progress:
    """How far it is, in one statement for however many documents."""
    each = _with_emails(select(_FATE.label("fate")))
    fates = each.where(BulkItem.bulk_sending_id == sending.id).subquery()
    rows = session.execute(select(fates.c.fate, func.count()).group_by(fates.c.fate))
    return Progress(**{str(fate): int(count) for fate, count in rows})


def stands_still(session: Session, sending: BulkSending) -> bool:
    """Whether nobody is at what still waits: its job was given up."""
    owed = (Job.unique_key == job_key(sending.id), Job.state == JobState.OWED)
    return session.scalar(select(Job.id).where(*owed).limit(1)) is None


def not_open(session: Session, sending: BulkSending, closed: Closed) -> int:
    """How many of its documents are of matters that are closed to whoever looks."""
    if not closed:
        return 0
    counted = (
        select(func.count())
        .select_from(BulkItem)
        .outerjoin(TrustRequest, TrustRequest.id == BulkItem.trust_request_id)
        .where(BulkItem.bulk_sending_id == sending.id, ~_open(closed))
    )
    return session.scalar(counted) or 0


def items(
    session: Session,
    sending: BulkSending,
    closed: Closed,
    result: Result | None = None,
    *,
    before: int | None = None,
    after: int | None = None,
) -> Page[Row[Any]]:
    """A page of its documents in the order in which they are sent, what is closed left out: those
    that come after the position `before`, or before the position `after`."""
    position = BulkItem.position
    statement = (
        _with_emails(_LISTED)
        .outerjoin(Bill, Bill.id == BulkItem.bill_id)
        .outerjoin(TrustRequest, TrustRequest.id == BulkItem.trust_request_id)
        .outerjoin(Contact, Contact.id == func.coalesce(Bill.client_id, TrustRequest.client_id))
        .outerjoin(Sending, Sending.id == BulkItem.sending_id)
        .where(BulkItem.bulk_sending_id == sending.id, _open(closed))
    )
    if result is not None:
        statement = statement.where(_FATE.in_([result]))
    if after is not None:
        statement = statement.where(position < after).order_by(position.desc())
    else:
        statement = statement.where(position > (before or 0)).order_by(position)
    rows = session.execute(statement.limit(PAGE_ROWS + 1)).all()
    return cut(rows, lambda row: row.position, before=before, after=after)


def _open(closed: Closed) -> ColumnElement[bool]:
    """That an item's document is open to whoever looks. The statement knows trust requests."""
    kept = closed.left_out(TrustRequest.matter_id)
    bills = [or_(BulkItem.bill_id.is_(None), ~is_closed(closed, BulkItem.bill_id))]
    return and_(True, *(bills if closed else []), *kept)


def _with_emails(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        statement.select_from(BulkItem)
        .outerjoin(DocumentLink, DocumentLink.sending_id == BulkItem.sending_id)
        .outerjoin(Notice, Notice.once == DocumentLink.notice_once)
        .outerjoin(Delivery, Delivery.notice_id == Notice.id)
    )


def past(
    session: Session, *, before: int | None = None, after: int | None = None
) -> Page[BulkSending]:
    """A page of all bulk sendings, newest first."""
    statement = select(BulkSending)
    if after is not None:
        statement = statement.where(BulkSending.id > after).order_by(BulkSending.id)
    else:
        older = [BulkSending.id < before] if before is not None else []
        statement = statement.where(*older).order_by(BulkSending.id.desc())
    rows = session.scalars(statement.limit(PAGE_ROWS + 1)).all()
    return cut(rows, lambda row: row.id, before=before, after=after)


def standing(session: Session, sendings: Sequence[BulkSending]) -> Mapping[int, Mapping[str, int]]:
    """How many of each one's documents stand in which state, by id."""
    rows = session.execute(
        select(BulkItem.bulk_sending_id, BulkItem.state, func.count())
        .where(BulkItem.bulk_sending_id.in_([one.id for one in sendings]))
        .group_by(BulkItem.bulk_sending_id, BulkItem.state)
    )
    found: dict[int, dict[str, int]] = {one.id: {} for one in sendings}
    for sending_id, state, count in rows:
        found[sending_id][state] = count
    return found
