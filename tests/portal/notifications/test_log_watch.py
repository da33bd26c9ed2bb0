"""The jobs that seal the activity log and check it every night (FEATURES X9)."""

from collections.abc import Callable

import pytest
from flask import Flask

from portal.core import config, db
from portal.core.jobs.handlers import RECURRING
from portal.core.log_check import check_log
from portal.notifications import log_watch
from portal.notifications.queries import OpenAlert, open_alerts
from tests.support.activity_log import by_force, write

Job = Callable[[], None]
JOBS = pytest.mark.parametrize("job", [log_watch.seal, log_watch.check], ids=["seal", "check"])


def alerts() -> list[OpenAlert]:
    with db.read() as session:
        return open_alerts(session)


def test_X9_the_log_is_sealed_every_minute_and_checked_every_day() -> None:
    assert RECURRING["activity_log.seal"].every.total_seconds() == 60
    assert RECURRING["activity_log.check"].every.days == 1


@JOBS
def test_X9_new_lines_are_sealed_and_nobody_is_alarmed(job: Job, app: Flask) -> None:
    write(3)
    with app.app_context():
        job()
    with db.read() as session:
        assert check_log(session, config.current().secret_key).head.position == 3
    assert alerts() == []


@JOBS
def test_X9_a_log_that_was_cut_alarms_the_staff_once(job: Job, app: Flask) -> None:
    write(3)
    with app.app_context():
        log_watch.seal()
        by_force("DELETE FROM audit_seal WHERE position = 3")
        job()
        job()
    (alert,) = alerts()
    assert alert.kind == log_watch.LOG_ALTERED
    assert (
        "up to position 3, but its seals end at position 2. Run flask check-log" in alert.sentence
    )


def test_X9_a_line_that_was_altered_is_found_at_night(app: Flask) -> None:
    write(3)
    with app.app_context():
        log_watch.seal()
        by_force("UPDATE audit_entry SET actor = 'payer' WHERE id = 2")
        log_watch.seal()
        assert alerts() == []
        log_watch.check()
    (alert,) = alerts()
    assert "Position 2, line 2, written at " in alert.sentence
