"""Whom to tell about payments, and what stands in the staff's alerts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.jobs.models import Job
from portal.core.jobs.queue import dead_jobs
from portal.core.logs import mask
from portal.firm.models import Firm, Level, User, UserLevel
from portal.notifications.models import Alert
from portal.outbox.models import Delivery
from portal.outbox.queries import given_up
from portal.outbox.registry import Recipient, audience

SHOWN_MAX = 100
EMAIL_GIVEN_UP = "email_given_up"
JOB_DEAD = "job_dead"


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """One line of the page. `key` names it in its address."""

    key: str
    kind: str
    subject: str
    sentence: str
    raised_at: datetime | None
    job_id: int | None = None  # the work that was given up, where it can be tried again


@audience("firm.payments")
def payment_recipients(session: Session, _args: dict[str, Any]) -> list[Recipient]:
    """Who of the firm is told about payments: every active administrator, each once."""
    language = session.scalar(select(Firm.locale)) or "en_US"
    administrators = select(UserLevel.user_id).where(UserLevel.level == Level.ADMINISTRATOR)
    users = session.scalars(
        select(User)
        .where(User.disabled_at.is_(None), User.id.in_(administrators))
        .order_by(User.name, User.id)
    )
    return [Recipient(user.name, user.email, language) for user in users]


def open_alerts(session: Session) -> list[OpenAlert]:
    """What needs a person: alerts newest first, then emails given up, then jobs given up."""
    stored = session.scalars(
        select(Alert).where(Alert.resolved_at.is_(None)).order_by(Alert.id.desc()).limit(SHOWN_MAX)
    )
    resolved = _resolved(session)
    return [_of_alert(alert) for alert in stored] + [
        alert for alert in _derived(session) if (alert.kind, alert.subject) not in resolved
    ]


def open_alert(session: Session, key: str) -> OpenAlert | None:
    """The open alert of that key; None if it was resolved meanwhile, or never was."""
    return next((alert for alert in open_alerts(session) if alert.key == key), None)


def open_alert_count(session: Session) -> int:
    """How many alerts are open, for the number beside the page's name."""
    return len(open_alerts(session))


def _of_alert(alert: Alert) -> OpenAlert:
    return OpenAlert(
        f"alert-{alert.id}", alert.kind, alert.subject, alert.sentence, alert.raised_at
    )


def _derived(session: Session) -> list[OpenAlert]:
    emails = [_of_delivery(delivery) for delivery in given_up(session, SHOWN_MAX)]
    return emails + [_of_job(job) for job in dead_jobs(session)]


def _of_delivery(delivery: Delivery) -> OpenAlert:
    # The attempts are part of the name: given up once more, it is told once more.
    return OpenAlert(
        f"email-{delivery.public_id}",
        EMAIL_GIVEN_UP,
        f"{delivery.public_id}:{delivery.attempts}",
        _(
            "An email to %(name)s could not be sent for 24 hours. The last answer was: %(reply)s",
            name=delivery.name,
            reply=delivery.last_reply,
        ),
        delivery.first_tried_at,
    )


def _of_job(job: Job) -> OpenAlert:
    return OpenAlert(
        f"job-{job.id}",
        JOB_DEAD,
        # The time is part of the name: given up once more, it is told once more.
        f"{job.id}:{job.finished_at.isoformat() if job.finished_at else ''}",
        _(
            "Work in the background (%(kind)s) failed and was given up. The error was: %(error)s",
            kind=job.kind,
            error=mask(job.last_error or ""),
        ),
        job.finished_at,
        job.id,
    )


def _resolved(session: Session) -> set[tuple[str, str]]:
    rows = session.execute(
        select(Alert.kind, Alert.subject).where(Alert.kind.in_([EMAIL_GIVEN_UP, JOB_DEAD]))
    )
    return {(kind, subject) for kind, subject in rows}
