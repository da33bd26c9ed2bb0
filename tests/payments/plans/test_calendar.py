"""The calendar of a plan is exact: month ends, leap days, daylight saving, cents (FEATURES P9)."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.plans.calendar import (
    CannotBeSplit,
    due_moment,
    equal_parts,
    fixed_parts,
    moved,
    nth_day,
    schedule,
)
from payments.plans.models import INSTALMENTS_MAX, Every

DAYS = st.dates(date(2020, 1, 1), date(2120, 12, 31))
PERIODS = st.sampled_from(list(Every))
COUNTS = st.integers(1, INSTALMENTS_MAX)
CENTS = st.integers(1, 10**12)
ZONES = st.sampled_from(["America/Los_Angeles", "America/St_Johns", "Pacific/Honolulu", "UTC"])


def months(start: date, count: int) -> list[date]:
    return [nth_day(start, Every.MONTH, n) for n in range(count)]


def test_P9_the_last_of_january_is_the_last_of_february_and_then_again_the_31st() -> None:
    assert months(date(2027, 1, 31), 4) == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
    ]


def test_P9_a_leap_day_comes_back_in_leap_years_alone() -> None:
    years = [nth_day(date(2028, 2, 29), Every.MONTH, 12 * n) for n in range(5)]
    assert [(day.month, day.day) for day in years] == [(2, 29), (2, 28), (2, 28), (2, 28), (2, 29)]


def test_P9_a_month_over_the_new_year_and_two_weeks_over_a_leap_day() -> None:
    assert nth_day(date(2026, 12, 31), Every.MONTH, 2) == date(2027, 2, 28)
    assert nth_day(date(2028, 2, 20), Every.TWO_WEEKS, 1) == date(2028, 3, 5)


@given(DAYS, PERIODS, st.integers(0, INSTALMENTS_MAX))
def test_P9_each_day_is_after_the_one_before(start: date, every: Every, n: int) -> None:
    gap = nth_day(start, every, n + 1) - nth_day(start, every, n)
    expected = {Every.WEEK: {7}, Every.TWO_WEEKS: {14}, Every.MONTH: {28, 29, 30, 31}}[every]
    assert gap.days in expected


@given(DAYS, st.integers(0, INSTALMENTS_MAX))
def test_P9_a_month_later_is_the_same_day_or_the_last_of_a_shorter_month(
    start: date, n: int
) -> None:
    day = nth_day(start, Every.MONTH, n)
    assert (day.year * 12 + day.month) - (start.year * 12 + start.month) == n
    assert day.day == min(start.day, monthrange(day.year, day.month)[1])


@given(DAYS, ZONES)
def test_P9_an_instalment_is_due_at_nine_where_the_firm_is(day: date, zone: str) -> None:
    moment = due_moment(day, zone)
    there = moment.astimezone(ZoneInfo(zone))
    assert moment.tzinfo is UTC
    assert (there.date(), there.hour, there.minute) == (day, 9, 0)


def test_P9_daylight_saving_moves_the_moment_and_not_the_hour() -> None:
    before = due_moment(date(2027, 3, 13), "America/Los_Angeles")
    after = due_moment(date(2027, 3, 14), "America/Los_Angeles")
    assert before == datetime(2027, 3, 13, 17, tzinfo=UTC)
    assert after == datetime(2027, 3, 14, 16, tzinfo=UTC)
    assert after - before == timedelta(hours=23)


@given(CENTS, COUNTS)
def test_P9_equal_parts_are_the_total_and_differ_by_a_cent_at_most(total: int, count: int) -> None:
    if total < count:
        with pytest.raises(CannotBeSplit):
            equal_parts(total, count)
        return
    parts = equal_parts(total, count)
    assert (len(parts), sum(parts)) == (count, total)
    assert parts == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] <= 1


@given(CENTS, CENTS, st.integers(1, 500))
def test_P9_parts_of_a_fixed_amount_are_the_total_and_end_with_the_rest(
    total: int, each: int, least: int
) -> None:
    try:
        parts = fixed_parts(total, each, least)
    except CannotBeSplit:
        assert total > each * INSTALMENTS_MAX
        return
    assert sum(parts) == total
    assert len(parts) <= INSTALMENTS_MAX
    assert set(parts[:-1]) <= {each}
    assert parts[-1] < each + least
    if total >= least:
        assert parts[-1] >= min(each, least)


@pytest.mark.parametrize("total, each", [(0, 100), (-5, 100), (100, 0), (100, -1)])
def test_P9_nothing_and_less_than_nothing_is_no_plan(total: int, each: int) -> None:
    with pytest.raises(CannotBeSplit):
        fixed_parts(total, each, 50)


@pytest.mark.parametrize("count", [0, -1, 121, 10_000])
def test_P9_ten_thousand_instalments_are_refused(count: int) -> None:
    with pytest.raises(CannotBeSplit):
        equal_parts(10_000_000, count)


def test_P9_a_hundred_and_twenty_fixed_parts_fit_and_one_more_does_not() -> None:
    assert len(fixed_parts(12_000, 100, 50)) == INSTALMENTS_MAX
    assert fixed_parts(12_049, 100, 50)[-1] == 149
    with pytest.raises(CannotBeSplit):
        fixed_parts(12_050, 100, 50)


@given(DAYS, PERIODS, st.integers(1, 24), st.integers(0, 12), st.integers(0, 400))
def test_P9_a_plan_that_stood_still_moves_by_whole_periods_and_never_bunches_up(
    start: date, every: Every, count: int, done: int, waited: int
) -> None:
    whole = [due.on for due in schedule([100] * (done + count), start, every)]
    days, not_before = whole[done:], start + timedelta(days=waited)
    later = moved(days, start, every, not_before)
    assert len(later) == len(set(later)) == count
    assert later[0] >= not_before or later == days
    assert all(now >= was for now, was in zip(later, days, strict=True))
    if days[0] >= not_before:
        assert later == days
    else:
        periods = range(INSTALMENTS_MAX * 3)
        assert later[0] == next(
            day for n in periods if (day := nth_day(start, every, n)) >= not_before
        )
