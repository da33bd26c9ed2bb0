"""Taking an event in, and handling it: read the object again, take the step that it shows."""

import re
from datetime import timedelta
from typing import cast

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from payments.accounts.actions import owe_check
from payments.accounts.models import BankAccount
from payments.gateway.current import gateway
from payments.gateway.errors import NotFound, Unavailable
from payments.gateway.results import (
    UNCONFIRMED,
    GatewayEvent,
    GatewayPayment,
    IntentStatus,
    ProcessorAccount,
)
from payments.methods import actions as methods
from payments.methods import resolving as setups
from payments.transactions import found
from payments.transactions.models import Payment
from payments.transactions.observing import Sight, observe
from payments.webhooks.models import ProcessorEvent
from portal.core import audit, clock, db, jobs
from portal.notifications.actions import raise_alert, seen_to

HANDLE = "webhooks.handle"
PUT_ASIDE = "event_put_aside"
DETACHED = "payment_method.detached"
SETUP = "setup_intent."
ACCOUNT_UPDATED = "account.updated"
ASK_AGAIN = timedelta(minutes=1)
# The processor can be quicker than our own commit: an event may come before its payment's intent
# id is kept. After this it is nobody's.
UNKNOWN_FOR_MAX = timedelta(minutes=5)

# Longer than the processor repeats itself (3 days) or lists its events (30 days).
KEPT_FOR = timedelta(days=90)
SWEPT_AT_ONCE = 5_000

ACCOUNT_CHARS_MAX = 64
_NAME = re.compile(r"[!-~]{1,80}")
_NOTHING_TAKEN = UNCONFIRMED | {IntentStatus.CANCELED}

