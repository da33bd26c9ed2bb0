"""Banking days: the days by which banks count."""

from datetime import date, timedelta
from functools import cache

SATURDAY = 5
MONDAY, THURSDAY = 0, 3
LAST = -1

# The days on which the Federal Reserve is closed
# (https://www.federalreserve.gov/aboutthefed/k8.htm).
# One that falls on a Sunday is kept on the Monday; on a Saturday banks are closed anyway.
_FIXED = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
_NTH = (
    (1, MONDAY, 3),
    (2, MONDAY, 3),
    (5, MONDAY, LAST),
    (9, MONDAY, 1),
    (10, MONDAY, 2),
    (11, THURSDAY, 4),
)


def banking_days_after(start: date, days: int) -> date:
    """The day so many banking days after `start`, which is not counted itself."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if is_banking_day(day):
            days -= 1
    return day


def is_banking_day(day: date) -> bool:
    """Whether banks move money on it: no weekend, and no holiday of the Federal Reserve."""
    return day.weekday() < SATURDAY and day not in _holidays(day.year)


@cache
def _holidays(year: int) -> frozenset[date]:
    fixed = (date(year, month, day) for month, day in _FIXED)
    kept = {day + timedelta(days=day.weekday() > SATURDAY) for day in fixed}
    return frozenset(kept | {_nth(year, *which) for which in _NTH})


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    if nth == LAST:
        last = date(year, month + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7, weeks=nth - 1)
