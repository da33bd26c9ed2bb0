"""Whom to tell about payments, and what stands in the staff's alerts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.core.jobs.models import Job, JobState
from portal.core.jobs.queue import dead_jobs
from portal.core.logs import mask
from portal.firm.models import Country, Firm, Group, GroupMember, Level, User, UserLevel
from portal.firm.queries import actor_names
from portal.notifications.alert_links import DUE, TOPICS, Topic, topic_of
from portal.notifications.models import Alert, PaymentAudience, Target
from portal.outbox.models import Delivery, DeliveryState
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
class ResolvedAlert:
    """An alert that was seen to: when, and by whom."""

    alert: OpenAlert
    at: datetime
    by: str


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


def open_alerts(session: Session, topic: Topic | None = None) -> list[OpenAlert]:
    """What needs a person, of one topic or of all: alerts newest first, then emails given up, then
    jobs given up."""
    stored = select(Alert).where(Alert.resolved_at.is_(None), *_about(topic))
    resolved = _resolved(session)
    found = session.scalars(stored.order_by(Alert.id.desc()).limit(SHOWN_MAX))
    return [_of_alert(alert) for alert in found] + [
        alert
        for alert in _derived(session)
        if topic in (None, topic_of(alert.kind)) and (alert.kind, alert.subject) not in resolved
    ]


def open_at_most() -> ScalarSelect[int]:
    """How many alerts are open, those of emails and jobs given up counted that were resolved."""
    stored = select(func.count()).where(Alert.resolved_at.is_(None)).scalar_subquery()
    emails = select(func.count()).where(Delivery.state == DeliveryState.GIVEN_UP).scalar_subquery()
    dead = select(func.count()).where(Job.state == JobState.DEAD).scalar_subquery()
    return select(stored + emails + dead).scalar_subquery()


def count_open(session: Session) -> int:
    """How many alerts are open."""
    alerts = session.scalar(select(func.count()).where(Alert.resolved_at.is_(None))) or 0
    resolved = _resolved(session)
    derived = ((alert.kind, alert.subject) for alert in _derived(session))
    return alerts + sum(name not in resolved for name in derived)


def resolved_alerts(session: Session, topic: Topic | None = None) -> list[ResolvedAlert]:
    """What was seen to, of one topic or of all, the latest first: at most SHOWN_MAX."""
    found = session.scalars(
        select(Alert)
        .where(Alert.resolved_at.is_not(None), *_about(topic))
        .order_by(Alert.resolved_at.desc(), Alert.id.desc())
        .limit(SHOWN_MAX)
    ).all()
    names = actor_names(session, {alert.resolved_by for alert in found})
    return [
        ResolvedAlert(
            _of_alert(alert),
            alert.resolved_at or alert.raised_at,
            names[alert.resolved_by],
        )
        for alert in found
    ]


def due_days(session: Session, alerts: Sequence[OpenAlert]) -> dict[str, datetime]:
    """By when something has to be done about an alert, by its key: one reading for each kind that
    has such days."""
    found: dict[str, datetime] = {}
    for kind in {alert.kind for alert in alerts} & DUE.keys():
        of_kind = {alert.subject: alert.key for alert in alerts if alert.kind == kind}
        days = DUE[kind](session, list(of_kind))
        found |= {key: days[subject] for subject, key in of_kind.items() if subject in days}
    return found


def _about(topic: Topic | None) -> list[ColumnElement[bool]]:
    if topic is None:
        return []
    if topic is Topic.OTHER:
        return [Alert.kind.not_in(list(TOPICS))]
    return [Alert.kind.in_([kind for kind, of in TOPICS.items() if of is topic])]


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
