"""What a plan is to be: checked, and written out as a schedule (FEATURES P9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from payments.accounts.settings import PROCESSOR_CENTS_MIN
from payments.plans.calendar import (
    MONTHS,
    CannotBeSplit,
    Due,
    equal_parts,
    fixed_parts,
    nth_day,
    schedule,
)
from payments.plans.models import INSTALMENTS_MAX, Every
from portal.clients.details import Problems

COUNT_MIN = 2
NOTE_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class Terms:
    """How a plan pays: so many equal instalments, or one fixed amount (cents) as often as needed.

    Exactly one of `count` and `each_cents` is given. None stands where what was typed could not be
    read, for which there is a sentence elsewhere.
    """

    every: Every | None
    starts_on: date | None
    count: int | None = None
    each_cents: int | None = None


def plan_out(terms: Terms, total_cents: int, today: date, room: int = INSTALMENTS_MAX) -> list[Due]:
    """The schedule of a plan over this total. `room` is how many instalments it may have.

    Raises `Problems` with a sentence for everything that is wrong: nothing owed, too few or too
    many instalments, amounts that cannot be charged, a start in the past or over a year ahead.
    """
    errors = _days_wrong(terms, today)
    parts: Sequence[int] = ()
    if total_cents < PROCESSOR_CENTS_MIN:
        errors["total"] = _("Nothing is owed that could be paid in instalments.")
    else:
        try:
            parts = _parts(terms, total_cents, room)
        except Problems as wrong:
            errors |= wrong.errors
    if errors or terms.starts_on is None or terms.every is None:
        raise Problems(errors)
    return schedule(parts, terms.starts_on, terms.every)


def _days_wrong(terms: Terms, today: date) -> dict[str, str]:
    errors: dict[str, str] = {}
    if terms.every is None:
        errors["every"] = _("Choose how often.")
    if terms.starts_on is None:
        errors["starts_on"] = _("Enter the day like 2026-05-31.")
    elif terms.starts_on < today:
        errors["starts_on"] = _("This day is past. Start today or later.")
    elif terms.starts_on > nth_day(today, Every.MONTH, MONTHS):
        errors["starts_on"] = _("Start within a year from today.")
    return errors


def _parts(terms: Terms, total_cents: int, room: int) -> list[int]:
    if terms.each_cents is None:
        return _equal(terms.count, total_cents, room)
    if terms.each_cents < PROCESSOR_CENTS_MIN:
        raise Problems({"each": _("Enter an amount of at least 0.50.")})
    if terms.each_cents >= total_cents:
        raise Problems({"each": _("This pays all of it at once. Enter less than what is owed.")})
    try:
        parts = fixed_parts(total_cents, terms.each_cents, PROCESSOR_CENTS_MIN)
    except CannotBeSplit:
        parts = [0] * (room + 1)
    if len(parts) > room:
        most = str(room)
        sentence = _("This makes more than %(most)s instalments. Enter a larger amount.", most=most)
        raise Problems({"each": sentence})
    return parts


def _equal(count: int | None, total_cents: int, room: int) -> list[int]:
    if count is None or not COUNT_MIN <= count <= room:
        sentence = _("Enter a number of instalments from 2 to %(most)s.", most=str(room))
        raise Problems({"count": sentence})
    if total_cents // count < PROCESSOR_CENTS_MIN:
        raise Problems(
            {"count": _("Each instalment would be less than 0.50. Choose fewer of them.")}
        )
    return equal_parts(total_cents, count)
