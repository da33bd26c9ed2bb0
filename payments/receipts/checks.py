"""What must hold of bills, receipts and allocations, asked in sets by `flask check-books`."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Executable, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind as BankAccountKind
from payments.accounts.models import BankAccount
from payments.billing.models import Bill, BillShare, BillStatus
from payments.billing.requested import TrustRequest
from payments.ledger.models import AccountKind, LedgerAccount, LedgerBalance
from payments.receipts import trust_checks
from payments.receipts.from_trust import TrustTransfer
from payments.receipts.models import Allocation, Receipt
from portal.clients.models import Matter

TOLD_MAX = 20
_ISSUED = Bill.number.is_not(None)
_STANDS = Allocation.amount_cents - Allocation.reversed_cents


def problems(session: Session) -> list[str]:
    """Sentences about every bill, receipt or allocation that does not fit the others, or the books.

    Bill paid = Σ applied, 0 ≤ paid ≤ total; what is owed is the receivable; what is left of
    receipts is the client's credit or trust money, to the cent (DESIGN "Money").
    """
    return [
        sentence.format(**row._mapping)
        for statement, sentence in (*_CHECKS, *trust_checks.CHECKS)
        for row in session.execute(statement())
    ]


@cache
def _bills_against_allocations() -> Executable:
    standing = (
        select(Allocation.bill_id, func.sum(_STANDS).label("cents"))
        .group_by(Allocation.bill_id)
        .subquery()
    )
    applied = func.coalesce(standing.c.cents, 0)
    return (
        select(Bill.number, Bill.applied_cents.label("kept"), applied.label("summed"))
        .outerjoin(standing, standing.c.bill_id == Bill.id)
        .where(Bill.applied_cents != applied)
        .limit(TOLD_MAX)
    )


@cache
def _shares_against_allocations() -> Executable:
    standing = (
        select(Allocation.bill_share_id, func.sum(_STANDS).label("cents"))
        .group_by(Allocation.bill_share_id)
        .subquery()
    )
    applied = func.coalesce(standing.c.cents, 0)
    return (
        select(Bill.number, BillShare.applied_cents.label("kept"), applied.label("summed"))
        .join(Bill, Bill.id == BillShare.bill_id)
        .outerjoin(standing, standing.c.bill_share_id == BillShare.id)
        .where(BillShare.applied_cents != applied)
        .limit(TOLD_MAX)
    )


@cache
def _shares_against_bills() -> Executable:
    whole = (
        select(
            BillShare.bill_id,
            func.sum(BillShare.total_cents).label("total"),
            func.sum(BillShare.applied_cents).label("applied"),
        )
        .group_by(BillShare.bill_id)
        .subquery()
    )
    return (
        select(Bill.number)
        .outerjoin(whole, whole.c.bill_id == Bill.id)
        .where(_ISSUED)
        .where(
            or_(
                func.coalesce(whole.c.total, 0) != Bill.total_cents,
                func.coalesce(whole.c.applied, 0) != Bill.applied_cents,
            )
        )
        .limit(TOLD_MAX)
    )


@cache
def _statuses() -> Executable:
    right = case(
        (Bill.status == BillStatus.VOID, BillStatus.VOID),
        (Bill.applied_cents == Bill.total_cents, BillStatus.PAID),
        else_=BillStatus.AWAITING_PAYMENT,
    )
    return select(Bill.number, Bill.status).where(_ISSUED, Bill.status != right).limit(TOLD_MAX)


@cache
def _shares_against_books() -> Executable:
    """What each matter owes on each bill, and the receivable of it; the client is the bill's."""
    owed = case(
        (Bill.status == BillStatus.VOID, 0), else_=BillShare.total_cents - BillShare.applied_cents
    )
    shares = select(
        Bill.id.label("bill_id"),
        BillShare.matter_id,
        Bill.client_id,
        literal(0).label("books"),
        owed.label("rows"),
    ).join(BillShare, BillShare.bill_id == Bill.id)
    books = (
        select(
            LedgerAccount.bill_id,
            LedgerAccount.matter_id,
            LedgerAccount.client_id,
            LedgerBalance.posted_cents,
            literal(0),
        )
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(LedgerAccount.kind == AccountKind.RECEIVABLE)
    )
    return _differing((shares, books), "bill_id", "matter_id", "client_id")


@cache
def _receipts_against_allocations() -> Executable:
    standing = (
        select(Allocation.receipt_id, func.sum(_STANDS).label("cents"))
        .group_by(Allocation.receipt_id)
        .subquery()
    )
    applied = func.coalesce(standing.c.cents, 0)
    return (
        select(Receipt.public_id, Receipt.applied_cents.label("kept"), applied.label("summed"))
        .outerjoin(standing, standing.c.receipt_id == Receipt.id)
        .where(Receipt.applied_cents != applied)
        .limit(TOLD_MAX)
    )


