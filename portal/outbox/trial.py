"""A test email: it shows whether the firm's mail server takes what it is handed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import audit, ids
from portal.core.audit import AuditEntry
from portal.core.errors import Conflict
from portal.outbox.actions import owe
from portal.outbox.models import Delivery, DeliveryState, Notice
from portal.outbox.registry import Email, Recipient, email

TEST_EMAIL = "test-email"


@dataclass(frozen=True, slots=True)
class Trial:
    """The last test email: when it was asked for, to whom, and its delivery once there is one."""

    asked_at: datetime
    address: str
    delivery: Delivery | None

    @property
    def untried(self) -> bool:
        """Whether the mail server was not asked to take it yet."""
        found = self.delivery
        return found is None or (found.state == DeliveryState.OWED and not found.attempts)


@email(TEST_EMAIL, stream="tests")
def write(_session: Session, _args: dict[str, Any], _recipient: Recipient) -> Email:
    """The words of a test email."""
    return Email(TEST_EMAIL)


def send_test_email(session: Session, recipient: Recipient, *, by: str) -> None:
    """Owe somebody a test email. Raises `Conflict` while the one before was not tried yet."""
    latest = last_trial(session)
    if latest is not None and latest.untried:
        raise Conflict(_("A test email is on its way already."))
    once = f"{TEST_EMAIL}:{ids.public_id()}"
    owe(
        session,
        TEST_EMAIL,
        audience="address",
        once=once,
        name=recipient.name,
        address=recipient.address,
        language=recipient.language,
    )
    audit.record(session, by, "email.tested", TEST_EMAIL, once=once, to=recipient.address)


def last_trial(session: Session) -> Trial | None:
    """The newest test email; None before the first.

    Found by the log, whose subjects are indexed: notices are many, and none by its kind.
    """
    asked = session.scalar(
        select(AuditEntry)
        .where(AuditEntry.subject == TEST_EMAIL)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    if asked is None:
        return None
    delivery = session.scalar(
        select(Delivery)
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(Notice.once == asked.detail["once"])
    )
    return Trial(asked.at, asked.detail["to"], delivery)


def last_accepted(session: Session) -> Delivery | None:
    """The newest email that the mail server accepted, of whatever kind."""
    return session.scalar(
        select(Delivery)
        .where(Delivery.state == DeliveryState.SENT)
        .order_by(Delivery.id.desc())
        .limit(1)
    )
