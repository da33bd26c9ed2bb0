"""Receivables by age: what clients owe on bills, by how long it has been due (FEATURES X6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import case, func, literal_column, select
from sqlalchemy.orm import Session

from payments.billing.closed import left_out
from payments.billing.models import Bill
from portal.clients.access import Closed

DAYS_OVERDUE = (30, 60, 90)
"""How long bills of each band are overdue at most; a band of its own is for those not due yet, and
one for what is overdue longer than the last."""


@dataclass(frozen=True, slots=True)
class Band:
    """What is owed on the unpaid bills due from one day to another; open ended where there is none.

    `cents` are what is not paid yet, also where a payment is under way.
    """

    due_from: date | None
    due_to: date | None
    bills: int = 0
    cents: int = 0


def ageing(session: Session, today: date, closed: Closed) -> list[Band]:
    """The bands, what is not due yet first. One SELECT over the index of unpaid bills."""
    bands = bands_on(today)
    first_days = [band.due_from for band in bands]
    place = case(
        *((Bill.due_on >= day, place) for place, day in enumerate(first_days) if day is not None),
        else_=len(bands) - 1,
    )
    owed = (
        select(place.label("place"), (Bill.total_cents - Bill.applied_cents).label("cents"))
        # In letters, as in the index: a bound value would not be known for what stands there.
        .where(Bill.status == literal_column("'awaiting_payment'"), *left_out(closed))
        .subquery()
    )
    rows = session.execute(
        select(owed.c.place, func.count(), func.sum(owed.c.cents)).group_by(owed.c.place)
    )
    found = {place: (bills, int(cents)) for place, bills, cents in rows}
    return [
        Band(band.due_from, band.due_to, *found.get(place, (0, 0)))
        for place, band in enumerate(bands)
    ]


def bands_on(today: date) -> Sequence[Band]:
    """The bands, by when their bills are due: a bill is overdue from the day after."""
    bands = [Band(today, None)]
    last = today - timedelta(days=1)
    for days in DAYS_OVERDUE:
        first = today - timedelta(days=days)
        bands.append(Band(first, last))
        last = first - timedelta(days=1)
    return [*bands, Band(None, last)]