@cache
def _receipts_against_books() -> Executable:
    """What is left of receipts, and what the books hold for the client: trust in trust only.
    What was paid from trust has left its ledger, and no receipt of it in particular; what a refund
    under way holds is still there."""
    trust = BankAccount.kind == BankAccountKind.TRUST
    left = (
        select(
            Receipt.bank_account_id,
            Receipt.client_id,
            func.coalesce(Receipt.matter_id, 0).label("matter_id"),
            case((trust, AccountKind.CLIENT_TRUST), else_=AccountKind.CLIENT_CREDIT).label("kind"),
            literal(0).label("books"),
            (Receipt.amount_cents - Receipt.applied_cents - Receipt.gone_cents).label("rows"),
        )
        .join(BankAccount, BankAccount.id == Receipt.bank_account_id)
        .where(Receipt.undone_at.is_(None))
    )
    spent = select(
        TrustTransfer.trust_account_id,
        TrustTransfer.client_id,
        func.coalesce(TrustTransfer.matter_id, 0),
        literal(AccountKind.CLIENT_TRUST.value),
        literal(0),
        -TrustTransfer.amount_cents,
    ).where(TrustTransfer.undone_at.is_(None))
    books = (
        select(
            LedgerAccount.bank_account_id,
            LedgerAccount.client_id,
            func.coalesce(LedgerAccount.matter_id, 0),
            LedgerAccount.kind,
            LedgerBalance.posted_cents,
            literal(0),
        )
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(LedgerAccount.kind.in_([AccountKind.CLIENT_CREDIT, AccountKind.CLIENT_TRUST]))
    )
    return _differing((left, spent, books), "bank_account_id", "client_id", "matter_id", "kind")


@cache
def _requests_against_receipts() -> Executable:
    brought = (
        select(Receipt.trust_request_id, func.sum(Receipt.request_cents).label("cents"))
        .where(Receipt.trust_request_id.is_not(None), Receipt.undone_at.is_(None))
        .group_by(Receipt.trust_request_id)
        .subquery()
    )
    cents = func.coalesce(brought.c.cents, 0)
    return (
        select(TrustRequest.number, TrustRequest.paid_cents.label("kept"), cents.label("summed"))
        .outerjoin(brought, brought.c.trust_request_id == TrustRequest.id)
        .where(TrustRequest.paid_cents != cents)
        .limit(TOLD_MAX)
    )


def _differing(rows: Sequence[Any], *whose: str) -> Executable:
    # One statement: on PostgreSQL a second one might see money that came in between.
    both = union_all(*rows).subquery()
    columns = [both.c[name] for name in whose]
    booked, kept = func.sum(both.c.books), func.sum(both.c.rows)
    return (
        select(*columns, booked.label("booked"), kept.label("kept"))
        .group_by(*columns)
        .having(booked != kept)
        .order_by(*columns)
        .limit(TOLD_MAX)
    )


@cache
def _receipts_of_strangers() -> Executable:
    return (
        select(Receipt.public_id)
        .join(Matter, Matter.id == Receipt.matter_id)
        .where(Matter.client_id != Receipt.client_id)
        .limit(TOLD_MAX)
    )


@cache
def _allocations_to_strangers() -> Executable:
    wrong = or_(
        Bill.client_id != Receipt.client_id,
        Bill.id != BillShare.bill_id,
        and_(Receipt.matter_id.is_not(None), Receipt.matter_id != BillShare.matter_id),
        BankAccount.kind == BankAccountKind.TRUST,
    )
    return (
        select(Allocation.public_id)
        .join(Receipt, Receipt.id == Allocation.receipt_id)
        .join(BankAccount, BankAccount.id == Receipt.bank_account_id)
        .join(Bill, Bill.id == Allocation.bill_id)
        .join(BillShare, BillShare.id == Allocation.bill_share_id)
        .where(wrong)
        .limit(TOLD_MAX)
    )


_CHECKS: tuple[tuple[Callable[[], Executable], str], ...] = (
    (
        _bills_against_allocations,
        "bill {number}: {kept} cents are paid, its allocations are {summed}",
    ),
    (
        _shares_against_allocations,
        "bill {number}: {kept} cents of a matter's share are paid, its allocations are {summed}",
    ),
    (_shares_against_bills, "bill {number}: its matters' shares are not the bill"),
    (_statuses, "bill {number} is {status}, and what is applied to it says something else"),
    (
        _shares_against_books,
        "bill number {bill_id} of ours, matter {matter_id}, client {client_id}: {kept} cents are "
        "owed, the books hold {booked} as receivable",
    ),
    (
        _receipts_against_allocations,
        "receipt {public_id}: {kept} cents are applied, its allocations are {summed}",
    ),
    (
        _receipts_against_books,
        "client {client_id}, matter {matter_id}, bank account {bank_account_id}: the books hold "
        "{booked} cents of theirs as {kind}, their receipts {kept}",
    ),
    (
        _requests_against_receipts,
        "trust request {number}: {kept} cents are paid, its receipts are {summed}",
    ),
    (_receipts_of_strangers, "receipt {public_id} names a matter of another client"),
    (_allocations_to_strangers, "allocation {public_id} pays what its money may not pay"),
)
