"""Sending many bills and trust requests at once: the press, and **Retry failed** (FEATURES D5).

The press writes down what is to be sent, in one transaction; `bulk_job` sends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    Table,
    bindparam,
    exists,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from payments.billing.bulk import BulkItem, BulkSending, ItemState
from payments.billing.bulk_running import JOB, being_sent, job_key
from payments.billing.bulk_ways import Going, Plan
from payments.billing.closed import is_closed
from payments.billing.handed_out import DocumentLink
from payments.billing.requested import TrustRequest
from payments.billing.sending import NONCE_CHARS, checked_message
from portal.clients.access import Closed
from portal.core import audit, clock, db, ids
from portal.core.errors import Conflict, Invalid
from portal.core.jobs import enqueue
from portal.firm.models import Firm
from portal.outbox.models import FAILED, Delivery, Notice

_ITEMS = cast(Table, BulkItem.__table__)


class Changed(Conflict):
    """What would be sent is no longer what was shown, so nothing was sent."""


@dataclass(frozen=True, slots=True)
class ToSendMany:
    """What was pressed. `digest` is the mark of the plan that was shown (`Plan.digest`), `shown`
    how many could be sent then; `nonce` names the form, so that pressing twice sends once."""

    nonce: str
    digest: str
    shown: int = 0
    message: str = ""


def pressed(session: Session, nonce: str) -> BulkSending | None:
    """What a form sent that was pressed before; None for none."""
    if not _usable(nonce):
        return None
    return session.scalar(select(BulkSending).where(BulkSending.once == f"bulk:{nonce}"))


def start(session: Session, plan: Plan, wanted: ToSendMany, *, by: str) -> BulkSending:
    """Write down what is to be sent, and owe the job that sends it.

    A form that was pressed before answers with what it sent. Raises `Invalid` beside the field:
    neither toggle, a message over 2,000 characters; `Changed` where the plan is not the one that
    was shown; `Conflict` where nothing in it can be sent.
    """
    once, message = _once(wanted.nonce), checked_message(wanted.message)
    # One press after the other: two people may have chosen the same bills.
    session.execute(select(Firm.id).with_for_update()).one()
    if (known := pressed(session, wanted.nonce)) is not None:
        return known
    if not (plan.toggles.portal or plan.toggles.email):
        raise Invalid(_("Choose how to send them."), "email")
    taken = being_sent(session)
    if plan.digest != wanted.digest or any((one.kind, one.id) in taken for one in plan.sendable):
        raise Changed(_changed(wanted.shown, len(plan.sendable)))
    if not plan.sendable:
        raise Conflict(_("None of these can be sent now."))
    made = _made(session, plan, once, message, by)
    _write_items(session, made.id, plan.sendable)
    _owe_job(session, made.id)
    subject, count = f"bulk_sending:{made.public_id}", len(plan.sendable)
    ways = {"portal": plan.toggles.portal, "email": plan.toggles.email}
    audit.record(session, by, "bulk_sending.started", subject, documents=count, **ways)
    return made


def _changed(then: int, now: int) -> str:
    if then == now:
        return _("Something changed since you looked, so nothing was sent. Look again, then send.")
    return _(
        "Something changed since you looked, so nothing was sent: %(then)s could be sent then, "
        "%(now)s can be sent now. Look again, then send.",
        then=then,
        now=now,
    )


def _once(nonce: str) -> str:
    if not _usable(nonce):
        raise Invalid(_("This form cannot be used any more. Open it again."))
    return f"bulk:{nonce}"


def _usable(nonce: str) -> bool:
    return len(nonce) in NONCE_CHARS and nonce.isascii() and nonce.isprintable()


def _made(session: Session, plan: Plan, once: str, message: str, by: str) -> BulkSending:
    made = BulkSending(
        public_id=ids.public_id(),
        once=once,
        portal=plan.toggles.portal,
        email=plan.toggles.email,
        message=message,
        documents=len(plan.sendable),
        made_at=clock.now(),
        made_by=by,
    )
    session.add(made)
    session.flush()
    return made


def _write_items(session: Session, sending_id: int, going: Sequence[Going]) -> None:
    # What is the same for all stands in the statement: each value bound costs, five thousand times.
    statement = insert(_ITEMS).values(
        bulk_sending_id=bindparam("bulk_sending_id"),
        state=literal_column(f"'{ItemState.WAITING}'"),
        told=literal_column("''"),
        tries=literal_column("0"),
        position=bindparam("position"),
        bill_id=bindparam("bill_id"),
        trust_request_id=bindparam("trust_request_id"),
    )
    rows = [
        {
            "bulk_sending_id": sending_id,
            "position": position,
            "bill_id": one.id if one.kind == "bill" else None,
            "trust_request_id": None if one.kind == "bill" else one.id,
        }
        for position, one in enumerate(going, start=1)
    ]
    db.writing(session).execute(statement, rows)


def _owe_job(session: Session, sending_id: int) -> None:
    enqueue(session, JOB, unique_key=job_key(sending_id), bulk_sending_id=sending_id)


def email_failed() -> ColumnElement[bool]:
    """That the email of an item was refused or given up."""
    return (
        exists()
        .where(DocumentLink.sending_id == BulkItem.sending_id)
        .where(Notice.once == DocumentLink.notice_once)
        .where(Delivery.notice_id == Notice.id, Delivery.state.in_(FAILED))
        .correlate(BulkItem)
    )


def in_closed(closed: Closed) -> ColumnElement[bool]:
    """That the document of an item names a matter that is closed to somebody (FEATURES N8)."""
    requests = select(TrustRequest.id).where(closed.among(TrustRequest.matter_id)).correlate(None)
    bill = BulkItem.bill_id.is_not(None) & is_closed(closed, BulkItem.bill_id)
    return bill | BulkItem.trust_request_id.is_not(None) & BulkItem.trust_request_id.in_(requests)


def retry_failed(session: Session, sending: BulkSending, closed: Closed, *, by: str) -> int:
    """**Retry failed**: have what failed sent once more, also where the mail server refused the
    email; answers how many. What was sent stays as it is, what still waits goes on, and what is
    closed to whoever retries is left to others (FEATURES N8)."""
    failed = or_(
        BulkItem.state == ItemState.FAILED,
        (BulkItem.state == ItemState.SENT) & email_failed(),
    )
    found = session.execute(
        update(BulkItem)
        .where(BulkItem.bulk_sending_id == sending.id, failed)
        .where(*([~in_closed(closed)] if closed else []))
        .values(
            state=ItemState.WAITING,
            told="",
            tries=BulkItem.tries + 1,
            sending_id=None,
            done_at=None,
        )
        .returning(BulkItem.id)
        .execution_options(synchronize_session=False)
    ).all()
    if found:
        subject = f"bulk_sending:{sending.public_id}"
        audit.record(session, by, "bulk_sending.retried", subject, documents=len(found))
    _owe_job(session, sending.id)
    return len(found)
