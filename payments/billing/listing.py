"""The list of bills: Core rows by keyset, each filter and each order served by an index.

One status is read in the order of its due dates, everything else by when it was made unless asked
otherwise. So a page anywhere in a million bills reads some fifty of them, or fifty of each status,
and what is added up is bounded. What has no index (totals, balances) is not sorted by.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_, union_all
from sqlalchemy.orm import Session

from payments.billing.closed import left_out
from payments.billing.fitting import Sort, Wanted, fitting, standing
from payments.billing.models import Bill, BillStatus
from portal.clients.access import Clause, Closed
from portal.clients.models import Contact
from portal.core import db
from portal.web.pagination import COUNTED_MAX, EXPORT_ROWS, PAGE_ROWS, Page, cut

LISTED: tuple[Any, ...] = (
    Bill.id,
    Bill.public_id,
    Bill.number,
    Bill.status,
    Bill.currency,
    Bill.issued_on,
    Bill.due_on,
    Bill.total_cents,
    Bill.applied_cents,
    Bill.reserved_cents,
    Bill.client_id,
    Contact.name.label("client_name"),
    Contact.public_id.label("client_public_id"),
)


@dataclass(frozen=True, slots=True)
class Sums:
    """What the bills that fit come to, in cents of the firm's currency; a void one to nothing."""

    bills: int
    total_cents: int
    owed_cents: int

    @property
    def uncounted(self) -> bool:
        """Whether there are too many to add up."""
        return self.bills > COUNTED_MAX


@dataclass(frozen=True, slots=True)
class Found:
    """A page of bills. `more_clients`: only the first CLIENTS_MAX that fit were looked at."""

    page: Page[Row[Any]]
    sums: Sums
    more_clients: bool = False


NONE = Found(Page([], None, None), Sums(0, 0, 0))


def find(
    session: Session,
    wanted: Wanted,
    closed: Closed,
    *,
    before: int | None = None,
    after: int | None = None,
) -> Found:
    """The bills that come after the one with the id `before`, or before the one `after`.

    Unless sorted, an unpaid bill comes the sooner the longer it has been due; in any other status
    the latest due comes first, and without a status the newest. An id that names no bill is as good
    as none.
    """
    clauses, more_clients = fitting(session, wanted, closed)
    if clauses is None:
        return NONE
    order = _Order(wanted)
    place = order.place(session, before if after is None else after, closed)
    newer = place is not None and after is not None
    clauses += order.only
    statement = order.rows(wanted, clauses, closed, place, back=newer, most=PAGE_ROWS + 1)
    rows = session.execute(statement).all()
    older = before if place and not newer else None
    page = cut(rows, lambda row: row.id, before=older, after=after if newer else None)
    return Found(page, _sums(session, clauses), more_clients)


def every_row(wanted: Wanted, closed: Closed) -> Iterator[Sequence[Row[Any]]]:
    """All the bills that fit, in the order of the list, for the export: read in steps, so that no
    reading stays open while a slow browser takes them."""
    order, place = _Order(wanted), None
    while True:
        with db.read() as session:
            clauses, _more_clients = fitting(session, wanted, closed)
            if clauses is None:
                return
            clauses += order.only
            statement = order.rows(wanted, clauses, closed, place, back=False, most=EXPORT_ROWS)
            rows = session.execute(statement).all()
        yield rows
        if len(rows) < EXPORT_ROWS:
            return
        place = order.place_of(rows[-1])


