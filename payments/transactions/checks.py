"""What must hold of every payment, asked in sets: `flask check-books`, and a job each night."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    Subquery,
    and_,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from payments.accounts.models import AccountKind as BankAccountKind
from payments.accounts.models import BankAccount
from payments.ledger.checks import problems as problems_of_the_ledger
from payments.ledger.models import AccountKind, LedgerAccount, Transfer
from payments.receipts.checks import problems as problems_of_the_receipts
from payments.transactions import (
    link_checks,
    notice_checks,
    refund_notice_checks,
    reservation_checks,
    withdrawal_checks,
)
from payments.transactions.models import Payment, PaymentStep
from payments.transactions.notice_checks import CAUSE, TOLD_MAX
from payments.transactions.postings import Situation
from payments.transactions.states import EDGES, Status
from portal.core import db, jobs
from portal.notifications.actions import raise_alert

NEVER_IN_TRUST = (AccountKind.FEES, AccountKind.RECEIVABLE, AccountKind.INCOME)


def problems(session: Session) -> list[str]:
    """Sentences about every payment whose rows do not fit together. Empty: all of them do."""
    checks = (
        _bookings_that_do_not_fit(session),
        _bookings_of_nobody(session),
        _steps_off_the_edges(session),
        _statuses_without_their_step(session),
        notice_checks.not_as_owed(session),
        refund_notice_checks.not_as_owed(session),
        _firms_money_in_trust(session),
        _transfers_between_bank_accounts(session),
        link_checks.links_that_do_not_fit(session),
        link_checks.unlinked_money(session),
        reservation_checks.reservations_that_do_not_fit(session),
        withdrawal_checks.problems(session),
    )
    return [sentence for found in checks for sentence in islice(found, TOLD_MAX)]


def all_problems(session: Session) -> list[str]:
    """Everything that is wrong: in the ledger, with bills and receipts, with payments."""
    return [
        *problems_of_the_ledger(session),
        *problems_of_the_receipts(session),
        *problems(session),
    ]


@jobs.recurring("books.check", every=timedelta(days=1))
def check_books() -> None:
    """Each night: books that are not true are an alert, so that nobody finds out at year's end.

    It tells how many problems there are, and no more: everybody at the firm reads it, and a problem
    may name what belongs to a restricted matter (FEATURES N8).
    """
    with db.read() as session:
        found = all_problems(session)
    if found:
        with db.transaction() as session:
            raise_alert(
                session,
                "books",
                "books",
                f"The books do not hold. Problems found: {len(found)}. "
                "Run flask check-books to see them, and ask for help.",
            )


def _of_a_payment() -> ColumnElement[bool]:
    # Not a range of the index: PostgreSQL orders texts by the database's locale, and in en_US
    # ";" stands before ":", so that such a range is empty there.
    return func.substr(Transfer.cause, 1, len(CAUSE)) == CAUSE


# How often each was booked, a digit of base 16 each: one sum holds all of them.
_ONCE = {situation: 16**place for place, situation in enumerate(Situation)}
_FEES = (Situation.FEE, Situation.FEE_ON_TRUST)


@cache
def _booked() -> Subquery:
    """For each cause, which situations of a payment's life were booked, and how much."""
    fee = Transfer.situation.in_(_FEES)
    whole = case((~fee, Transfer.amount_cents))
    return (
        select(
            Transfer.cause,
            func.sum(case(_ONCE, value=Transfer.situation)).label("times"),
            func.min(whole).label("least_cents"),
            func.max(whole).label("most_cents"),
            func.sum(case((fee, Transfer.amount_cents), else_=0)).label("fee_cents"),
        )
        .where(_of_a_payment(), Transfer.situation.in_(list(Situation)))
        .group_by(Transfer.cause)
        .subquery("booked")
    )


def _fits(booked: Subquery) -> ColumnElement[bool]:
    """Whether what was booked for a payment is what its status stands for, to the cent."""
    times, gross = func.coalesce(booked.c.times, 0), Payment.amount_cents
    promised = _ONCE[Situation.AUTHORIZED]
    called_off = promised + _ONCE[Situation.FAILED]
    arrived = promised + _ONCE[Situation.COMPLETED] + _ONCE[Situation.SETTLED]
    kept = case(
        (func.coalesce(Payment.fee_cents, 0) == 0, 0),
        (BankAccount.kind == BankAccountKind.TRUST, _ONCE[Situation.FEE_ON_TRUST]),
        else_=_ONCE[Situation.FEE],
    )
    went = _ONCE[Situation.RETURNED]
    fee = case((times >= arrived, func.coalesce(Payment.fee_cents, 0)), else_=0)
    fitting: dict[Status, ColumnElement[bool]] = {
        Status.PENDING: times == 0,
        Status.ACTION_NEEDED: times == 0,
        Status.CANCELED: times.in_([0, called_off]),
        Status.AUTHORIZED: times == promised,
        Status.COMPLETED: times == arrived + kept,
        Status.FAILED: times.in_([0, called_off]),
        # What came back of a completed payment is a withdrawal. Before there were any, the books
        # named the payment itself.
        Status.RETURNED: or_(
            times.in_([called_off, arrived + kept + went]),
            and_(times == arrived + kept, Payment.withdrawn_cents > 0),
        ),
    }
    return and_(
        or_(*(and_(Payment.status == status, booked_so) for status, booked_so in fitting.items())),
        func.coalesce(booked.c.least_cents, gross) == gross,
        func.coalesce(booked.c.most_cents, gross) == gross,
        func.coalesce(booked.c.fee_cents, 0) == fee,
    )


