"""The list of Transactions: Core rows, newest first, by keyset, each filter served by an index.

Whatever is filtered, the order is that of `made_at` and `id`, so a page anywhere in ten million
rows reads some fifty of them (BARS "Transactions").
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Row,
    Select,
    func,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from payments.receipts.models import Receipt
from payments.transactions import overlays
from payments.transactions.models import Payment
from payments.transactions.overlays import NOTHING, Overlaid
from payments.transactions.payers import Payers, payers_of
from payments.transactions.queries import left_out
from payments.transactions.states import Status
from payments.transactions.waiting import UNLINKED, WAITS, Waiting
from portal.clients.access import NOTHING_CLOSED, Clause, Closed
from portal.clients.models import Contact, Matter
from portal.core import db
from portal.web.pagination import COUNTED_MAX, EXPORT_ROWS, PAGE_ROWS, Page, cut

LISTED = (
    Payment.id,
    Payment.public_id,
    Payment.reference,
    Payment.made_at,
    Payment.status,
    Payment.amount_cents,
    Payment.withdrawn_cents,
    Payment.currency,
    Payment.method_label,
    Payment.bank_account_id,
    Payment.payer_name,
    Payment.payer_email,
    Payment.payer_reference,
    Payment.paid_for,
    Payment.receipt_id,
)
EXPORTED = (
    *LISTED,
    Payment.method,
    Payment.fee_cents,
    Payment.expected_on,
    Payment.completed_at,
    Payment.intent_id,
    Contact.name.label("client_name"),
    Matter.number.label("matter_number"),
)

Rows = Select[*tuple[Any, ...]]
Cursor = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which payments to list (FEATURES M10). Everything given must fit.

    `linked`: those that belong to a client, or those that wait for **Link** (FEATURES S2).
    `payer` is the start of a name or of an email address, words of a contact's name, a whole
    reference, or an amount.
    `made_from` and `made_before` bound the time of submission: from the first, before the second.
    `closed` is filled in by whoever lists: payments linked to a closed matter are left out (N8).
    """

    status: Status | None = None
    bank_account_id: int | None = None
    linked: bool | None = None
    payer: str = ""
    made_from: datetime | None = None
    made_before: datetime | None = None
    closed: Closed = NOTHING_CLOSED


@dataclass(frozen=True, slots=True)
class Found:
    """A page of payments. `count` is exact up to COUNTED_MAX and says no more beyond it.

    `more_payers`: so many payers begin like this that only the first PAYERS_MAX were looked at.
    """

    page: Page[Row[Any]]
    count: int
    more_payers: bool


def find(
    session: Session, wanted: Wanted, closed: Closed, *, before: int | None, after: int | None
) -> Found:
    """The payments older than `before`, or newer than `after` (ids), else the newest.

    An id that names no payment is as good as none: the page is the first one.
    """
    wanted = replace(wanted, closed=closed)
    payers = payers_of(session, wanted.payer)
    if payers is not None and not payers.alternatives:
        return Found(Page([], None, None), 0, more_payers=False)
    cursor = _cursor(session, before if after is None else after)
    newer = cursor is not None and after is not None
    rows = session.execute(
        _page(wanted, payers, cursor, newer=newer, size=PAGE_ROWS + 1, columns=LISTED)
    ).all()
    page = cut(
        rows,
        lambda row: row.id,
        before=before if cursor and not newer else None,
        after=after if newer else None,
    )
    counted = select(func.count()).select_from(_counted(wanted, payers).subquery())
    return Found(page, session.execute(counted).scalar_one(), bool(payers and payers.more))


def first(session: Session, typed: str, closed: Closed, most: int) -> Sequence[Row[Any]]:
    """The newest payments that `payer` finds by the same words: for the search over everything."""
    payers = payers_of(session, typed)
    if payers is None or not payers.alternatives:
        return []
    page = _page(Wanted(closed=closed), payers, None, newer=False, size=most, columns=LISTED)
    return session.execute(page).all()


