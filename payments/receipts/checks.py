"""What must hold of bills, receipts and allocations, asked in sets by `flask check-books`."""

from collections.abc import Iterator

from sqlalchemy import and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind as BankAccountKind
from payments.accounts.models import BankAccount
from payments.billing.models import Bill, BillShare, BillStatus
from payments.ledger.models import AccountKind, LedgerAccount, LedgerBalance
from payments.receipts.models import Allocation, Receipt

TOLD_MAX = 20
_ISSUED = Bill.number.is_not(None)
_STANDS = Allocation.amount_cents - Allocation.reversed_cents


def problems(session: Session) -> list[str]:
    """Sentences about every bill, receipt or allocation that does not fit the others, or the books.

    Bill paid = Σ applied, 0 ≤ paid ≤ total; what is owed is the receivable; what is left of
    receipts is the client's credit or trust money, to the cent (DESIGN "Money").
    """
    return [sentence for check in _CHECKS for sentence in check(session)]


def _bills_against_allocations(session: Session) -> Iterator[str]:
    standing = (
        select(Allocation.bill_id, func.sum(_STANDS).label("cents"))
        .group_by(Allocation.bill_id)
        .subquery()
    )
    applied = func.coalesce(standing.c.cents, 0)
    rows = session.execute(
        select(Bill.number, Bill.public_id, Bill.applied_cents, applied)
        .outerjoin(standing, standing.c.bill_id == Bill.id)
        .where(Bill.applied_cents != applied)
        .limit(TOLD_MAX)
    )
    for number, public_id, kept, summed in rows:
        yield f"bill {number or public_id}: {kept} cents are paid, its allocations are {summed}"


def _shares_against_bills(session: Session) -> Iterator[str]:
    standing = (
        select(Allocation.bill_share_id, func.sum(_STANDS).label("cents"))
        .group_by(Allocation.bill_share_id)
        .subquery()
    )
    whole = (
        select(
            BillShare.bill_id,
            func.sum(BillShare.total_cents).label("total"),
            func.sum(BillShare.applied_cents).label("applied"),
            func.sum(func.coalesce(standing.c.cents, 0)).label("allocated"),
        )
        .outerjoin(standing, standing.c.bill_share_id == BillShare.id)
        .group_by(BillShare.bill_id)
        .subquery()
    )
    rows = session.scalars(
        select(Bill.number)
        .outerjoin(whole, whole.c.bill_id == Bill.id)
        .where(_ISSUED)
        .where(
            or_(
                func.coalesce(whole.c.total, 0) != Bill.total_cents,
                func.coalesce(whole.c.applied, 0) != Bill.applied_cents,
                whole.c.applied != whole.c.allocated,
            )
        )
        .limit(TOLD_MAX)
    )
    for number in rows:
        yield f"bill {number}: its matters' shares are not the bill"


def _statuses(session: Session) -> Iterator[str]:
    right = case(
        (Bill.status == BillStatus.VOID, BillStatus.VOID),
        (Bill.applied_cents == Bill.total_cents, BillStatus.PAID),
        else_=BillStatus.AWAITING_PAYMENT,
    )
    rows = session.execute(
        select(Bill.number, Bill.status).where(_ISSUED, Bill.status != right).limit(TOLD_MAX)
    )
    for number, status in rows:
        yield f"bill {number} is {status}, and what is applied to it says something else"


def _bills_against_books(session: Session) -> Iterator[str]:
    booked = (
        select(LedgerAccount.bill_id, func.sum(LedgerBalance.posted_cents).label("cents"))
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(LedgerAccount.kind == AccountKind.RECEIVABLE)
        .group_by(LedgerAccount.bill_id)
        .subquery()
    )
    owed = case((Bill.status == BillStatus.VOID, 0), else_=Bill.total_cents - Bill.applied_cents)
    receivable = func.coalesce(booked.c.cents, 0)
    rows = session.execute(
        select(Bill.number, owed, receivable)
        .outerjoin(booked, booked.c.bill_id == Bill.id)
        .where(_ISSUED, owed != receivable)
        .limit(TOLD_MAX)
    )
    for number, kept, summed in rows:
        yield f"bill {number}: {kept} cents are owed, the books hold {summed} as receivable"


def _receipts_against_allocations(session: Session) -> Iterator[str]:
    standing = (
        select(Allocation.receipt_id, func.sum(_STANDS).label("cents"))
        .group_by(Allocation.receipt_id)
        .subquery()
    )
    applied = func.coalesce(standing.c.cents, 0)
    rows = session.execute(
        select(Receipt.public_id, Receipt.applied_cents, applied)
        .outerjoin(standing, standing.c.receipt_id == Receipt.id)
        .where(Receipt.applied_cents != applied)
        .limit(TOLD_MAX)
    )
    for public_id, kept, summed in rows:
        yield f"receipt {public_id}: {kept} cents are applied, its allocations are {summed}"


def _receipts_against_books(session: Session) -> Iterator[str]:
    # One statement: on PostgreSQL a second one might see money that came in between.
    whose = ("bank_account_id", "client_id", "matter_id")
    left = select(
        Receipt.bank_account_id,
        Receipt.client_id,
        func.coalesce(Receipt.matter_id, 0).label("matter_id"),
        literal(0).label("books"),
        (Receipt.amount_cents - Receipt.applied_cents).label("receipts"),
    ).where(Receipt.undone_at.is_(None))
    books = (
        select(
            LedgerAccount.bank_account_id,
            LedgerAccount.client_id,
            func.coalesce(LedgerAccount.matter_id, 0),
            LedgerBalance.posted_cents,
            literal(0),
        )
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(LedgerAccount.kind.in_([AccountKind.CLIENT_CREDIT, AccountKind.CLIENT_TRUST]))
    )
    both = union_all(left, books).subquery()
    columns = [both.c[name] for name in whose]
    held, received = func.sum(both.c.books), func.sum(both.c.receipts)
    rows = session.execute(
        select(*columns, held.label("held"), received.label("received"))
        .group_by(*columns)
        .having(held != received)
        .order_by(*columns)
        .limit(TOLD_MAX)
    )
    for row in rows:
        yield (
            f"client {row.client_id}, matter {row.matter_id or 'none'}, bank account "
            f"{row.bank_account_id}: the books hold {row.held} cents of theirs, their receipts "
            f"{row.received}"
        )


def _allocations_to_strangers(session: Session) -> Iterator[str]:
    wrong = or_(
        Bill.client_id != Receipt.client_id,
        Bill.id != BillShare.bill_id,
        and_(Receipt.matter_id.is_not(None), Receipt.matter_id != BillShare.matter_id),
        BankAccount.kind == BankAccountKind.TRUST,
    )
    rows = session.scalars(
        select(Allocation.public_id)
        .join(Receipt, Receipt.id == Allocation.receipt_id)
        .join(BankAccount, BankAccount.id == Receipt.bank_account_id)
        .join(Bill, Bill.id == Allocation.bill_id)
        .join(BillShare, BillShare.id == Allocation.bill_share_id)
        .where(wrong)
        .limit(TOLD_MAX)
    )
    for public_id in rows:
        yield f"allocation {public_id} pays what its money may not pay"


_CHECKS = (
    _bills_against_allocations,
    _shares_against_bills,
    _statuses,
    _bills_against_books,
    _receipts_against_allocations,
    _receipts_against_books,
    _allocations_to_strangers,
)
