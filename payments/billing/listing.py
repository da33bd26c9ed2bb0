"""The list of bills: Core rows by keyset, each filter and each order served by an index.

One status is read in the order of its due dates, everything else by when it was made unless asked
otherwise. So a page anywhere in a million bills reads some fifty of them, or fifty of each status,
and what is added up is bounded. What has no index (totals, balances) is not sorted by.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_, union_all
from sqlalchemy.orm import Session

from payments.billing.closed import left_out
from payments.billing.models import Bill, BillStatus
from payments.billing.queries import with_matter
from portal.clients.access import Closed
from portal.clients.models import Contact
from portal.clients.queries import CONTACT, MATTER, find_clients
from portal.web.pagination import COUNTED_MAX, PAGE_ROWS, Page, cut

"""Lists say "more than 1,000", and add nothing up, rather than read everything."""
CLIENTS_MAX = 25
NUMBER_CHARS_MAX = 9
_NUMBER = re.compile(rf"#?([0-9]{{1,{NUMBER_CHARS_MAX}}})")

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

Clause = ColumnElement[bool]


class Sort(StrEnum):
    """An order that an index serves; the minus turns it round. Only issued bills have numbers."""

    NUMBER = "number"
    NUMBER_DOWN = "-number"
    DUE = "due"
    DUE_DOWN = "-due"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bills to list, in which order. Everything given must fit.

    `typed` is a bill's whole number, or the start of each word of a client's name, or where no
    client is called so, of a matter's name or its number. Days are those on which bills are due.
    """

    status: BillStatus | None = None
    typed: str = ""
    due_from: date | None = None
    due_to: date | None = None
    sort: Sort | None = None
    client_id: int | None = None
    matter_id: int | None = None


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
    listed = clauses if place is None else [*clauses, order.beyond(place, back=newer)]
    if order.merges:
        if place is not None:
            days = _standing(order.days_beyond(wanted, place, back=newer))
            listed = [*days, *left_out(closed), order.beyond(place, back=newer)]
        listed = [_first_of_each_status(listed, order.by(back=newer))]
    statement: Select[*tuple[Any, ...]] = (
        select(*LISTED)
        .join(Contact, Contact.id == Bill.client_id)
        .where(*listed)
        .order_by(*order.by(back=newer))
        .limit(PAGE_ROWS + 1)
    )
    rows = session.execute(statement).all()
    older = before if place and not newer else None
    page = cut(rows, lambda row: row.id, before=older, after=after if newer else None)
    return Found(page, _sums(session, clauses), more_clients)


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


def _first_of_each_status(clauses: Collection[Clause], by: list[ColumnElement[Any]]) -> Clause:
    """That a bill is among the first of its status: its index has each status in order of the due
    date, so a page of all is merged from a page of each."""
    pages = [
        select(Bill.id)
        .where(Bill.status == status, *clauses)
        .order_by(*by)
        .limit(PAGE_ROWS + 1)
        .correlate(None)
        .subquery()
        for status in BillStatus
    ]
    return Bill.id.in_(union_all(*(select(page.c.id) for page in pages)))


def fitting(session: Session, wanted: Wanted, closed: Closed) -> tuple[list[Clause] | None, bool]:
    """What each bill must fit; none at all where no bill can. And whether clients were left out."""
    clauses, more_clients = _clauses(session, wanted, closed)
    return (None if clauses is None else [*clauses, *left_out(closed)]), more_clients


def _clauses(session: Session, wanted: Wanted, closed: Closed) -> tuple[list[Clause] | None, bool]:
    state = _standing(wanted)
    if wanted.matter_id is not None:
        return [*state, Bill.id.in_(with_matter(wanted.matter_id))], False
    if wanted.client_id is not None:
        return [_among(Bill.client_id == wanted.client_id, *state)], False
    if not wanted.typed:
        return state, False
    number = _number(session, wanted.typed)
    if number is not None:
        return [*state, Bill.number == number], False
    if clients := _clients(session, wanted.typed, closed):
        named = Bill.client_id.in_(clients[:CLIENTS_MAX])
        return [_among(named, *state)], len(clients) > CLIENTS_MAX
    if matters := _matters(session, wanted.typed, closed):
        return [*state, Bill.id.in_(with_matter(*matters[:CLIENTS_MAX]))], False
    return None, False


def _standing(wanted: Wanted) -> list[Clause]:
    days: list[Clause] = []
    if wanted.due_from is not None:
        days.append(Bill.due_on >= wanted.due_from)
    if wanted.due_to is not None:
        days.append(Bill.due_on <= wanted.due_to)
    if wanted.status is not None:
        return [Bill.status == wanted.status, *days]
    # Every status is named, so that the index of due dates can be asked for each.
    return [Bill.status.in_(list(BillStatus)), *days] if days else []


def _among(*clauses: Clause) -> Clause:
    """That a bill is one of a client's, who have few: looked up first, or SQLite might walk every
    bill of a state in the order of the list to find them."""
    return Bill.id.in_(select(Bill.id).where(*clauses).correlate(None))


def _number(session: Session, typed: str) -> int | None:
    """The number of a bill that was typed whole; somebody may also be called 1042."""
    match = _NUMBER.fullmatch(typed)
    if match is None:
        return None
    return session.scalar(select(Bill.number).where(Bill.number == int(match[1])))


def _clients(session: Session, typed: str, closed: Closed) -> list[int]:
    found = find_clients(session, typed, closed, limit=CLIENTS_MAX + 1, kinds=(CONTACT,))
    return [option.contact_id for option in found]


def _matters(session: Session, typed: str, closed: Closed) -> list[int]:
    found = find_clients(session, typed, closed, limit=CLIENTS_MAX, kinds=(MATTER,))
    return [option.matter_id for option in found if option.matter_id is not None]


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