def every_row(wanted: Wanted, closed: Closed) -> Iterator[tuple[Row[Any], Overlaid]]:
    """All the payments that fit, newest first, for the export, each with what lies over it: read
    in steps, so that no reading stays open while a slow browser takes them."""
    wanted = replace(wanted, closed=closed)
    cursor: Cursor | None = None
    while True:
        with db.read() as session:
            payers = payers_of(session, wanted.payer)
            if payers is not None and not payers.alternatives:
                return
            page = _page(wanted, payers, cursor, newer=False, size=EXPORT_ROWS, columns=EXPORTED)
            rows = session.execute(_with_names(page)).all()
            over = overlays.of(session, [row.id for row in rows])
        yield from ((row, over.get(row.id, NOTHING)) for row in rows)
        if len(rows) < EXPORT_ROWS:
            return
        cursor = (rows[-1].made_at, rows[-1].id)


def _with_names(page: Rows) -> Rows:
    """The same rows with whom each is linked to, if anybody."""
    return (
        page.select_from(Payment)
        .outerjoin(Receipt, Receipt.id == Payment.receipt_id)
        .outerjoin(Contact, Contact.id == Receipt.client_id)
        .outerjoin(Matter, Matter.id == Receipt.matter_id)
    )


def too_many_payers(session: Session, wanted: Wanted) -> bool:
    """Whether more payers begin so than are looked at: an export would miss some of them."""
    payers = payers_of(session, wanted.payer)
    return payers is not None and payers.more


def _cursor(session: Session, payment_id: int | None) -> Cursor | None:
    if payment_id is None:
        return None
    made_at = session.scalar(select(Payment.made_at).where(Payment.id == payment_id))
    return (made_at, payment_id) if made_at is not None else None


def _clauses(wanted: Wanted, of: type[Payment] = Payment) -> list[Clause]:
    clauses: list[Clause] = []
    if wanted.status is not None:
        clauses.append(of.status == wanted.status)
    if wanted.bank_account_id is not None:
        clauses.append(of.bank_account_id == wanted.bank_account_id)
    if wanted.linked is not None:
        unlinked = WAITS if of is Waiting else UNLINKED
        clauses.append(of.receipt_id.is_not(None) if wanted.linked else unlinked)
    clauses += left_out(wanted.closed, of.receipt_id, of.id)
    if wanted.made_from is not None:
        clauses.append(of.made_at >= wanted.made_from)
    if wanted.made_before is not None:
        clauses.append(of.made_at < wanted.made_before)
    return clauses


def _page(
    wanted: Wanted,
    payers: Payers | None,
    cursor: Cursor | None,
    *,
    newer: bool,
    size: int,
    columns: tuple[Any, ...],
) -> Rows:
    of = Waiting if payers is None and wanted.linked is False else Payment
    clauses = _clauses(wanted, of)
    if cursor is not None:
        place = tuple_(of.made_at, of.id)
        clauses.append(place > cursor if newer else place < cursor)
    if of is Waiting:
        waiting = _ordered(select(of.id).where(*clauses), newer=newer, size=size, of=of)
        return _ordered(select(*columns).where(Payment.id.in_(waiting)), newer=newer, size=size)
    if payers is None:
        return _ordered(select(*columns).where(*clauses), newer=newer, size=size)
    if len(payers.alternatives) == 1:
        clauses.append(payers.alternatives[0])
        return _ordered(select(*columns).where(*clauses), newer=newer, size=size)
    # The newest of all of them are among the newest of each: some fifty rows a payer are sorted.
    candidates = _united(clauses, payers, size, newer=newer)
    chosen = select(*columns).where(Payment.id.in_(candidates))
    return _ordered(chosen, newer=newer, size=size)


def _ordered(statement: Rows, *, newer: bool, size: int, of: type[Payment] = Payment) -> Rows:
    order = (of.made_at, of.id) if newer else (of.made_at.desc(), of.id.desc())
    return statement.order_by(*order).limit(size)


def _united(
    clauses: list[Clause], payers: Payers, size: int, *, newer: bool = False
) -> CompoundSelect[Any]:
    return union_all(
        *(
            select(
                _ordered(
                    select(Payment.id).where(*clauses, alternative), newer=newer, size=size
                ).subquery()
            )
            for alternative in payers.alternatives
        )
    )


def _counted(wanted: Wanted, payers: Payers | None) -> Rows:
    most = COUNTED_MAX + 1
    if payers is None:
        of = Waiting if wanted.linked is False else Payment
        return select(of.id).where(*_clauses(wanted, of)).limit(most)
    united = _united(_clauses(wanted), payers, most).subquery()
    return select(united.c.id).distinct().limit(most)
