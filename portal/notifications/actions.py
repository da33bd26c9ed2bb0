"""Raising an alert and resolving it, and choosing who is emailed about payments."""

from collections.abc import Callable

from flask_babel import gettext as _
from sqlalchemy import and_, false, true, update
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from portal.core import audit, clock
from portal.core.db import Base
from portal.core.errors import Invalid
from portal.core.jobs import queue
from portal.notifications.models import Alert, PaymentAudience
from portal.notifications.queries import Chosen, OpenAlert


def raise_alert(
    session: Session, kind: str, subject: str, sentence: str, *, again: bool = True
) -> None:
    """Put something before the staff, once per kind and subject, in the transaction of its cause.

    Raised again while it is open, it stays as it was first told. Raised again after it was
    resolved, it is open again, with the new sentence; without `again` it stays resolved, which is
    for lasting facts that are seen at every look. `kind` has at most 60 characters,
    `subject` (as `payment:<public id>`) at most 160.
    """
    insert = _insert(session)(Alert).values(
        kind=kind, subject=subject, sentence=sentence, raised_at=clock.now()
    )
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[Alert.kind, Alert.subject],
            set_={
                "sentence": insert.excluded.sentence,
                "raised_at": insert.excluded.raised_at,
                "resolved_at": None,
                "resolved_by": None,
            },
            where=and_(Alert.resolved_at.is_not(None), true() if again else false()),
        )
    )


def resolve_alert(session: Session, alert: OpenAlert, *, by: str) -> None:
    """Take an alert off the page: somebody has seen to it. It stays in the activity log.

    Resolving it twice is once. An email or a job that was given up is remembered as resolved.
    """
    moment = clock.now()
    insert = _insert(session)(Alert).values(
        kind=alert.kind,
        subject=alert.subject,
        sentence=alert.sentence,
        raised_at=alert.raised_at or moment,
        resolved_at=moment,
        resolved_by=by,
    )
    changed = session.execute(
        insert.on_conflict_do_update(
            index_elements=[Alert.kind, Alert.subject],
            set_={"resolved_at": moment, "resolved_by": by},
            where=Alert.resolved_at.is_(None),
        ).returning(Alert.id)
    ).first()
    if changed is not None:
        audit.record(session, by, "alert.resolved", f"{alert.kind}:{alert.subject}"[:120])


def seen_to(session: Session, kind: str, subject: str, *, by: str) -> None:
    """Resolve an alert because what it asked for was done; none that is open changes nothing."""
    open_one = (Alert.kind == kind, Alert.subject == subject, Alert.resolved_at.is_(None))
    changed = session.execute(
        update(Alert)
        .where(*open_one)
        .values(resolved_at=clock.now(), resolved_by=by)
        .returning(Alert.id)
    ).first()
    if changed is not None:
        audit.record(session, by, "alert.resolved", f"{kind}:{subject}"[:120])


def try_again(session: Session, alert: OpenAlert, *, by: str) -> bool:
    """Owe the work behind an alert once more; answers whether there was any.

    Every handler is idempotent, so what was half done is finished and not done twice.
    """
    if alert.job_id is None or not queue.revive(session, alert.job_id):
        return False
    audit.record(session, by, "job.tried_again", f"job:{alert.job_id}")
    return True


def choose_audience(session: Session, chosen: Chosen, *, by: str) -> None:
    """Email payments to exactly one target from now on: no one, one level or one group (N3).

    Raises `Invalid` for a group that is archived.
    """
    if chosen.group is not None and chosen.group.archived_at is not None:
        raise Invalid(_("This group is archived. Choose another one."), "target")
    values = {
        "target": chosen.target,
        "level": chosen.level,
        "group_id": chosen.group.id if chosen.group else None,
        "changed_at": clock.now(),
        "changed_by": by,
    }
    insert = _insert(session)(PaymentAudience).values(id=1, **values)
    session.execute(insert.on_conflict_do_update(index_elements=[PaymentAudience.id], set_=values))
    audit.record(
        session,
        by,
        "payment_notifications.chosen",
        "firm",
        target=chosen.target,
        level=chosen.level,
        group=chosen.group.public_id if chosen.group else None,
    )


def _insert(session: Session) -> Callable[[type[Base]], SqliteInsert | PostgresqlInsert]:
    sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite_insert if sqlite else postgresql_insert
