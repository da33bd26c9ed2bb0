"""The calendar of a plan: which days, which moments, which amounts (FEATURES P9). Pure and exact.

Days are calendar days where the firm is. A month later is the same day of the next month, or its
last day where it has no such day; the day that the plan started on comes back as soon as a month
has it (31 January, 28 February, 31 March).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from payments.plans.models import INSTALMENTS_MAX, Every

DUE_AT = time(9)
"""When an instalment is charged on its day, where the firm is."""
MONTHS = 12
LONGEST_MONTH = 31
_DAYS = {Every.WEEK: 7, Every.TWO_WEEKS: 14}


class CannotBeSplit(ValueError):
    """A total cannot be paid in instalments like these: too small, or too many."""


@dataclass(frozen=True, slots=True)
class Due:
    """One instalment of a schedule: cents, due on a day."""

    on: date
    cents: int


def nth_day(starts_on: date, every: Every, n: int) -> date:
    """The day of instalment `n`, counted from 0. Raises OverflowError past the year 9999."""
    if every in _DAYS:
        return starts_on + timedelta(days=_DAYS[every] * n)
    years, month = divmod(starts_on.month - 1 + n, MONTHS)
    return _day_of_month(starts_on.year + years, month + 1, starts_on.day)


def _day_of_month(year: int, month: int, day: int) -> date:
    if not date.min.year <= year <= date.max.year:
        raise OverflowError("a day past the last year")
    first = date(year, month, 1)
    for last in range(min(day, LONGEST_MONTH), 0, -1):
        try:
            return first.replace(day=last)
        except ValueError:
            continue
    return first


def due_moment(on: date, timezone: str) -> datetime:
    """Nine in the morning of that day where the firm is, in UTC, summer or winter time."""
    return datetime.combine(on, DUE_AT, ZoneInfo(timezone)).astimezone(UTC)


def equal_parts(total_cents: int, count: int) -> list[int]:
    """A total in so many equal parts; the cents that do not divide are on the first ones."""
    if not 0 < count <= INSTALMENTS_MAX or total_cents < count:
        raise CannotBeSplit
    each, over = divmod(total_cents, count)
    return [each + (n < over) for n in range(count)]


def fixed_parts(total_cents: int, each_cents: int, least_cents: int) -> list[int]:
    """A total in parts of a fixed amount and a last one of the rest.

    A rest of less than `least_cents` cannot be charged alone: it is added to the part before.
    """
    if total_cents <= 0 or each_cents <= 0 or total_cents // each_cents > INSTALMENTS_MAX:
        raise CannotBeSplit
    whole, rest = divmod(total_cents, each_cents)
    parts = [each_cents] * whole
    if rest >= least_cents or (rest and not parts):
        parts.append(rest)
    elif rest:
        parts[-1] += rest
    if len(parts) > INSTALMENTS_MAX:
        raise CannotBeSplit
    return parts


def schedule(parts: Sequence[int], starts_on: date, every: Every) -> list[Due]:
    """The parts on their days."""
    return [Due(nth_day(starts_on, every, n), cents) for n, cents in enumerate(parts)]


def mark_of(dues: Sequence[Due]) -> str:
    """A short mark of a schedule, by which one that was shown is known from any other."""
    said = " ".join(f"{due.on.isoformat()}:{due.cents}" for due in dues)
    return hashlib.sha256(said.encode()).hexdigest()


def moved(days: Sequence[date], starts_on: date, every: Every, not_before: date) -> list[date]:
    """Days of a plan, moved later by whole periods until none is before `not_before`.

    `days` are consecutive ones of the plan that started on `starts_on`. So a plan that stood still
    does not charge several instalments at once when it goes on. Days that are late enough stay.
    """
    if not days or days[0] >= not_before:
        return list(days)
    first = 0
    while nth_day(starts_on, every, first) < not_before:
        first += 1
    return [nth_day(starts_on, every, first + n) for n in range(len(days))]
