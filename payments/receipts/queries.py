"""Reading receipts, what is left of them as credit, and which bills they paid."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from payments.accounts.models import AccountKind, BankAccount
from payments.billing.applying import Applied
from payments.billing.closed import is_closed, left_out
from payments.billing.models import Bill
from payments.receipts.models import Allocation, Receipt
from portal.clients.access import Closed
from portal.clients.models import Matter
from portal.core.errors import Missing


@dataclass(frozen=True, slots=True)
class Credit:
    """What was received and not applied, in cents: of one account, at client or matter level."""

    bank_account_id: int
    bank_account_name: str
    matter_id: int | None
    matter_public_id: str | None
    matter_name: str | None
    cents: int


def _whole() -> Select[Receipt]:
    return select(Receipt).options(
        joinedload(Receipt.client),
        joinedload(Receipt.matter),
        joinedload(Receipt.bank_account),
        selectinload(Receipt.allocations).joinedload(Allocation.bill),
    )


def receipt(session: Session, public_id: str, closed: Closed) -> Receipt:
    """The receipt of an address, with whom it is for and what it paid. Raises `Missing`, also
    for money of a closed matter."""
    here = (Receipt.public_id == public_id, *closed.left_out(Receipt.matter_id))
    found = session.scalar(_whole().where(*here))
    if found is None:
        raise Missing("There is no such receipt.")
    return found


def by_id(session: Session, receipt_id: int) -> Receipt:
    """The receipt that a payment is now, with whom it is for and what it paid."""
    return session.scalars(_whole().where(Receipt.id == receipt_id)).one()


def of_cause(session: Session, cause: str, closed: Closed) -> Sequence[Receipt]:
    """Every receipt that one payment ever was, oldest first; all but the last are undone. Those of
    closed matters are left out."""
    named = (Receipt.cause == cause, *closed.left_out(Receipt.matter_id))
    return session.scalars(_whole().where(*named).order_by(Receipt.id)).all()


def of_trust_request(session: Session, trust_request_id: int) -> Sequence[Receipt]:
    """What was ever paid on a trust request, newest first; undone receipts are among them."""
    here = Receipt.trust_request_id == trust_request_id
    return session.scalars(select(Receipt).where(here).order_by(Receipt.id.desc())).all()


def pays_closed(session: Session, receipt_id: int, closed: Closed) -> bool:
    """Whether a receipt pays a bill that is closed to whoever looks: they may not take it back, as
    they do not see all that they would undo."""
    if not closed:
        return False
    stands = (
        Allocation.reversed_cents < Allocation.amount_cents,
        is_closed(closed, Allocation.bill_id),
    )
    found = select(Allocation.id).where(Allocation.receipt_id == receipt_id, *stands)
    return session.scalar(found.limit(1)) is not None


def has_credit() -> ColumnElement[bool]:
    """Receipts of which something is left. The same words as the index that finds them."""
    return (Receipt.undone_at.is_(None)) & (
        Receipt.applied_cents + Receipt.withdrawn_cents < Receipt.amount_cents
    )


def credits(session: Session, client_id: int, closed: Closed) -> list[Credit]:
    """What of a client's money in operating accounts pays no bill yet (FEATURES S5, S6).

    One line for each account and level: credit of a matter pays only that matter's bills.
    """
    rows = session.execute(
        select(
            Receipt.bank_account_id,
            BankAccount.name,
            Receipt.matter_id,
            Matter.public_id,
            Matter.name,
            func.sum(Receipt.amount_cents - Receipt.applied_cents - Receipt.withdrawn_cents),
        )
        .join(BankAccount, BankAccount.id == Receipt.bank_account_id)
        .outerjoin(Matter, Matter.id == Receipt.matter_id)
        .where(Receipt.client_id == client_id, has_credit())
        .where(*closed.left_out(Receipt.matter_id))
        .where(BankAccount.kind == AccountKind.OPERATING)
        .group_by(
            Receipt.bank_account_id,
            BankAccount.name,
            Receipt.matter_id,
            Matter.public_id,
            Matter.name,
        )
        .order_by(BankAccount.name, Receipt.matter_id)
    )
    return [Credit(*row[:5], int(row[5])) for row in rows]


def standing_allocations(session: Session, bill_id: int) -> Sequence[Allocation]:
    """What is applied to a bill now, newest first: the order in which it is taken back."""
    return session.scalars(
        select(Allocation)
        .where(Allocation.bill_id == bill_id, Allocation.reversed_cents < Allocation.amount_cents)
        .options(joinedload(Allocation.receipt).joinedload(Receipt.client))
        .order_by(Allocation.id.desc())
    ).all()


def standing(session: Session, receipt_id: int) -> list[Applied]:
    """What a receipt pays now, share by share."""
    cents = func.sum(Allocation.amount_cents - Allocation.reversed_cents)
    rows = session.execute(
        select(Allocation.bill_id, Allocation.bill_share_id, cents)
        .where(Allocation.receipt_id == receipt_id)
        .group_by(Allocation.bill_id, Allocation.bill_share_id)
        .having(cents > 0)
    )
    return [Applied(bill_id, share_id, int(paid)) for bill_id, share_id, paid in rows]


def paid_bills(session: Session, receipt_id: int, closed: Closed) -> list[tuple[Bill, int]]:
    """The bills that a receipt pays now, and how many cents of each; oldest due first. Those that
    are closed to whoever looks are left out."""
    standing = func.sum(Allocation.amount_cents - Allocation.reversed_cents)
    rows = session.execute(
        select(Bill, standing)
        .join(Allocation, Allocation.bill_id == Bill.id)
        .where(Allocation.receipt_id == receipt_id, *left_out(closed))
        .group_by(Bill.id)
        .having(standing > 0)
        .order_by(Bill.due_on, Bill.issued_on, Bill.number)
    )
    return [(bill, int(cents)) for bill, cents in rows]


def on_bill(bill_id: int) -> Select[int, int]:
    """The receipts that stand on a bill, by id, and the cents of each: `receipt_id`, `cents`."""
    stands = Allocation.amount_cents - Allocation.reversed_cents
    return (
        select(Allocation.receipt_id, func.sum(stands).label("cents"))
        .where(Allocation.bill_id == bill_id, stands > 0)
        .group_by(Allocation.receipt_id)
    )


def on_trust_request(trust_request_id: int) -> Select[int, int]:
    """The same of a trust request."""
    return select(Receipt.id.label("receipt_id"), Receipt.request_cents.label("cents")).where(
        Receipt.trust_request_id == trust_request_id, Receipt.request_cents > 0
    )
