"""The job that sends what a bulk sending wrote down (FEATURES D5).

One document after the other, each in a short transaction in which its item is settled too: so a
crash neither loses nor repeats one, and two workers never send the same. It takes a few at a time
and goes to the end of the queue in between, so that payments never wait behind five thousand
emails.
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from payments.billing.bulk import BulkItem, BulkSending, ItemState
from payments.billing.bulk_sending import JOB, in_closed
from payments.billing.bulk_ways import addresses_of
from payments.billing.bulk_why import Toggles, Way, way_of, words
from payments.billing.models import Bill
from payments.billing.payables import Payable, locked, refuse_unpayable
from payments.billing.portals import portal_why
from payments.billing.requested import TrustRequest
from payments.billing.sending import ToSend, send
from portal.clients.access import closed_to
from portal.clients.models import ContactEmail
from portal.core import clock, db
from portal.core.errors import Conflict, Invalid
from portal.core.jobs import Again, handler
from portal.firm.models import User

CHUNK = 10
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
    for _nth in range(CHUNK):
        if not _send_next(bulk_sending_id):
            break
    else:
        raise Again(clock.now())
    with db.read() as session:
        if session.scalar(_waiting(bulk_sending_id)) is not None:
            raise Again(clock.now() + BUSY_WAIT)  # another worker is at them, and may yet die


def _waiting(bulk_sending_id: int) -> Select[BulkItem]:
    return (
        select(BulkItem)
        .where(BulkItem.bulk_sending_id == bulk_sending_id, BulkItem.state == ItemState.WAITING)
        .order_by(BulkItem.position)
        .limit(1)
    )


def _send_next(bulk_sending_id: int) -> bool:
    """Send the first that waits and is nobody else's; answers whether there was one."""
    item_id = tries = 0
    try:
        with db.transaction() as session:
            item = session.scalar(_waiting(bulk_sending_id).with_for_update(skip_locked=True))
            if item is None:
                return False
            item_id, tries = item.id, item.tries
            _settle(item, _sent(session, item))
    except (Invalid, Conflict) as why:
        _fail(item_id, tries, str(why))
    except DBAPIError:
        raise  # the whole job comes back later; nothing was sent of this one
    except Exception as broken:
        log.error("one of many could not be sent", item=item_id, exc_info=broken)
        _fail(item_id, tries, _("Something went wrong here, so it was not sent."))
    return True


def _sent(session: Session, item: BulkItem) -> _Outcome:
    """Send one document the way that is open to it now. Raises `Invalid` and `Conflict`."""
    run = session.get_one(BulkSending, item.bulk_sending_id)
    if _is_closed(session, item, run.made_by):
        raise Conflict(_("Its matter is closed to whoever pressed Send, so it was not sent."))
    payable = locked(session, _payable(session, item))
    try:
        refuse_unpayable(payable)
    except Conflict as why:
        return _Outcome(ItemState.SKIPPED, str(why))
    address = addresses_of(session, ContactEmail.contact_id == payable.client_id).get(
        payable.client_id
    )
    toggles, problem = Toggles(run.portal, run.email), portal_why(session, payable)
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


def _is_closed(session: Session, item: BulkItem, by: str) -> bool:
    """Whether a matter of this document was closed to its sender meanwhile: who could not send it
    by hand any more does not send it by a job either (FEATURES N8)."""
    user = session.scalar(select(User).where(User.public_id == by.removeprefix("user:")))
    if user is None:
        return False
    closed = closed_to(session, _Sender(user.id, frozenset(row.level for row in user.levels)))
    return bool(closed) and bool(
        session.scalar(select(in_closed(closed)).where(BulkItem.id == item.id))
    )


def _payable(session: Session, item: BulkItem) -> Payable:
    if item.bill_id is not None:
        return session.get_one(Bill, item.bill_id)
    return session.get_one(TrustRequest, item.trust_request_id)


def _settle(item: BulkItem, outcome: _Outcome) -> None:
    item.state, item.told = outcome.state, outcome.told[:TOLD_CHARS_MAX]
    item.sending_id, item.done_at = outcome.sending_id, clock.now()


def _fail(item_id: int, tries: int, why: str) -> None:
    with db.transaction() as session:
        item = session.get_one(BulkItem, item_id, with_for_update=True)
        if (item.state, item.tries) == (ItemState.WAITING, tries):
            _settle(item, _Outcome(ItemState.FAILED, why))
