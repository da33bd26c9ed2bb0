"""Owing a notice, turning it into deliveries, and sending each until its fate is known."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, cast

import structlog
from flask_babel import gettext as _
from sqlalchemy import String, Table, bindparam, case, func, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, joinedload

from portal.core import audit, clock, config, db
from portal.core.errors import Conflict
from portal.core.ids import public_id
from portal.core.jobs import Again, enqueue, handler
from portal.core.types import UtcDateTime
from portal.outbox import render, smtp
from portal.outbox.composing import Unsendable, one_line
from portal.outbox.models import FAILED, Delivery, DeliveryState, Notice
from portal.outbox.registry import EMAILS, Recipient, recipients, same_address

GIVEN_UP_AFTER = timedelta(hours=24)
WAIT_MIN = timedelta(seconds=15)
WAIT_MAX = timedelta(minutes=30)
NAME_CHARS_MAX = 200
ADDRESS_CHARS_MAX = 254
LANGUAGE_CHARS_MAX = 16
REPLY_CHARS_MAX = 500

log = structlog.get_logger("outbox")

_NOTICES = cast(Table, Notice.__table__)
_OWE = {
    dialect: insert(_NOTICES)
    .on_conflict_do_nothing(index_elements=["once"])
    .returning(_NOTICES.c.id)
    for dialect, insert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
_DELIVERIES = cast(Table, Delivery.__table__)
_about, _moment = bindparam("about", type_=String()), bindparam("moment", type_=UtcDateTime())
_SETTLE = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.id == bindparam("delivery"), _DELIVERIES.c.state == DeliveryState.OWED)
    .values(
        state=bindparam("became"),
        attempts=_DELIVERIES.c.attempts + 1,
        subject=case((_about != "", _about), else_=_DELIVERIES.c.subject),
        first_tried_at=func.coalesce(_DELIVERIES.c.first_tried_at, _moment),
        last_reply=bindparam("reply"),
        sent_at=bindparam("accepted_at", type_=UtcDateTime()),
    )
)


def owe(
    session: Session,
    kind: str,
    *,
    audience: str,
    once: str,
    due_at: datetime | None = None,
    to: Recipient | None = None,
    **args: Any,
) -> bool:
    """Owe a notice, in the transaction of its cause; answers whether it was not owed before.

    `once` names the event (as `payment-completed-firm:<id>`): however often it is reported, it
    owes one notice. Who belongs to the audience is asked when it is sent, not now (FEATURES N4).
    `due_at` is business time, now by default. `args` are JSON values for the email and the
    audience; the audience "address" needs `name`, `address` and `language` among them. `to` is the
    one person whom this audience can have: their email is owed at once, with no job that only asks
    who they are. Whether they still belong to it is asked right before it goes out, as of all.
    """
    moment = clock.now()
    values = {
        "kind": kind,
        "audience": audience,
        "args": args,
        "once": once,
        "owed_at": moment,
        "due_at": due_at or moment,
        "fanned_out_at": moment if to is not None else None,
    }
    notice_id = db.insert_row(session, _OWE, values).scalar_one_or_none()
    if notice_id is None:
        return False
    if to is None:
        enqueue(session, "outbox.fan_out", due_at=due_at, notice_id=notice_id)
    else:
        _owe_delivery(session, notice_id, to, config.current().host, due_at)
    return True


@handler("outbox.fan_out")
def fan_out(notice_id: int) -> None:
    """Owe one delivery to each member that the audience has at this moment."""
    host = render.host()
    with db.transaction() as session:
        notice = session.get_one(Notice, notice_id, with_for_update=True)
        if notice.fanned_out_at is not None:
            return
        for recipient in recipients(session, notice.audience, notice.args):
            _owe_delivery(session, notice.id, recipient, host)
        notice.fanned_out_at = clock.now()


def _owe_delivery(
    session: Session,
    notice_id: int,
    recipient: Recipient,
    host: str,
    due_at: datetime | None = None,
) -> None:
    name = public_id()
    spec = recipient.address.strip()
    usable = one_line(spec, ADDRESS_CHARS_MAX) == spec
    delivery = Delivery(
        public_id=name,
        notice_id=notice_id,
        name=one_line(recipient.name, NAME_CHARS_MAX),
        # An address is never mended: cut or cleaned, it might be somebody else's.
        address=spec if usable else f"unusable-{name}",
        language=recipient.language[:LANGUAGE_CHARS_MAX],
        message_id=f"<{name}@{host}>",
        state=DeliveryState.OWED if usable else DeliveryState.REFUSED,
        last_reply="" if usable else "not an email address that mail can be sent to",
        owed_at=clock.now(),
    )
    session.add(delivery)
    session.flush()
    if usable:
        _owe_attempt(session, delivery, due_at)


def _owe_attempt(session: Session, delivery: Delivery, due_at: datetime | None = None) -> None:
    key = f"outbox.deliver:{delivery.id}"
    enqueue(session, "outbox.deliver", due_at=due_at, unique_key=key, delivery_id=delivery.id)


@handler("outbox.deliver")
def deliver(delivery_id: int) -> None:
    """Try one email. Temporary trouble brings the job back, for 24 hours.

    A crash between the server's yes and our note of it sends the same Message-ID again, which
    mail programs show once. Raises `Again` with the time of the next try.
    """
    with db.read() as session:
        together = [joinedload(Delivery.notice)]
        delivery = session.get_one(Delivery, delivery_id, options=together)
        if delivery.state != DeliveryState.OWED:
            return
    subject = ""
    try:
        message = _written(delivery)
        subject = str(message["Subject"])
        reply = smtp.current().send(message)
    except _Withdrawn:
        _settle(delivery_id, DeliveryState.WITHDRAWN, "no longer among those to be told", subject)
    except (smtp.Refused, Unsendable) as refused:
        _settle(delivery_id, DeliveryState.REFUSED, str(refused), subject)
    except smtp.Unavailable as trouble:
        _postpone(delivery_id, str(trouble), subject)
    except Exception as broken:
        log.error("email could not be written", delivery=delivery_id, exc_info=broken)
        told = one_line(f"could not be written: {broken!r}", REPLY_CHARS_MAX)
        _postpone(delivery_id, told, subject)
    else:
        _settle(delivery_id, DeliveryState.SENT, reply, subject)


class _Withdrawn(Exception):
    """The recipient has left the audience since the fan-out."""


def _written(delivery: Delivery) -> EmailMessage:
    notice = delivery.notice
    writer = EMAILS[notice.kind]
    recipient = Recipient(delivery.name, delivery.address, delivery.language)
    with db.read() as session:
        told = recipients(session, notice.audience, notice.args)
        if same_address(delivery.address) not in {same_address(r.address) for r in told}:
            raise _Withdrawn
        email = writer.write(session, notice.args, recipient)
    return render.render(email, recipient, message_id=delivery.message_id, stream=writer.stream)


def _settle(delivery_id: int, state: DeliveryState, reply: str, subject: str) -> None:
    moment = clock.now()
    noted = {
        "delivery": delivery_id,
        "became": state,
        "about": subject,
        "moment": moment,
        "reply": reply,
        "accepted_at": moment if state == DeliveryState.SENT else None,
    }
    with db.transaction() as session:  # one statement: this is done for each email
        db.writing(session).execute(_SETTLE, noted)


def _postpone(delivery_id: int, reply: str, subject: str) -> None:
    with db.transaction() as session:
        delivery = session.get_one(Delivery, delivery_id, with_for_update=True)
        if delivery.state != DeliveryState.OWED:
            return
        delivery.attempts += 1
        delivery.subject = subject or delivery.subject
        delivery.first_tried_at = delivery.first_tried_at or clock.now()
        delivery.last_reply = reply
        tried_for = clock.now() - (delivery.first_tried_at or clock.now())
        if tried_for >= GIVEN_UP_AFTER:
            delivery.state = DeliveryState.GIVEN_UP
            return
    raise Again(clock.now() + next_wait(tried_for))


def next_wait(tried_for: timedelta) -> timedelta:
    """How long to wait for the next try: a twelfth of the trouble so far, 15 s to 30 minutes.

    After an hour without a mail server everything owed is tried within five minutes.
    """
    return min(max(tried_for / 12, WAIT_MIN), WAIT_MAX)


def send_again(session: Session, delivery: Delivery, *, by: str) -> None:
    """Try a refused or given-up email for another 24 hours, as the same message.

    Raises `Conflict` if it is neither: it was sent, or is still being tried.
    """
    session.refresh(delivery, with_for_update=True)
    if delivery.state not in FAILED:
        raise Conflict(_("This email did not fail, so there is nothing to send again."))
    delivery.state = DeliveryState.OWED
    delivery.first_tried_at = None
    _owe_attempt(session, delivery)
    audit.record(session, by, "email.sent_again", f"delivery:{delivery.public_id}")
