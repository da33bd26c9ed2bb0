"""The list of trust requests: Core rows by keyset, each filter served by an index.

As for bills: one status is read in the order of its due dates, everything else by when it was made.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_
from sqlalchemy.orm import Session

from payments.billing.fitting import CLIENTS_MAX, number_in
from payments.billing.models import BillStatus
from payments.billing.requested import TrustRequest
from portal.clients.access import Clause, Closed
from portal.clients.models import Contact, Matter
from portal.clients.queries import find_clients
from portal.core import db
from portal.web.pagination import COUNTED_MAX, EXPORT_ROWS, PAGE_ROWS, Page, cut

LISTED: tuple[Any, ...] = (
    TrustRequest.id,
    TrustRequest.public_id,
    TrustRequest.number,
    TrustRequest.status,
    TrustRequest.currency,
    TrustRequest.issued_on,
    TrustRequest.due_on,
    TrustRequest.amount_cents,
    TrustRequest.paid_cents,
    TrustRequest.reserved_cents,
    TrustRequest.approved_by,
    TrustRequest.client_id,
    TrustRequest.matter_id,
    TrustRequest.bank_account_id,
    Contact.name.label("client_name"),
    Contact.public_id.label("client_public_id"),
    Matter.number.label("matter_number"),
    Matter.name.label("matter_name"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests to list. Everything given must fit.

    `typed` is a request's whole number, or the start of each word of a client's or matter's name.
    `due_before` and `due_until` are days; they leave only those that still ask for something.
    """

    status: BillStatus | None = None
    typed: str = ""
    due_before: date | None = None
    due_until: date | None = None
    client_id: int | None = None
    matter_id: int | None = None

    @property
    def one_status(self) -> BillStatus | None:
        """The status that everything listed has, if it has one."""
        by_due = self.due_before is not None or self.due_until is not None
        return BillStatus.AWAITING_PAYMENT if by_due and self.status is None else self.status


@dataclass(frozen=True, slots=True)
class Sums:
    """What the requests that fit come to, in cents of the firm's currency; a void one to nothing.

    `open_cents` is what issued ones still ask for.
    """

    requests: int
    asked_cents: int
    open_cents: int

    @property
    def uncounted(self) -> bool:
        """Whether there are too many to add up."""
        return self.requests > COUNTED_MAX


@dataclass(frozen=True, slots=True)
class Found:
    """A page of requests. `more_clients`: only the first CLIENTS_MAX that fit were looked at."""

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
    """The requests that come after the one with the id `before`, or before the one `after`.

    An unpaid one comes the sooner the longer it has been due; in any other status the latest due
    comes first, and without a status the newest. An id that names none is as good as none.
    """
    clauses, more_clients = fitting(session, wanted, closed)
    if clauses is None:
        return NONE
    order = _Order(wanted)
    place = order.place(session, before if after is None else after, closed)
    newer = place is not None and after is not None
    page = cut(
        session.execute(order.rows(clauses, place, back=newer, most=PAGE_ROWS + 1)).all(),
        lambda row: row.id,
        before=before if place and not newer else None,
        after=after if newer else None,
    )
    return Found(page, _sums(session, clauses), more_clients)


def every_row(wanted: Wanted, closed: Closed) -> Iterator[Sequence[Row[Any]]]:
    """All the requests that fit, in the order of the list, for the export: read in steps, so that
    no reading stays open while a slow browser takes them."""
    order, place = _Order(wanted), None
    while True:
        with db.read() as session:
            clauses, _more_clients = fitting(session, wanted, closed)
            if clauses is None:
                return
            statement = order.rows(clauses, place, back=False, most=EXPORT_ROWS)
            rows = session.execute(statement.add_columns(TrustRequest.note)).all()
        yield rows
        if len(rows) < EXPORT_ROWS:
            return
        place = (rows[-1].due_on, rows[-1].id)


