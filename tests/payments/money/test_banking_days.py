"""Banking days: no weekends, and none of the Federal Reserve's holidays."""

from datetime import date, timedelta

import pytest

from payments.money.banking_days import banking_days_after, is_banking_day

# As the Federal Reserve lists them (https://www.federalreserve.gov/aboutthefed/k8.htm).
CLOSED = (
    "2026-01-01 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-09-07 "
    "2026-10-12 2026-11-11 2026-11-26 2026-12-25 2027-01-01 2027-01-18 "
    "2027-02-15 2027-05-31 2027-07-05 2027-09-06 2027-10-11 2027-11-11 "
    "2027-11-25 2028-01-17 2028-02-21 2028-05-29 2028-06-19 2028-07-04 "
    "2028-09-04 2028-10-09 2028-11-23 2028-12-25 "
)


def test_M8_banks_are_closed_on_weekends_and_on_the_listed_holidays_alone() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(3 * 365 + 1)]
    closed = [day.isoformat() for day in days if day.weekday() < 5 and not is_banking_day(day)]
    assert closed == CLOSED.split()
    assert not any(is_banking_day(day) for day in days if day.weekday() >= 5)


@pytest.mark.parametrize(
    ("start", "days", "day"),
    [
        ("2026-05-04", 0, "2026-05-04"),
        ("2026-05-08", 1, "2026-05-11"),
        ("2026-11-19", 5, "2026-11-27"),  # over Thanksgiving
        ("2027-12-31", 1, "2028-01-03"),  # New Year's Day is a Saturday
    ],
)
def test_M8_weekends_and_holidays_are_not_counted(start: str, days: int, day: str) -> None:
    assert banking_days_after(date.fromisoformat(start), days) == date.fromisoformat(day)
