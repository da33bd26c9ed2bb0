"""Seals the activity log every minute, checks the whole of it every night, and tells the staff when
it was altered (FEATURES X9, decision 0006)."""

from datetime import timedelta

import structlog
from flask_babel import gettext as _

from portal.core import config, db, log_check, sealing
from portal.core.jobs import recurring
from portal.core.sealing import BrokenChain
from portal.notifications.actions import raise_alert

LOG_ALTERED = "activity_log_altered"
SUBJECT = "activity_log"

log = structlog.get_logger("activity_log")


@recurring("activity_log.seal", every=timedelta(minutes=1))
def seal() -> None:
    """Seal what was written since. Nothing is sealed onto a chain that was altered."""
    try:
        sealing.seal_new_lines(config.current().secret_key)
    except BrokenChain as broken:
        _tell(str(broken))


@recurring("activity_log.check", every=timedelta(days=1))
def check() -> None:
    """Hold the whole log against its seals, as `flask check-log` does."""
    seal()
    with db.read() as session:
        checked = log_check.check_log(session, config.current().secret_key)
    if checked.is_whole:
        log.info("activity log checked", lines=checked.lines, head=str(checked.head))
    else:
        _tell(checked.findings[0])


def _tell(finding: str) -> None:
    log.error("activity log altered", finding=finding)
    sentence = _(
        "The activity log is not as it was sealed. %(finding)s Run flask check-log on the server, "
        "and keep a copy of the database as it is now.",
        finding=finding,
    )
    with db.transaction() as session:
        raise_alert(session, LOG_ALTERED, SUBJECT, sentence)
