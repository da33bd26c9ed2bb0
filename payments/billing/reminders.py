"""Reminders by the firm's schedule: so many days before, on, or after the due day (FEATURES D8)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from payments.billing.handed_out import DocumentLink, Sending
from payments.billing.models import Bill, BillStatus
from payments.billing.payables import Payable, kind_of
from payments.billing.requested import TrustRequest
from payments.billing.sending import REMINDER, Addressed, hand_over, language_of
from payments.billing.settings import billing_settings
from portal.clients.models import Contact, ContactEmail
from portal.core import clock, db, jobs
from portal.firm.brand import brand
from portal.outbox.models import Delivery, DeliveryState, Notice
from portal.outbox.registry import same_address

BY = "job"
BATCH = 100
# A worker that stood still sends what it missed, but nobody is reminded of weeks ago; nor are
# all the old bills of a firm that turns reminders on.
MISSED_DAYS_MAX = 7


@dataclass(frozen=True, slots=True)
class Schedule:
    """The day where the firm is, and the days of its schedule, counted from the due day."""

    today: date
    offsets: tuple[int, ...]
    zone: ZoneInfo

    def due_days(self) -> set[date]:
        """The due days of which some moment fell on today or on the days just missed."""
        missed = range(MISSED_DAYS_MAX)
        return {self.today - timedelta(offset + days) for offset in self.offsets for days in missed}

    def latest(self, due_on: date) -> int | None:
        """The latest moment of a due day that has come; None where it is too long ago."""
        oldest = self.today - timedelta(MISSED_DAYS_MAX - 1)
        come = [one for one in self.offsets if due_on + timedelta(one) <= self.today]
        last = max(come, default=None)
        return None if last is None or due_on + timedelta(last) < oldest else last

    def day_of(self, moment: datetime) -> date:
        """The day of a moment where the firm is."""
        return moment.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class _Table:
    """Where to look for the one kind of document."""

    kind: type[Bill] | type[TrustRequest]
    left: ColumnElement[int]
    named: InstrumentedAttribute[Any]


_TABLES = (
    _Table(Bill, Bill.total_cents - Bill.applied_cents - Bill.reserved_cents, Sending.bill_id),
    _Table(
        TrustRequest,
        TrustRequest.amount_cents - TrustRequest.paid_cents - TrustRequest.reserved_cents,
        Sending.trust_request_id,
    ),
)


@jobs.recurring("billing.remind", every=timedelta(hours=1))
def remind_by_schedule() -> None:
    """Owe the reminders whose moment has come. Asked every hour, so that they go out early on the
    firm's day, and again after any crash: what was owed before is not owed twice."""
    with db.read() as session:
        schedule = _schedule(session)
    if schedule is None:
        return
    for table in _TABLES:
        after = (date.min, 0)
        while True:
            with db.transaction() as session:
                found = _due(session, table, schedule, after)
                _remind(session, table, schedule, found)
            if len(found) < BATCH:
                break
            last = found[-1]
            after = (last.due_on or date.min, last.id)


def _schedule(session: Session) -> Schedule | None:
    settings = billing_settings(session)
    offsets = tuple(int(days) for days in settings.reminder_days)
    if not settings.reminders or not offsets:
        return None
    zone = ZoneInfo(brand(session).timezone)
    return Schedule(clock.now().astimezone(zone).date(), offsets, zone)


def _due(
    session: Session, table: _Table, schedule: Schedule, after: tuple[date, int]
) -> Sequence[Payable]:
    """The next documents of which a moment has come, by due day, and nobody else's for now.

    Only what asks for something and of which an email left the house before, or that was shared in
    the client portal: nobody first hears of a bill by a reminder.
    """
    kind, (due_on, last_id) = table.kind, after
    later = or_(kind.due_on > due_on, (kind.due_on == due_on) & (kind.id > last_id))
    return session.scalars(
        select(kind)
        .where(kind.status == BillStatus.AWAITING_PAYMENT, table.left > 0)
        .where(kind.due_on.in_(schedule.due_days()), later)
        .where(exists().where(table.named == kind.id, _heard(DeliveryState.SENT)))
        .order_by(kind.due_on, kind.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)  # whoever pays just now is asked about next time
    ).all()