_EVENTS = cast(Table, ProcessorEvent.__table__)
_KEEP = {
    dialect: insert(_EVENTS)
    .on_conflict_do_nothing(index_elements=["account", "event_id"])
    .returning(_EVENTS.c.id)
    for dialect, insert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
_PAYMENT_OF = select(Payment.id).where(Payment.intent_id == bindparam("intent"))
_SETTLE = update(_EVENTS).where(_EVENTS.c.id == bindparam("event"))


def can_be_kept(event: GatewayEvent) -> bool:
    """Whether its names are such as the processor gives: plain characters, no more than we keep."""
    names = (event.event_id, event.type, event.object_id or "-", event.intent_id or "-")
    account = event.account_id or "-"
    plain = all(isinstance(name, str) and _NAME.fullmatch(name) for name in (*names, account))
    return plain and len(account) <= ACCOUNT_CHARS_MAX


def take_in(session: Session, event: GatewayEvent, told_by: str) -> int | None:
    """Keep the event and owe its handling; None where it is known (Stripe repeats itself)."""
    values = {
        "account": event.account_id or "",
        "event_id": event.event_id,
        "type": event.type,
        "object_id": event.object_id,
        "intent_id": event.intent_id,
        "told_by": told_by,
        "received_at": clock.now(),
    }
    event_row = db.insert_row(session, _KEEP, values).scalar_one_or_none()
    if event_row is not None:
        jobs.enqueue(session, HANDLE, event=event_row)
    return event_row


@jobs.handler(HANDLE)
def handle(event: int) -> None:
    """Read again what the event is about, outside any transaction, and record what it shows."""
    with db.read() as session:
        row = session.get_one(ProcessorEvent, event)
        payment_id = _payment_of(session, row)
        known = _known_account(session, row.account)
    if row.handled_at is not None:
        return
    if not known:
        _put_aside(row, f"It came from {row.account}, which is no account of this firm.")
    elif row.type == DETACHED:
        _look_at_method(row)
    elif row.type.startswith(SETUP):
        _look_at_setup(row)
    elif row.type == ACCOUNT_UPDATED:
        _look_at_account(row)
    elif row.intent_id is None:
        _mark_handled(row)
    elif payment_id is None:
        _stranger(row)
    else:
        _look(row, payment_id)


def _look(row: ProcessorEvent, payment_id: int) -> None:
    try:
        snapshot = _read_again(row)
    except NotFound:  # it names one of our payments, and another account than the payment's own
        _put_aside(row, "The processor knows no such payment on that account.")
        return
    with db.transaction() as session:
        observe(session, payment_id, Sight(snapshot, row.told_by))
        _settle(session, row, None)


def _look_at_method(row: ProcessorEvent) -> None:
    try:
        methods.look(ProcessorAccount(row.account or None), row.object_id)
    except Unavailable as unavailable:
        raise jobs.Again(clock.now() + ASK_AGAIN) from unavailable
    _mark_handled(row)


def _look_at_setup(row: ProcessorEvent) -> None:
    try:
        setups.look_at_setup(ProcessorAccount(row.account or None), row.object_id)
    except Unavailable as unavailable:
        raise jobs.Again(clock.now() + ASK_AGAIN) from unavailable
    except NotFound:
        _put_aside(row, "The processor knows no such setup on that account.")
        return
    _mark_handled(row)


def _look_at_account(row: ProcessorEvent) -> None:
    """Its settings may have changed, and with them whether trust money is safe there (M4)."""
    with db.transaction() as session:
        owe_check(session, row.account or None)
        _settle(session, row, None)


def _payment_of(session: Session, row: ProcessorEvent) -> int | None:
    if row.intent_id is None:
        return None
    return session.scalar(_PAYMENT_OF, {"intent": row.intent_id})


def _known_account(session: Session, account: str) -> bool:
    found = select(BankAccount.id).where(BankAccount.processor_account == account).limit(1)
    return account == "" or session.scalar(found) is not None


def _read_again(row: ProcessorEvent) -> GatewayPayment:
    try:
        return gateway().get_payment(ProcessorAccount(row.account or None), row.intent_id or "")
    except Unavailable as unavailable:
        raise jobs.Again(clock.now() + ASK_AGAIN) from unavailable


def _stranger(row: ProcessorEvent) -> None:
    """An event about a payment that we do not know: wait for our own commit, then look at it."""
    if clock.now() - row.received_at < UNKNOWN_FOR_MAX:
        raise jobs.Again(clock.now() + ASK_AGAIN)
    try:
        snapshot = _read_again(row)
    except NotFound:
        _put_aside(row, "The processor knows no such payment.")
        return
    named = snapshot.metadata.get("payment_id")
    with db.read() as session:
        begun = session.scalar(
            select(Payment.id).where(Payment.public_id == named, Payment.intent_id.is_(None))
        )
    if named is None:  # not made here: an invoice, a terminal
        _mark_handled(row)
    elif begun is None and found.is_ours(snapshot):
        _lost(row, snapshot)
    elif begun is not None and snapshot.status in _NOTHING_TAKEN:
        # An attempt that died before its intent's id was kept was never confirmed, unless these
        # books are a backup's of that very moment.
        _mark_handled(row)
    else:
        _put_aside(row, "No payment of this firm belongs to it.")


def _lost(row: ProcessorEvent, snapshot: GatewayPayment) -> None:
    """Book a payment that these books, put back from a backup, have lost (FEATURES X8)."""
    try:
        if found.tells_nothing(snapshot) or found.take_in(snapshot, row.account, row.told_by):
            _mark_handled(row)
            return
    except IntegrityError as there:
        with db.read() as session:
            is_here = _payment_of(session, row) is not None
        if is_here:  # another of its events has brought it meanwhile
            raise jobs.Again(clock.now()) from there
    _put_aside(row, "It seems to be this firm's, and fits nothing that these books know.")


def _put_aside(row: ProcessorEvent, why: str) -> None:
    with db.transaction() as session:
        raise_alert(
            session,
            PUT_ASIDE,
            f"event:{row.event_id}",
            f"The processor reported {row.type} for {row.object_id}. {why} Nothing was booked.",
        )
        _settle(session, row, why)


def read_again(session: Session, event_id: str, *, by: str) -> bool:
    """Have an event that was put aside handled once more, as if it had just come; what it tells of
    may be known by now. False where none waits: it was handled, or is being read already."""
    aside = (ProcessorEvent.event_id == event_id, ProcessorEvent.problem.is_not(None))
    rows = session.scalars(select(ProcessorEvent).where(*aside).with_for_update()).all()
    for row in rows:
        row.handled_at = row.problem = None
        session.flush()
        jobs.enqueue(session, HANDLE, event=row.id)
    if rows:
        audit.record(session, by, "event.read_again", f"event:{event_id}"[:120])
        seen_to(session, PUT_ASIDE, f"event:{event_id}", by=by)
    return bool(rows)


def _mark_handled(row: ProcessorEvent) -> None:
    with db.transaction() as session:
        _settle(session, row, None)


def _settle(session: Session, row: ProcessorEvent, problem: str | None) -> None:
    settled = {"event": row.id, "handled_at": clock.now(), "problem": problem}
    db.writing(session).execute(_SETTLE, settled)


@jobs.recurring("webhooks.sweep", every=timedelta(days=1))
def sweep() -> None:
    """Forget handled events that nobody can deliver again. Those put aside are kept."""
    old = (
        select(ProcessorEvent.id)
        .where(
            ProcessorEvent.received_at < clock.now() - KEPT_FOR,
            ProcessorEvent.handled_at.is_not(None),
            ProcessorEvent.problem.is_(None),
        )
        .order_by(ProcessorEvent.id)
        .limit(SWEPT_AT_ONCE)
    )
    with db.transaction() as session:
        session.execute(delete(ProcessorEvent).where(ProcessorEvent.id.in_(old)))
