"""Two clocks: business time goes ahead with the demo clock, the wall does not."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from portal.core import clock, db, demo_clock
from portal.core.db import Database

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAYS = timedelta(days=2)


def advance(by: timedelta) -> None:
    with db.transaction() as session:
        demo_clock.advance(session, by)


def test_without_a_demo_clock_both_clocks_agree() -> None:
    clock.use_offset_from(None)
    with time_machine.travel(NOON, tick=False):
        assert clock.now() == clock.wall_time() == NOON


def test_advancing_moves_business_time_and_never_the_wall(database: Database) -> None:
    """TRAPS: an advance signs nobody out and ends no lease."""
    with time_machine.travel(NOON, tick=False):
        advance(DAYS)
        assert clock.now() == NOON + DAYS
        assert clock.wall_time() == NOON


def test_a_day_begins_at_midnight_in_its_zone_and_follows_business_time(database: Database) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 7, 30, tzinfo=UTC), tick=False):
        days = [clock.today(zone) for zone in ("UTC", "America/Los_Angeles")]
        assert days == [date(2026, 3, 2), date(2026, 3, 1)]
        advance(DAYS)
        assert clock.today("America/Los_Angeles") == date(2026, 3, 3)


@pytest.mark.parametrize("by", [timedelta(0), timedelta(seconds=-1)])
def test_the_demo_clock_never_goes_back(by: timedelta, database: Database) -> None:
    advance(DAYS)
    with pytest.raises(ValueError, match="forward"):
        advance(by)
    assert clock.offset() == DAYS


def test_a_request_reads_the_offset_once(database: Database) -> None:
    clock.read_offset()
    with db.transaction() as session:
        session.merge(demo_clock.DemoClock(id=1, offset_seconds=3_600))
    assert clock.offset() == timedelta(0)
    clock.read_offset()
    assert clock.offset() == timedelta(hours=1)


def test_a_job_holds_one_reading_for_its_length(database: Database) -> None:
    with clock.one_reading():
        with db.transaction() as session:
            session.merge(demo_clock.DemoClock(id=1, offset_seconds=3_600))
        assert clock.offset() == timedelta(0)
    assert clock.offset() == timedelta(hours=1)


def test_whoever_advances_sees_the_new_time_at_once(database: Database) -> None:
    clock.read_offset()
    advance(DAYS)
    assert clock.offset() == DAYS