@cache
def _misfits() -> Select[str, str, str]:
    booked = _booked()
    return (
        select(Payment.reference, Payment.public_id, Payment.status)
        .join(BankAccount, BankAccount.id == Payment.bank_account_id)
        .outerjoin(booked, booked.c.cause == CAUSE + Payment.public_id)
        .where(~_fits(booked))
        .limit(TOLD_MAX)
    )


def _bookings_that_do_not_fit(session: Session) -> Iterator[str]:
    for row in session.execute(_misfits()):
        yield f"{_named(row)} is {row.status}, and its transfers say something else"


@cache
def _orphans() -> Executable:
    booked = select(Transfer.cause).where(_of_a_payment()).distinct().subquery()
    return (
        select(booked.c.cause)
        .outerjoin(Payment, Payment.public_id == func.substr(booked.c.cause, len(CAUSE) + 1))
        .where(Payment.id.is_(None))
        .limit(TOLD_MAX)
    )


def _bookings_of_nobody(session: Session) -> Iterator[str]:
    orphans = session.scalars(_orphans())
    for cause in orphans:
        yield f"transfers were booked for {cause}, which does not exist"


@cache
def _steps_taken() -> Executable:
    return (
        select(PaymentStep.was, PaymentStep.became, func.count(), func.min(PaymentStep.payment_id))
        .group_by(PaymentStep.was, PaymentStep.became)
        .order_by(PaymentStep.became)
    )


def _steps_off_the_edges(session: Session) -> Iterator[str]:
    taken = session.execute(_steps_taken())
    for was, became, count, payment_id in taken:
        drawn = became == Status.PENDING if was is None else became in EDGES[Status(was)]
        if not drawn:
            yield (
                f"{count} payments went from {was or 'nothing'} to {became}, which cannot be; "
                f"one is payment number {payment_id}"
            )


@cache
def _last_steps() -> Executable:
    last = (
        select(PaymentStep.payment_id, func.max(PaymentStep.id).label("step_id"))
        .group_by(PaymentStep.payment_id)
        .subquery()
    )
    return (
        select(Payment.reference, Payment.public_id, Payment.status, PaymentStep.became)
        .outerjoin(last, last.c.payment_id == Payment.id)
        .outerjoin(PaymentStep, PaymentStep.id == last.c.step_id)
        .where(or_(PaymentStep.became.is_(None), PaymentStep.became != Payment.status))
        .limit(TOLD_MAX)
    )


def _statuses_without_their_step(session: Session) -> Iterator[str]:
    rows = session.execute(_last_steps())
    for row in rows:
        yield f"{_named(row)} is {row.status}, but its last step says {row.became or 'nothing'}"


@cache
def _strange_kinds() -> Executable:
    return (
        select(BankAccount.name, LedgerAccount.kind)
        .join(LedgerAccount, LedgerAccount.bank_account_id == BankAccount.id)
        .where(BankAccount.kind == BankAccountKind.TRUST, LedgerAccount.kind.in_(NEVER_IN_TRUST))
    )


def _firms_money_in_trust(session: Session) -> Iterator[str]:
    rows = session.execute(_strange_kinds())
    for name, kind in rows:
        yield f"the trust account {name} has {kind} in its books, which is the firm's own"


@cache
def _crossings() -> Executable:
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    return (
        select(Transfer.once)
        .join(debit, debit.id == Transfer.debit_id)
        .join(credit, credit.id == Transfer.credit_id)
        .where(debit.bank_account_id != credit.bank_account_id)
        .limit(TOLD_MAX)
    )


def _transfers_between_bank_accounts(session: Session) -> Iterator[str]:
    rows = session.execute(_crossings())
    for row in rows:
        yield f"the transfer {row.once} has its two sides in different bank accounts"


def _named(row: Any) -> str:
    return f"payment {row.reference} ({row.public_id})"