def _remind(session: Session, table: _Table, schedule: Schedule, found: Sequence[Payable]) -> None:
    last = _last_sent(session, table, [one.id for one in found])
    wanted = {
        one.id: once
        for one in found
        if (once := _moment(one, schedule, last.get(one.id))) is not None
    }
    owed_before = set(
        session.scalars(select(Sending.once).where(Sending.once.in_(wanted.values())))
    )
    due = [one for one in found if one.id in wanted and wanted[one.id] not in owed_before]
    if not due:
        return
    face = brand(session)
    clients = _clients(session, {one.client_id for one in due})
    written_to = _written_to(session, [last[one.id].sending_id for one in due])
    for one in due:
        contact = clients[one.client_id]
        chosen = _addresses(contact, written_to.get(last[one.id].sending_id, ()))
        if chosen:
            to = Addressed(contact.name, language_of(contact, face), chosen)
            hand_over(session, one, to, once=wanted[one.id], kind=REMINDER, by=BY)


@dataclass(frozen=True, slots=True)
class _Last:
    """The sending before: which, and when."""

    sending_id: int
    at: datetime


def _reached(*states: DeliveryState) -> ColumnElement[bool]:
    """That some email of a sending came to one of these states."""
    return (
        exists()
        .where(DocumentLink.sending_id == Sending.id, Notice.once == DocumentLink.notice_once)
        .where(Delivery.notice_id == Notice.id, Delivery.state.in_(states))
        .correlate(Sending)
    )


def _heard(*states: DeliveryState) -> ColumnElement[bool]:
    """That the client knows by a sending: of its emails, or as it was shared in their portal."""
    return or_(Sending.shared, _reached(*states))


def _last_sent(session: Session, table: _Table, found: Collection[int]) -> Mapping[int, _Last]:
    """The latest sending of each that reached its client, or may yet."""
    newest = (
        select(func.max(Sending.id))
        .where(table.named.in_(found), _heard(DeliveryState.SENT, DeliveryState.OWED))
        .group_by(table.named)
    )
    rows = session.execute(
        select(table.named, Sending.id, Sending.made_at).where(Sending.id.in_(newest))
    )
    return {row[0]: _Last(row[1], row[2]) for row in rows}


def _moment(one: Payable, schedule: Schedule, last: _Last | None) -> str | None:
    """The name of the moment that a document is reminded of now; None for none.

    One whose client was written to on the moment's day or since needs no reminder: so several
    moments that were missed together make one email.
    """
    if one.due_on is None or last is None:
        return None
    offset = schedule.latest(one.due_on)
    if offset is None or schedule.day_of(last.at) >= one.due_on + timedelta(offset):
        return None
    return f"reminder:{kind_of(one)}:{one.id}:{one.due_on.isoformat()}:{offset}"


def _clients(session: Session, client_ids: Collection[int]) -> dict[int, Contact]:
    found = session.scalars(
        select(Contact).where(Contact.id.in_(client_ids)).options(selectinload(Contact.emails))
    )
    return {contact.id: contact for contact in found}


def _written_to(session: Session, sending_ids: Collection[int]) -> Mapping[int, list[str]]:
    rows = session.execute(
        select(DocumentLink.sending_id, DocumentLink.address)
        .where(DocumentLink.sending_id.in_(sending_ids))
        .order_by(DocumentLink.id)
    )
    found: dict[int, list[str]] = {}
    for sending_id, address in rows:
        if sending_id is not None:
            found.setdefault(sending_id, []).append(address)
    return found


def _addresses(contact: Contact, before: Collection[str]) -> list[str]:
    """Where it was sent before, as far as these are still the client's; else the primary one."""
    keys = {same_address(one) for one in before}
    kept = [one.address for one in contact.emails if same_address(one.address) in keys]
    return kept or [one.address for one in primary_first(contact.emails)[:1]]


def primary_first(emails: Sequence[ContactEmail]) -> list[ContactEmail]:
    """A client's addresses, the primary one first, then as they are listed."""
    return sorted(emails, key=lambda one: not one.is_primary)
