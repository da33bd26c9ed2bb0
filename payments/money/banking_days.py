"""Banking days: the days by which banks count."""

from datetime import date, timedelta

SATURDAY = 5


def banking_days_after(start: date, days: int) -> date:
    """The day so many weekdays after `start`. Bank holidays may add a day to it."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY:
            days -= 1
    return day
