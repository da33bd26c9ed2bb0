"""Receivables by age: what clients owe on bills, by how long it has been due (FEATURES X6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, literal_column, select, union_all
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
    """The bands, what is not due yet first. One SELECT, a range of an index for each."""
    bands = bands_on(today)
    sums = (_sum(place, band, closed) for place, band in enumerate(bands))
    found = {row.place: row for row in session.execute(union_all(*sums))}
    return [
        replace(band, bills=found[place].bills, cents=int(found[place].cents))
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


def _sum(place: int, band: Band, closed: Closed) -> Select[*tuple[Any, ...]]:
    owed = Bill.total_cents - Bill.applied_cents
    days: list[ColumnElement[bool]] = []
    if band.due_from is not None:
        days.append(Bill.due_on >= band.due_from)
    if band.due_to is not None:
        days.append(Bill.due_on <= band.due_to)
    # In letters, as in the index: a bound value would not be known for what stands there.
    unpaid = Bill.status == literal_column("'awaiting_payment'")
    return select(
        literal(place).label("place"),
        func.count().label("bills"),
        func.coalesce(func.sum(owed), 0).label("cents"),
    ).where(unpaid, *days, *left_out(closed))
