"""The list of bills: Core rows by keyset, each filter served by an index.

One status is read in the order of its due dates, everything else by when it was made. So a page
anywhere in a million bills reads some fifty of them, and what is added up is bounded.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_
from sqlalchemy.orm import Session

from payments.billing.models import Bill, BillStatus
from payments.billing.queries import with_matter
from portal.clients.models import Contact
from portal.clients.queries import CONTACT, find_clients
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bills to list. Everything given must fit.

    `typed` is a bill's whole number, or the start of each word of a client's name.
    """

    status: BillStatus | None = None
    typed: str = ""
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
    session: Session, wanted: Wanted, *, before: int | None = None, after: int | None = None
) -> Found:
    """The bills that come after the one with the id `before`, or before the one `after`.

    An unpaid bill comes the sooner the longer it has been due; in any other status the latest due
    comes first, and without a status the newest. An id that names no bill is as good as none.
    """
    clauses, more_clients = _clauses(session, wanted)
    if clauses is None:
        return NONE
    order = _Order(wanted)
    place = order.place(session, before if after is None else after)
    newer = place is not None and after is not None
    listed = clauses if place is None else [*clauses, order.beyond(place, back=newer)]
    statement: Select[*tuple[Any, ...]] = (
        select(*LISTED)
        .join(Contact, Contact.id == Bill.client_id)
        .where(*listed)
        .order_by(*order.by(back=newer))
        .limit(PAGE_ROWS + 1)
    )
    rows = session.execute(statement).all()
    page = cut(
        rows,
        lambda row: row.id,
        before=before if place and not newer else None,
        after=after if newer else None,
    )
    return Found(page, _sums(session, clauses), more_clients)


class _Order:
    """How the bills of a filter stand, and where a page of them begins."""

    def __init__(self, wanted: Wanted) -> None:
        self.by_due = wanted.status is not None
        self.oldest_first = wanted.status == BillStatus.AWAITING_PAYMENT

    def by(self, *, back: bool) -> list[ColumnElement[Any]]:
        columns = [Bill.due_on, Bill.id] if self.by_due else [Bill.id]
        return [one.asc() if self.oldest_first != back else one.desc() for one in columns]

    def place(self, session: Session, bill_id: int | None) -> tuple[date, int] | None:
        if bill_id is None:
            return None
        due_on = session.scalar(select(Bill.due_on).where(Bill.id == bill_id))
        return None if due_on is None else (due_on, bill_id)

    def beyond(self, place: tuple[date, int], *, back: bool) -> Clause:
        if not self.by_due:
            return Bill.id > place[1] if back else Bill.id < place[1]
        here = tuple_(Bill.due_on, Bill.id)
        return here > place if self.oldest_first != back else here < place


def _clauses(session: Session, wanted: Wanted) -> tuple[list[Clause] | None, bool]:
    """What each bill must fit; none at all where no bill can. And whether clients were left out."""
    state = [] if wanted.status is None else [Bill.status == wanted.status]
    if wanted.matter_id is not None:
        return [*state, Bill.id.in_(with_matter(wanted.matter_id))], False
    if wanted.client_id is not None:
        return [_among(Bill.client_id == wanted.client_id, *state)], False
    if not wanted.typed:
        return state, False
    number = _number(session, wanted.typed)
    if number is not None:
        return [*state, Bill.number == number], False
    clients = _clients(session, wanted.typed)
    if not clients:
        return None, False
    named = Bill.client_id.in_(clients[:CLIENTS_MAX])
    return [_among(named, *state)], len(clients) > CLIENTS_MAX


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


def _clients(session: Session, typed: str) -> list[int]:
    found = find_clients(session, typed, limit=CLIENTS_MAX + 1, kinds=(CONTACT,))
    return [option.contact_id for option in found]


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
