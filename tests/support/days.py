"""The calendar day of the firm in the tests: for hours of each day it is not the day of UTC."""

from datetime import date
from zoneinfo import ZoneInfo

from portal.core import clock

ZONE = "America/Los_Angeles"


def firm_day() -> date:
    """Which day it is where the firm is, by business time."""
    return clock.now().astimezone(ZoneInfo(ZONE)).date()
