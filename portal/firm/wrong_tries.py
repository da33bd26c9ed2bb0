"""Wrong codes and passwords of somebody who is halfway in, counted in the activity log.

The log is shared by all processes and outlives them, so that nobody guesses on by waiting for a
restart. Wall times stand in its lines: advancing the demo clock gives nobody new tries.
"""

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import audit, clock
from portal.core.audit import AuditEntry
from portal.core.errors import Refusal

IN_A_QUARTER_OF_AN_HOUR = 10
IN_A_DAY = 30
QUARTER_OF_AN_HOUR = timedelta(minutes=15)
DAY = timedelta(days=1)


class TooManyTries(Refusal):
    """No further try is looked at for a while."""

    status = 429


def refuse_too_many(session: Session, user: str) -> None:
    """Raise `TooManyTries` after ten wrong tries within a quarter of an hour, or thirty in a day.

    `user` is a public id; the caller holds the user's row, so that no two tries count as one.
    """
    lines = session.scalars(
        select(AuditEntry.detail)
        .where(AuditEntry.subject == _subject(user))
        .order_by(AuditEntry.id.desc())
        .limit(IN_A_DAY)
    )
    wall = clock.wall_time()
    ages = [wall - datetime.fromisoformat(line["tried_at"]) for line in lines]
    if sum(age < DAY for age in ages) >= IN_A_DAY:
        raise TooManyTries(_("There were too many wrong codes today. Try again tomorrow."))
    if sum(age < QUARTER_OF_AN_HOUR for age in ages) >= IN_A_QUARTER_OF_AN_HOUR:
        raise TooManyTries(_("There were too many wrong codes. Wait 15 minutes, then try again."))


def note(session: Session, user: str, kind: str) -> None:
    """Count one wrong try. `kind` says what was wrong, never what was typed."""
    tried_at = clock.wall_time().isoformat()
    audit.record(
        session, f"user:{user}", "user.proof_refused", _subject(user), tried_at=tried_at, kind=kind
    )


def _subject(user: str) -> str:
    return f"sign-in:{user}"
