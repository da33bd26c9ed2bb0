"""What must hold of money that left a payment, and of what the firm covers: `flask check-books`."""

from collections.abc import Callable, Iterator
from functools import cache

from sqlalchemy import ColumnElement, Executable, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind as BankAccountKind
from payments.accounts.models import BankAccount
from payments.ledger.models import (
    CREDIT_NORMAL,
    AccountKind,
    LedgerAccount,
    LedgerBalance,
    Transfer,
    TransferState,
)
from payments.receipts.models import Receipt
from payments.transactions.disputed import Dispute, DisputeState
from payments.transactions.models import Payment
from payments.transactions.notice_checks import TOLD_MAX
from payments.transactions.postings import COMES_BACK, LEAVES
from payments.transactions.refunded import Refund, RefundState
from payments.transactions.replenished import CoverReason, Replenishment, ReplenishmentState
from payments.transactions.withdrawn import Withdrawal, WithdrawalPart, WithdrawalState

CAUSE = "withdrawal:"
_HELD, _OUT, _BACK = WithdrawalState.HELD, WithdrawalState.OUT, WithdrawalState.BACK
_STANDS = Withdrawal.state != _BACK
_THEIRS = Withdrawal.cents - Withdrawal.shortfall_cents


def problems(session: Session) -> Iterator[str]:
    """Sentences about every withdrawal that fits neither its payment, its receipt, the books nor
    what caused it, and about every trust account whose money is not whole (FEATURES M4, M6, M7)."""
    for statement, sentence in _CHECKS:
        for row in session.execute(statement()):
            yield sentence.format(**row._mapping)


@cache
def _against_payments() -> Executable:
    standing = (
        select(Withdrawal.payment_id, func.sum(Withdrawal.cents).label("cents"))
        .where(_STANDS)
        .group_by(Withdrawal.payment_id)
        .subquery()
    )
    summed = func.coalesce(standing.c.cents, 0)
    return (
        select(Payment.reference, Payment.withdrawn_cents.label("kept"), summed.label("summed"))
        .outerjoin(standing, standing.c.payment_id == Payment.id)
        .where(Payment.withdrawn_cents != summed)
        .limit(TOLD_MAX)
    )


@cache
def _against_receipts() -> Executable:
    standing = (
        select(
            Withdrawal.receipt_id,
            func.sum(Withdrawal.cents).label("cents"),
            func.sum(case((Withdrawal.state == _OUT, _THEIRS), else_=0)).label("gone"),
        )
        .where(_STANDS, Withdrawal.receipt_id.is_not(None))
        .group_by(Withdrawal.receipt_id)
        .subquery()
    )
    differs = or_(
        Receipt.withdrawn_cents != func.coalesce(standing.c.cents, 0),
        Receipt.gone_cents != func.coalesce(standing.c.gone, 0),
    )
    return (
        select(Receipt.public_id)
        .outerjoin(standing, standing.c.receipt_id == Receipt.id)
        .where(differs)
        .limit(TOLD_MAX)
    )


@cache
def _of_other_receipts() -> Executable:
    """Money that left a receipt is of the payment that is linked by it, until it is back."""
    wrong = and_(Withdrawal.receipt_id.is_not(None), _STANDS)
    return (
        select(Withdrawal.public_id)
        .join(Payment, Payment.id == Withdrawal.payment_id)
        .where(wrong, Payment.receipt_id.is_distinct_from(Withdrawal.receipt_id))
        .limit(TOLD_MAX)
    )


@cache
def _against_parts() -> Executable:
    parts = (
        select(
            WithdrawalPart.withdrawal_id,
            func.sum(WithdrawalPart.cents).label("cents"),
            func.sum(WithdrawalPart.again_cents).label("again"),
        )
        .group_by(WithdrawalPart.withdrawal_id)
        .subquery()
    )
    wrong = or_(parts.c.cents > Withdrawal.cents, and_(parts.c.again > 0, _STANDS))
    return (
        select(Withdrawal.public_id)
        .join(parts, parts.c.withdrawal_id == Withdrawal.id)
        .where(wrong)
        .limit(TOLD_MAX)
    )


def _of_a_withdrawal() -> ColumnElement[bool]:
    return func.substr(Transfer.cause, 1, len(CAUSE)) == CAUSE


def _booked() -> Subquery:
    """For each cause: what left its owner and came back, what the firm covered and what of it was
    released, and what waits."""

    def standing(*situations: str) -> ColumnElement[int]:
        told = and_(
            Transfer.situation.in_(situations),
            Transfer.state.in_([TransferState.POSTED, TransferState.POST]),
        )
        return func.sum(case((told, Transfer.amount_cents), else_=0))

    waits = case(
        (Transfer.state == TransferState.PENDING, Transfer.amount_cents),
        (Transfer.state.in_([TransferState.POST, TransferState.VOID]), -Transfer.amount_cents),
        else_=0,
    )
    return (
        select(
            Transfer.cause,
            standing(*LEAVES.values()).label("went"),
            standing(*COMES_BACK.values()).label("came"),
            standing("shortfall_covered").label("covered"),
            standing("cover_released").label("released"),
            func.sum(waits).label("waits"),
        )
        .where(_of_a_withdrawal())
        .group_by(Transfer.cause)
        .subquery("booked")
    )


