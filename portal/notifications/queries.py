"""Whom to tell about payments, and what stands in the staff's alerts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.core.jobs.models import Job
from portal.core.jobs.queue import dead_jobs
from portal.core.logs import mask
from portal.firm.models import Firm, Group, GroupMember, Level, User, UserLevel
from portal.notifications.models import Alert, PaymentAudience, Target
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


@dataclass(frozen=True, slots=True)
class Chosen:
    """The one target of payment emails that is in force: no one, a level, or a group."""

    target: Target
    level: Level | None = None
    group: Group | None = None


UNTIL_CHOSEN = Chosen(Target.LEVEL, Level.ADMINISTRATOR)


def chosen_audience(session: Session) -> Chosen:
    """What an administrator chose; until then, **Administrator** (FEATURES N2)."""
    row = session.scalar(select(PaymentAudience).options(joinedload(PaymentAudience.group)))
    if row is None:
        return UNTIL_CHOSEN
    return Chosen(Target(row.target), Level(row.level) if row.level else None, row.group)


def people_told(session: Session, chosen: Chosen) -> list[tuple[str, str]]:
    """Name and address of everybody who is emailed about payments now, by name (FEATURES N4).

    A level is every active user who holds it, a group every active member. No one, and a group
    that was archived after it was chosen, are nobody. One SELECT, however many users there are.
    """
    if chosen.group is not None and chosen.group.archived_at is None:
        told = select(GroupMember.user_id).where(GroupMember.group_id == chosen.group.id)
    elif chosen.level is not None:
        told = select(UserLevel.user_id).where(UserLevel.level == chosen.level)
    else:
        return []
    rows = session.execute(
        select(User.name, User.email)
        .where(User.disabled_at.is_(None), User.id.in_(told))
        .order_by(User.name, User.id)
    )
    return [(name, email) for name, email in rows]


def people_by_level(session: Session) -> dict[str, list[str]]:
    """The names of the active users who hold each level."""
    rows = session.execute(
        select(UserLevel.level, User.name)
        .join(User, User.id == UserLevel.user_id)
        .where(User.disabled_at.is_(None))
        .order_by(User.name, User.id)
    )
    return _names((level, name) for level, name in rows)


def people_by_group(session: Session) -> dict[str, list[str]]:
    """The names of the active members of each group in use, by the group's public id."""
    rows = session.execute(
        select(Group.public_id, User.name)
        .join(GroupMember, GroupMember.group_id == Group.id)
        .join(User, User.id == GroupMember.user_id)
        .where(User.disabled_at.is_(None), Group.archived_at.is_(None))
        .order_by(User.name, User.id)
    )
    return _names((public_id, name) for public_id, name in rows)


def _names(rows: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, name in rows:
        found.setdefault(key, []).append(name)
    return found


@audience("firm.payments")
def payment_recipients(session: Session, _args: dict[str, Any]) -> list[Recipient]:
    """Who of the firm is told about payments, as it was chosen and as it is now (FEATURES N4)."""
    language = session.scalar(select(Firm.locale)) or "en_US"
    told = people_told(session, chosen_audience(session))
    return [Recipient(name, email, language) for name, email in told]


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
