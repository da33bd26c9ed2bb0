"""Whom to tell about payments, and what stands in the staff's alerts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.core.jobs.models import Job
from portal.core.jobs.queue import dead_jobs
from portal.core.logs import mask
from portal.firm.models import Country, Firm, Group, GroupMember, Level, User, UserLevel
from portal.notifications.models import Alert, PaymentAudience, Target
from portal.outbox.models import Delivery
from portal.outbox.queries import given_up
from portal.outbox.registry import Recipient, audience
from portal.web import language

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


@dataclass(frozen=True, slots=True)
class Told:
    """How many people would be emailed, and the first of them by name."""

    count: int
    names: tuple[str, ...]


def people_told(session: Session, chosen: Chosen) -> list[tuple[str, str]]:
    """Name and address of everybody who is emailed about payments now, by name (FEATURES N4).

    A level is every active user who holds it, a group every active member. No one, and a group
    that was archived after it was chosen, are nobody. One SELECT, however many users there are.
    """
    told = _told(chosen)
    if told is None:
        return []
    rows = session.execute(
        select(User.name, User.email)
        .where(User.disabled_at.is_(None), User.id.in_(told))
        .order_by(User.name, User.id)
    )
    return [(name, email) for name, email in rows]


def first_told(session: Session, chosen: Chosen, most: int) -> Told:
    """The same people as `people_told`, counted, and no more than `most` of them by name."""
    told = _told(chosen)
    if told is None:
        return Told(0, ())
    among = (User.disabled_at.is_(None), User.id.in_(told))
    names = session.scalars(
        select(User.name).where(*among).order_by(User.name, User.id).limit(most)
    ).all()
    if len(names) < most:
        return Told(len(names), tuple(names))
    count = session.scalar(select(func.count()).select_from(User).where(*among))
    return Told(count or 0, tuple(names))


def _told(chosen: Chosen) -> Select[int] | None:
    if chosen.group is not None and chosen.group.archived_at is None:
        return select(GroupMember.user_id).where(GroupMember.group_id == chosen.group.id)
    if chosen.level is not None:
        return select(UserLevel.user_id).where(UserLevel.level == chosen.level)
    return None


def people_by_level(session: Session, most: int) -> dict[str, Told]:
    """The active users who hold each level, counted, and the first of them by name. One SELECT."""
    same = UserLevel.level
    ranked = (
        select(
            UserLevel.level,
            User.name,
            func.row_number().over(partition_by=same, order_by=(User.name, User.id)).label("place"),
            func.count().over(partition_by=same).label("people"),
        )
        .join(User, User.id == UserLevel.user_id)
        .where(User.disabled_at.is_(None))
        .subquery()
    )
    found: dict[str, Told] = {}
    for level, name, people in session.execute(
        select(ranked.c.level, ranked.c.name, ranked.c.people)
        .where(ranked.c.place <= most)
        .order_by(ranked.c.level, ranked.c.place)
    ):
        before = found.get(level, Told(people, ()))
        found[level] = Told(people, (*before.names, name))
    return found


@audience("firm.payments")
def payment_recipients(session: Session, _args: dict[str, Any]) -> list[Recipient]:
    """Who of the firm is told about payments, as it was chosen and as it is now (FEATURES N4)."""
    spoken = language.for_staff(session.scalar(select(Firm.country)) or Country.US)
    told = people_told(session, chosen_audience(session))
    return [Recipient(name, email, spoken) for name, email in told]


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