@cache
def _against_books() -> Executable:
    booked = _booked()
    went, came, covered, released, waits = (
        func.coalesce(booked.c[name], 0)
        for name in ("went", "came", "covered", "released", "waits")
    )
    left = and_(went == _THEIRS, covered == Withdrawal.shortfall_cents)
    none_came, nothing_went = and_(came == 0, released == 0), and_(went == 0, covered == 0)
    fits = or_(
        and_(Withdrawal.state == _HELD, waits == Withdrawal.cents, nothing_went, none_came),
        and_(Withdrawal.state == _OUT, waits == 0, left, none_came),
        and_(
            Withdrawal.state == _BACK,
            waits == 0,
            came == went,
            released == covered,
            or_(left, nothing_went),
        ),
    )
    return (
        select(Withdrawal.public_id, Withdrawal.state)
        .outerjoin(booked, booked.c.cause == CAUSE + Withdrawal.public_id)
        .where(~fits)
        .limit(TOLD_MAX)
    )


@cache
def _bookings_of_nobody() -> Executable:
    booked = select(Transfer.cause).where(_of_a_withdrawal()).distinct().subquery()
    return (
        select(booked.c.cause)
        .outerjoin(Withdrawal, Withdrawal.public_id == func.substr(booked.c.cause, len(CAUSE) + 1))
        .where(Withdrawal.id.is_(None))
        .limit(TOLD_MAX)
    )


@cache
def _refunds() -> Executable:
    states = {
        RefundState.ASKED: (_HELD, _OUT),
        RefundState.PENDING: (_HELD, _OUT),
        RefundState.SUCCEEDED: (_OUT,),
        RefundState.FAILED: (_BACK,),
        RefundState.CANCELED: (_BACK,),
    }
    fits = or_(*(and_(Refund.state == of, Withdrawal.state.in_(may)) for of, may in states.items()))
    return (
        select(Refund.public_id, Refund.state, Withdrawal.state.label("money"))
        .join(Withdrawal, Withdrawal.id == Refund.withdrawal_id)
        .where(or_(~fits, Refund.cents != Withdrawal.cents))
        .limit(TOLD_MAX)
    )


@cache
def _disputes() -> Executable:
    here = Dispute.state.in_([DisputeState.INQUIRY, DisputeState.WON, DisputeState.CLOSED])
    away = Withdrawal.state == _OUT
    return (
        select(Dispute.public_id, Dispute.state, Withdrawal.state.label("money"))
        .join(Withdrawal, Withdrawal.id == Dispute.withdrawal_id)
        .where(here == away)
        .limit(TOLD_MAX)
    )


@cache
def _firm_cover() -> Executable:
    """What the firm owes a trust account by its books, and by the tasks that are still open."""
    signed = case(
        (Replenishment.reason == CoverReason.SURPLUS, -Replenishment.cents),
        else_=Replenishment.cents,
    )
    tasks = (
        select(Replenishment.bank_account_id, func.sum(signed).label("cents"))
        .where(Replenishment.state == ReplenishmentState.OPEN)
        .group_by(Replenishment.bank_account_id)
        .subquery()
    )
    books = (
        select(LedgerAccount.bank_account_id, LedgerBalance.posted_cents.label("cents"))
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(LedgerAccount.kind == AccountKind.FIRM_COVER)
        .subquery()
    )
    booked, open_cents = func.coalesce(books.c.cents, 0), func.coalesce(tasks.c.cents, 0)
    return (
        select(BankAccount.name, booked.label("booked"), open_cents.label("open"))
        .outerjoin(books, books.c.bank_account_id == BankAccount.id)
        .outerjoin(tasks, tasks.c.bank_account_id == BankAccount.id)
        .where(booked != open_cents)
    )


@cache
def _trust_whole() -> Executable:
    """Σ client trust + unlinked = bank + in transit + processor + firm cover (decision 0001)."""
    posted = LedgerBalance.posted_cents
    whose = LedgerAccount.kind.in_(CREDIT_NORMAL)
    theirs = func.sum(case((whose, posted), else_=0))
    lies = func.sum(case((whose, 0), else_=posted))
    return (
        select(BankAccount.name, theirs.label("theirs"), lies.label("lies"))
        .join(LedgerAccount, LedgerAccount.bank_account_id == BankAccount.id)
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(BankAccount.kind == BankAccountKind.TRUST)
        .group_by(BankAccount.id, BankAccount.name)
        .having(theirs != lies)
    )


_CHECKS: tuple[tuple[Callable[[], Executable], str], ...] = (
    (
        _against_payments,
        "payment {reference}: {kept} cents of it are away, its withdrawals are {summed}",
    ),
    (_against_receipts, "receipt {public_id}: what left it is not what its withdrawals say"),
    (_of_other_receipts, "withdrawal {public_id} left a receipt that is not its payment's"),
    (_against_parts, "withdrawal {public_id}: what it took off bills is not its own"),
    (_against_books, "withdrawal {public_id} is {state}, and its transfers say something else"),
    (_bookings_of_nobody, "transfers were booked for {cause}, which does not exist"),
    (_refunds, "refund {public_id} is {state}, and its money is {money}"),
    (_disputes, "dispute {public_id} is {state}, and its money is {money}"),
    (
        _firm_cover,
        "bank account {name}: the books say that the firm covers {booked} cents, its open tasks "
        "are {open}",
    ),
    (
        _trust_whole,
        "trust account {name}: {theirs} cents belong to clients or nobody yet, {lies} are there",
    ),
)
