"""The job that sends what a bulk sending wrote down (FEATURES D5).

A few documents in each short transaction, in which their items are settled too: so a crash neither
loses nor repeats one, and two workers never send the same. After these it goes to the end of the
queue, so that payments never wait behind five thousand emails.
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from payments.billing.bulk import BulkItem, BulkSending, ItemState
from payments.billing.bulk_running import JOB
from payments.billing.bulk_sending import in_closed
from payments.billing.bulk_ways import addresses_of
from payments.billing.bulk_why import Toggles, Way, way_of, words
from payments.billing.models import Bill
from payments.billing.payables import Payable, refuse_unpayable
from payments.billing.portals import portal_why
from payments.billing.requested import TrustRequest
from payments.billing.sending import ToSend, send
from portal.clients.access import NOTHING_CLOSED, Closed, closed_to
from portal.clients.models import ContactEmail
from portal.core import clock, db
from portal.core.errors import Conflict, Invalid
from portal.core.jobs import Again, handler
from portal.firm.models import User

CHUNK, TOGETHER = 10, 5
BUSY_WAIT = timedelta(seconds=1)
TOLD_CHARS_MAX = 500

log = structlog.get_logger("billing")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of an item, in words where it needs them."""

    state: ItemState
    told: str = ""
    sending_id: int | None = None


@handler(JOB)
def bulk_send(bulk_sending_id: int) -> None:
    """Send the next few, and raise `Again` while any are waiting."""
    left, together = CHUNK, _together(bulk_sending_id)
    while left > 0:
        settled = _send_next(bulk_sending_id, min(together, left))
        if not settled:
            break
        left -= settled
    else:
        raise Again(clock.now())
    with db.read() as session:
        if session.scalar(_waiting(bulk_sending_id, 1)) is not None:
            raise Again(clock.now() + BUSY_WAIT)  # another worker is at them, and may yet die


def _together(bulk_sending_id: int) -> int:
    """How many share a transaction. What goes through a portal locks that portal, and several of
    these in one transaction could meet another's in the other order."""
    with db.read() as session:
        return 1 if session.get_one(BulkSending, bulk_sending_id).portal else TOGETHER


def _waiting(bulk_sending_id: int, count: int) -> Select[BulkItem]:
    return (
        select(BulkItem)
        .where(BulkItem.bulk_sending_id == bulk_sending_id, BulkItem.state == ItemState.WAITING)
        .order_by(BulkItem.position)
        .limit(count)
    )


def _send_next(bulk_sending_id: int, count: int) -> int:
    """Send the first that wait and are nobody else's; answers how many are settled by it.

    All of them stand or none: where one fails, each has its turn alone.
    """
    tried: list[tuple[int, int]] = []
    try:
        with db.transaction() as session:
            waiting = _waiting(bulk_sending_id, count).with_for_update(skip_locked=True)
            items = session.scalars(waiting).all()
            if not items:
                return 0
            tried = [(item.id, item.tries) for item in items]
            run = session.get_one(BulkSending, bulk_sending_id)
            closed = _closed_to_sender(session, run.made_by)
            for item in sorted(items, key=_order_of_locks):
                _settle(item, _sent(session, run, item, closed))
    except DBAPIError:
        raise  # the whole job comes back later; nothing was sent of these
    except Exception as why:
        if not tried:
            raise
        if len(tried) > 1:
            return sum(_send_next(bulk_sending_id, 1) for _nth in tried)
        _fail(*tried[0], why)
    return len(tried)


def _order_of_locks(item: BulkItem) -> tuple[bool, int]:
    """Bills by id, then trust requests, as everywhere (docs/decisions/0005-receipts.md)."""
    return (item.bill_id is None, item.bill_id or item.trust_request_id or 0)


def _sent(session: Session, run: BulkSending, item: BulkItem, closed: Closed) -> _Outcome:
    """Send one document the way that is open to it now. Raises `Invalid` and `Conflict`."""
    if closed and session.scalar(select(in_closed(closed)).where(BulkItem.id == item.id)):
        raise Conflict(_("Its matter is closed to whoever pressed Send, so it was not sent."))
    payable = _locked(session, item)
    try:
        refuse_unpayable(payable)
    except Conflict as why:
        return _Outcome(ItemState.SKIPPED, str(why))
    address = addresses_of(session, ContactEmail.contact_id == payable.client_id).get(
        payable.client_id
    )
    toggles = Toggles(run.portal, run.email)
    problem = portal_why(session, payable) if run.portal else None
    way, why = way_of(toggles, problem, emailed=address is not None)
    emailed = way != Way.PORTAL  # with no way at all, `send` says what is missing
    wanted = ToSend(
        nonce=f"bulk-item-{item.id}-{item.tries}",
        message=run.message,
        addresses=[address] if address and emailed else [],
        email=emailed,
        portal=way in {Way.BOTH, Way.PORTAL},
    )
    done = send(session, payable, wanted, by=run.made_by)
    return _Outcome(ItemState.SENT, words(why), done.id)


@dataclass(frozen=True, slots=True)
class _Sender:
    """Whoever pressed **Send**, with the levels that they hold now."""

    id: int
    levels: frozenset[str]


def _closed_to_sender(session: Session, by: str) -> Closed:
    """The matters that are closed to whoever pressed **Send**, as of now: who could not send a
    document by hand any more does not send it by a job either (FEATURES N8)."""
    user = session.scalar(select(User).where(User.public_id == by.removeprefix("user:")))
    if user is None:
        return NOTHING_CLOSED
    return closed_to(session, _Sender(user.id, frozenset(row.level for row in user.levels)))


def _locked(session: Session, item: BulkItem) -> Payable:
    """Its document as it is now, nobody else's until the end of the transaction."""
    kind, one = (Bill, item.bill_id) if item.bill_id else (TrustRequest, item.trust_request_id)
    return session.get_one(kind, one, with_for_update=True)


def _settle(item: BulkItem, outcome: _Outcome) -> None:
    item.state, item.told = outcome.state, outcome.told[:TOLD_CHARS_MAX]
    item.sending_id, item.done_at = outcome.sending_id, clock.now()


def _fail(item_id: int, tries: int, why: Exception) -> None:
    told = str(why)
    if not isinstance(why, (Invalid, Conflict)):
        log.error("one of many could not be sent", item=item_id, exc_info=why)
        told = _("Something went wrong here, so it was not sent.")
    with db.transaction() as session:
        item = session.get_one(BulkItem, item_id, with_for_update=True)
        if (item.state, item.tries) == (ItemState.WAITING, tries):
            _settle(item, _Outcome(ItemState.FAILED, told))
