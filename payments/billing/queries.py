"""Reading bills: one by its name, those of a client or matter, what is open, what is owed."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Select, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, joinedload, selectinload

from payments.billing.applying import Applied
from payments.billing.closed import left_out
from payments.billing.models import UNISSUED, Bill, BillLine, BillShare, BillStatus
from portal.clients.access import Closed
from portal.clients.models import Matter
from portal.core.errors import Missing


@dataclass(frozen=True, slots=True)
class OpenShare:
    """One matter's share of an unpaid bill, and the bill that it stands on. All in cents."""

    bill_id: int
    bill_public_id: str
    number: int
    issued_on: date
    due_on: date
    bill_total_cents: int
    bill_applied_cents: int
    bill_reserved_cents: int
    share_id: int
    matter_id: int
    position: int
    total_cents: int
    applied_cents: int

    @property
    def left_cents(self) -> int:
        """What this matter still owes on the bill; a payment under way may be reserved for it."""
        return self.total_cents - self.applied_cents

    @property
    def bill_open_cents(self) -> int:
        """What may still be applied to the whole bill: not paid, not reserved."""
        return self.bill_total_cents - self.bill_applied_cents - self.bill_reserved_cents


_OPEN = (  # in the order of OpenShare
    Bill.id,
    Bill.public_id,
    Bill.number,
    Bill.issued_on,
    Bill.due_on,
    Bill.total_cents,
    Bill.applied_cents,
    Bill.reserved_cents,
    BillShare.id,
    BillShare.matter_id,
    BillShare.position,
    BillShare.total_cents,
    BillShare.applied_cents,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a client or a matter owes on issued bills, in cents, and on how many."""

    owed_cents: int
    bills: int


def find(session: Session, public_id: str, closed: Closed) -> Bill | None:
    """The bill that pages name by this id, with its client, account, lines and shares. None where
    it has a line on a matter that is closed to whoever looks."""
    return session.scalar(
        select(Bill)
        .where(Bill.public_id == public_id, *left_out(closed))
        .options(
            joinedload(Bill.client),
            joinedload(Bill.bank_account),
            selectinload(Bill.lines).joinedload(BillLine.matter),
            selectinload(Bill.taxes),
            selectinload(Bill.shares).joinedload(BillShare.matter),
        )
    )


def bill(session: Session, public_id: str, closed: Closed) -> Bill:
    """The same. Raises `Missing`."""
    found = find(session, public_id, closed)
    if found is None:
        raise Missing("There is no such bill.")
    return found


def with_matter(*matter_ids: int) -> Select[int]:
    """The ids of the bills that name a matter: issued ones by its share, drafts by their lines."""
    clients = select(Matter.client_id).where(Matter.id.in_(matter_ids))
    drafts = (
        select(Bill.id)
        .where(Bill.client_id.in_(clients), Bill.status.in_(UNISSUED))
        .where(
            select(BillLine.id)
            .where(BillLine.bill_id == Bill.id, BillLine.matter_id.in_(matter_ids))
            .exists()
        )
    )
    issued = select(BillShare.bill_id.label("id")).where(
        BillShare.matter_id.in_(matter_ids),
        BillShare.total_cents > 0,  # a changed bill may have named it before
    )
    both = union_all(issued, drafts).subquery()
    return select(both.c.id)


def parts_of(
    session: Session, matter_id: int, bill_ids: Collection[int]
) -> dict[int, tuple[int, int]]:
    """What these bills come to on one matter and what was paid of that, in cents by bill: by its
    shares, and for drafts by their lines."""
    issued = select(BillShare.bill_id, BillShare.total_cents, BillShare.applied_cents).where(
        BillShare.matter_id == matter_id, BillShare.bill_id.in_(bill_ids)
    )
    drafts = (
        select(BillLine.bill_id, func.sum(BillLine.amount_cents), literal(0))
        .join(Bill, Bill.id == BillLine.bill_id)
        .where(BillLine.matter_id == matter_id, BillLine.bill_id.in_(bill_ids))
        .where(Bill.status.in_(UNISSUED))
        .group_by(BillLine.bill_id)
    )
    rows = session.execute(union_all(issued, drafts))
    return {bill_id: (int(total), int(applied)) for bill_id, total, applied in rows}


def open_shares(
    session: Session,
    *,
    client_id: int,
    currency: str,
    closed: Closed,
    matter_id: int | None = None,
    bill_ids: Collection[int] | None = None,
    lock: bool = False,
    freed: Sequence[Applied] = (),
) -> list[OpenShare]:
    """What a client, or one of their matters, still owes, OLDEST FIRST, in the order of payment.

    By due date, then issue date, then number, then the order of the bill's lines. Bills whose
    rest is reserved for a payment under way are left out (FEATURES M9). With `bill_ids` only these
    are looked at. With `lock` the bills are nobody else's until the end of the transaction, taken
    in the order of their ids. `freed` is looked at as if it were taken off its bills already. Bills
    that are closed to whoever pays are left out: nobody pays what they do not see.
    """
    unpaid = Bill.status == BillStatus.AWAITING_PAYMENT
    if freed:
        unpaid = or_(unpaid, Bill.id.in_({one.bill_id for one in freed}))
    statement = (
        select(*_OPEN)
        .join(BillShare, BillShare.bill_id == Bill.id)
        .where(Bill.client_id == client_id, Bill.currency == currency, unpaid)
        .where(*left_out(closed))
        .order_by(Bill.due_on, Bill.issued_on, Bill.number, BillShare.position)
    )
    if matter_id is not None:
        statement = statement.where(BillShare.matter_id == matter_id)
    if bill_ids is not None:
        statement = statement.where(Bill.id.in_(bill_ids))
    if lock:  # exactly these: one that is issued meanwhile is not among them
        statement = statement.where(Bill.id.in_(_locked_ids(session, client_id, bill_ids)))
    shares = _without(freed, [OpenShare(*row) for row in session.execute(statement)])
    return [share for share in shares if share.left_cents > 0 and share.bill_open_cents > 0]


def _without(freed: Sequence[Applied], shares: list[OpenShare]) -> list[OpenShare]:
    if not freed:
        return shares
    of_bill, of_share = Counter[int](), Counter[int]()
    for one in freed:  # a bill's room counts what other matters' shares of it give back, too
        of_bill[one.bill_id] += one.cents
        of_share[one.share_id] += one.cents
    return [
        replace(
            share,
            applied_cents=share.applied_cents - of_share[share.share_id],
            bill_applied_cents=share.bill_applied_cents - of_bill[share.bill_id],
        )
        for share in shares
    ]


def _locked_ids(session: Session, client_id: int, among: Collection[int] | None) -> Sequence[int]:
    statement = select(Bill.id).where(
        Bill.client_id == client_id, Bill.status == BillStatus.AWAITING_PAYMENT
    )
    if among is not None:
        statement = statement.where(Bill.id.in_(among))
    return session.scalars(statement.order_by(Bill.id).with_for_update()).all()


def standing(
    session: Session, closed: Closed, client_id: int | None = None, matter_id: int | None = None
) -> Standing:
    """What a client owes on all issued bills; with a matter, what is owed on its shares of them."""
    if matter_id is None:
        owed = Bill.total_cents - Bill.applied_cents
        statement = select(func.coalesce(func.sum(owed), 0), func.count())
        statement = statement.where(Bill.client_id == client_id)
    else:
        owed = BillShare.total_cents - BillShare.applied_cents
        statement = select(func.coalesce(func.sum(owed), 0), func.count())
        statement = statement.join(Bill, Bill.id == BillShare.bill_id)
        statement = statement.where(BillShare.matter_id == matter_id, owed > 0)
    unpaid = (Bill.status == BillStatus.AWAITING_PAYMENT, *left_out(closed))
    row = session.execute(statement.where(*unpaid)).one()
    return Standing(int(row[0]), int(row[1]))