class _Order:
    """How the requests of a filter stand, and where a page of them begins."""

    def __init__(self, wanted: Wanted) -> None:
        self.by_due = wanted.one_status is not None
        self.oldest_first = wanted.one_status == BillStatus.AWAITING_PAYMENT

    def by(self, *, back: bool) -> list[ColumnElement[Any]]:
        columns = [TrustRequest.due_on, TrustRequest.id] if self.by_due else [TrustRequest.id]
        return [one.asc() if self.oldest_first != back else one.desc() for one in columns]

    def place(
        self, session: Session, request_id: int | None, closed: Closed
    ) -> tuple[date, int] | None:
        if request_id is None:
            return None
        here = (TrustRequest.id == request_id, *closed.left_out(TrustRequest.matter_id))
        due_on = session.scalar(select(TrustRequest.due_on).where(*here))
        return None if due_on is None else (due_on, request_id)

    def rows(
        self, clauses: list[Clause], place: tuple[date, int] | None, *, back: bool, most: int
    ) -> Select[*tuple[Any, ...]]:
        """The requests that come next after a place, or before it with `back`: up to `most`."""
        listed = clauses if place is None else [*clauses, self.beyond(place, back=back)]
        return (
            select(*LISTED)
            .join(Contact, Contact.id == TrustRequest.client_id)
            .outerjoin(Matter, Matter.id == TrustRequest.matter_id)
            .where(*listed)
            .order_by(*self.by(back=back))
            .limit(most)
        )

    def beyond(self, place: tuple[date, int], *, back: bool) -> Clause:
        if not self.by_due:
            return TrustRequest.id > place[1] if back else TrustRequest.id < place[1]
        here = tuple_(TrustRequest.due_on, TrustRequest.id)
        return here > place if self.oldest_first != back else here < place


def fitting(session: Session, wanted: Wanted, closed: Closed) -> tuple[list[Clause] | None, bool]:
    """What each request must fit; none at all where none can. And whether clients were left out."""
    clauses, more_clients = _clauses(session, wanted, closed)
    if clauses is None:
        return None, more_clients
    return [*clauses, *closed.left_out(TrustRequest.matter_id)], more_clients


def _clauses(session: Session, wanted: Wanted, closed: Closed) -> tuple[list[Clause] | None, bool]:
    kept = _kept(wanted)
    if wanted.matter_id is not None:
        return [_among(TrustRequest.matter_id == wanted.matter_id, *kept)], False
    if wanted.client_id is not None:
        return [_among(TrustRequest.client_id == wanted.client_id, *kept)], False
    if not wanted.typed:
        return kept, False
    number = _number(session, wanted.typed)
    if number is not None:
        return [*kept, TrustRequest.number == number], False
    found = find_clients(session, wanted.typed, closed, limit=CLIENTS_MAX + 1)
    if not found:
        return None, False
    clients = [one.contact_id for one in found[:CLIENTS_MAX] if one.matter_id is None]
    matters = [one.matter_id for one in found[:CLIENTS_MAX] if one.matter_id is not None]
    named = TrustRequest.client_id.in_(clients) | TrustRequest.matter_id.in_(matters)
    return [_among(named, *kept)], len(found) > CLIENTS_MAX


def _kept(wanted: Wanted) -> list[Clause]:
    status = wanted.one_status
    kept = [] if status is None else [TrustRequest.status == status]
    due = wanted.due_before is not None or wanted.due_until is not None
    if due and status is not BillStatus.AWAITING_PAYMENT:  # nothing else is due
        kept.append(TrustRequest.status == BillStatus.AWAITING_PAYMENT)
    if wanted.due_before is not None:
        kept.append(TrustRequest.due_on < wanted.due_before)
    if wanted.due_until is not None:
        kept.append(TrustRequest.due_on <= wanted.due_until)
    return kept


def _among(*clauses: Clause) -> Clause:
    """That a request is one of a few, looked up first: or SQLite might walk every request of a
    state in the order of the list to find them."""
    return TrustRequest.id.in_(select(TrustRequest.id).where(*clauses).correlate(None))


def _number(session: Session, typed: str) -> int | None:
    """The number that was typed, where a request has it; somebody may also be called 2042."""
    number = number_in(typed)
    if number is None:
        return None
    return session.scalar(select(TrustRequest.number).where(TrustRequest.number == number))


def _sums(session: Session, clauses: Collection[Clause]) -> Sums:
    columns: tuple[Any, ...] = (
        TrustRequest.status,
        TrustRequest.amount_cents,
        TrustRequest.paid_cents,
    )
    few = select(*columns).where(*clauses).limit(COUNTED_MAX + 1).subquery()
    void, unpaid = BillStatus.VOID, BillStatus.AWAITING_PAYMENT
    left = few.c.amount_cents - few.c.paid_cents
    row = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(few.c.amount_cents).filter(few.c.status != void), 0),
            func.coalesce(func.sum(left).filter(few.c.status == unpaid), 0),
        ).select_from(few)
    ).one()
    return Sums(int(row[0]), int(row[1]), int(row[2]))