class _Order:
    """How the bills of a filter stand, and where a page of them begins."""

    def __init__(self, wanted: Wanted) -> None:
        sort, status = wanted.sort, wanted.status
        self.by_number = sort in {Sort.NUMBER, Sort.NUMBER_DOWN}
        by_status = status is not None or wanted.due_from is not None or wanted.due_to is not None
        self.by_due = not self.by_number and (sort is not None or by_status)
        self.ascending = sort in {Sort.NUMBER, Sort.DUE} or (
            sort is None and status == BillStatus.AWAITING_PAYMENT
        )
        few = bool(wanted.typed) or wanted.client_id is not None or wanted.matter_id is not None
        self.merges = self.by_due and status is None and not few

    @property
    def only(self) -> list[Clause]:
        """What of the bills stands in this order at all."""
        return [Bill.number.is_not(None)] if self.by_number else []

    @property
    def _columns(self) -> list[Any]:
        if self.by_number:
            return [Bill.number]
        return [Bill.due_on, Bill.id] if self.by_due else [Bill.id]

    def by(self, *, back: bool) -> list[ColumnElement[Any]]:
        """The columns to order by, from the end with `back`."""
        up = self.ascending != back
        return [one.asc() if up else one.desc() for one in self._columns]

    def place(
        self, session: Session, bill_id: int | None, closed: Closed
    ) -> tuple[Any, ...] | None:
        """Where this bill stands. None where it does not exist for whoever looks, or not in this
        order."""
        if bill_id is None:
            return None
        here = (Bill.id == bill_id, *left_out(closed))
        row = session.execute(select(*self._columns).where(*here)).one_or_none()
        return None if row is None or None in row else tuple(row)

    def place_of(self, row: Row[Any]) -> tuple[Any, ...]:
        """Where a bill that was just read stands."""
        return tuple(getattr(row, one.key) for one in self._columns)

    def rows(
        self,
        wanted: Wanted,
        clauses: Collection[Clause],
        closed: Closed,
        place: tuple[Any, ...] | None,
        *,
        back: bool,
        most: int,
    ) -> Select[*tuple[Any, ...]]:
        """The bills that come next after a place, or before it with `back`: up to `most`."""
        listed = list(clauses)
        if place is not None and self.merges:
            days = standing(self.days_beyond(wanted, place, back=back))
            listed = [*days, *left_out(closed)]
        if place is not None:
            listed.append(self.beyond(place, back=back))
        if self.merges:
            listed = [_first_of_each_status(listed, self.by(back=back), most)]
        return (
            select(*LISTED)
            .join(Contact, Contact.id == Bill.client_id)
            .where(*listed)
            .order_by(*self.by(back=back))
            .limit(most)
        )

    def beyond(self, place: tuple[Any, ...], *, back: bool) -> Clause:
        """That a bill comes after that place, or before it with `back`."""
        one, *more = self._columns
        here, there = (tuple_(one, *more), place) if more else (one, place[0])
        return here > there if self.ascending != back else here < there

    def days_beyond(self, wanted: Wanted, place: tuple[Any, ...], *, back: bool) -> Wanted:
        """The same with its days cut off at that place. SQLite would begin at the first of the days
        and read all the bills up to the place."""
        here: date = place[0]
        if self.ascending != back:
            return replace(wanted, due_from=wanted.due_from and max(wanted.due_from, here))
        return replace(wanted, due_to=wanted.due_to and min(wanted.due_to, here))


def _first_of_each_status(
    clauses: Collection[Clause], by: list[ColumnElement[Any]], most: int
) -> Clause:
    """That a bill is among the first of its status: its index has each status in order of the due
    date, so a page of all is merged from a page of each."""
    pages = [
        select(Bill.id)
        .where(Bill.status == status, *clauses)
        .order_by(*by)
        .limit(most)
        .correlate(None)
        .subquery()
        for status in BillStatus
    ]
    return Bill.id.in_(union_all(*(select(page.c.id) for page in pages)))


def _sums(session: Session, clauses: Collection[Clause]) -> Sums:
    counted = _few(clauses).subquery()
    void, unissued = BillStatus.VOID, [BillStatus.DRAFT, BillStatus.AWAITING_APPROVAL]
    owed = counted.c.total_cents - counted.c.applied_cents
    row = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(counted.c.total_cents).filter(counted.c.status != void), 0),
            func.coalesce(func.sum(owed).filter(counted.c.status.not_in([void, *unissued])), 0),
        ).select_from(counted)
    ).one()
    return Sums(int(row[0]), int(row[1]), int(row[2]))


def _few(clauses: Collection[Clause]) -> Select[*tuple[Any, ...]]:
    columns: tuple[Any, ...] = (Bill.status, Bill.total_cents, Bill.applied_cents)
    return select(*columns).where(*clauses).limit(COUNTED_MAX + 1)
