"""What must hold of every payment, asked in sets: `flask check-books`, and a job each night."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice, product
from typing import Any

from sqlalchemy import ColumnElement, String, Subquery, and_, case, column, func, or_, select
from sqlalchemy import values as rows_of
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.selectable import CTE

from payments.accounts.models import AccountKind as BankAccountKind
from payments.accounts.models import BankAccount
from payments.gateway.results import MethodKind
from payments.ledger.checks import problems as problems_of_the_ledger
from payments.ledger.models import AccountKind, LedgerAccount, Transfer
from payments.transactions import notices
from payments.transactions.models import Payment, PaymentStep
from payments.transactions.postings import Situation
from payments.transactions.states import EDGES, Status
from portal.core import db, jobs
from portal.notifications.actions import raise_alert
from portal.outbox.models import Notice

TOLD_MAX = 100
"""Sentences of one kind: who has more has one cause for all of them."""
CAUSE = "payment:"
NEVER_IN_TRUST = (AccountKind.FEES, AccountKind.RECEIVABLE, AccountKind.INCOME)


def problems(session: Session) -> list[str]:
    """Sentences about every payment whose rows do not fit together. Empty: all of them do."""
    checks = (
        _bookings_that_do_not_fit(session),
        _bookings_of_nobody(session),
        _steps_off_the_edges(session),
        _statuses_without_their_step(session),
        _notices_not_owed(session),
        _notices_of_no_step(session),
        _firms_money_in_trust(session),
        _transfers_between_bank_accounts(session),
    )
    return [sentence for found in checks for sentence in islice(found, TOLD_MAX)]


def all_problems(session: Session) -> list[str]:
    """Everything that is wrong with the books: the ledger's own sentences, then the payments'."""
    return [*problems_of_the_ledger(session), *problems(session)]


@jobs.recurring("books.check", every=timedelta(days=1))
def check_books() -> None:
    """Each night: books that are not true are an alert, so that nobody finds out at year's end."""
    with db.read() as session:
        found = all_problems(session)
    if found:
        with db.transaction() as session:
            raise_alert(
                session,
                "books",
                "books",
                f"The books do not hold: {len(found)} problems, the first: {found[0]}. "
                "Run flask check-books, and ask for help.",
            )


def _of_a_payment() -> ColumnElement[bool]:
    # Not a range of the index: PostgreSQL orders texts by the database's locale, and in en_US
    # ";" stands before ":", so that such a range is empty there.
    return func.substr(Transfer.cause, 1, len(CAUSE)) == CAUSE


def _booked() -> Subquery:
    """For each cause, how often and how much each situation of a payment's life was booked."""
    of = Transfer.situation
    known = [str(situation) for situation in Situation]
    counted = [
        func.sum(case((of == situation, 1), else_=0)).label(f"{situation}_times")
        for situation in known
    ]
    summed = [
        func.sum(case((of == situation, Transfer.amount_cents), else_=0)).label(
            f"{situation}_cents"
        )
        for situation in known
    ]
    return (
        select(Transfer.cause, *counted, *summed)
        .where(_of_a_payment(), of.in_(known))
        .group_by(Transfer.cause)
        .subquery("booked")
    )


def _fits(booked: Subquery) -> ColumnElement[bool]:
    """Whether what was booked for a payment is what its status stands for, to the cent."""

    def booked_as(**expected: Any) -> ColumnElement[bool]:
        return and_(
            *(
                func.coalesce(booked.c[f"{situation}_cents"], 0) == expected.get(situation, 0)
                for situation in Situation
            ),
            *(func.coalesce(booked.c[f"{situation}_times"], 0) <= 1 for situation in Situation),
        )

    gross, fee = Payment.amount_cents, func.coalesce(Payment.fee_cents, 0)
    in_trust = BankAccount.kind == BankAccountKind.TRUST
    whole = {
        "authorized": gross,
        "completed": gross,
        "settled": gross,
        "fee": case((in_trust, 0), else_=fee),
        "fee_on_trust": case((in_trust, fee), else_=0),
    }
    nothing, promised = booked_as(), booked_as(authorized=gross)
    called_off = booked_as(authorized=gross, failed=gross)
    fitting = {
        Status.PENDING: nothing,
        Status.ACTION_NEEDED: nothing,
        Status.CANCELED: nothing,
        Status.AUTHORIZED: promised,
        Status.COMPLETED: booked_as(**whole),
        Status.FAILED: or_(nothing, called_off),
        Status.RETURNED: or_(called_off, booked_as(**whole, returned=gross)),
    }
    return or_(*(and_(Payment.status == status, fits) for status, fits in fitting.items()))


def _bookings_that_do_not_fit(session: Session) -> Iterator[str]:
    booked = _booked()
    rows = session.execute(
        select(Payment.reference, Payment.public_id, Payment.status)
        .join(BankAccount, BankAccount.id == Payment.bank_account_id)
        .outerjoin(booked, booked.c.cause == CAUSE + Payment.public_id)
        .where(~_fits(booked))
        .limit(TOLD_MAX)
    )
    for row in rows:
        yield f"{_named(row)} is {row.status}, and its transfers say something else"


def _bookings_of_nobody(session: Session) -> Iterator[str]:
    booked = select(Transfer.cause).where(_of_a_payment()).distinct().subquery()
    orphans = session.scalars(
        select(booked.c.cause)
        .outerjoin(Payment, Payment.public_id == func.substr(booked.c.cause, len(CAUSE) + 1))
        .where(Payment.id.is_(None))
        .limit(TOLD_MAX)
    )
    for cause in orphans:
        yield f"transfers were booked for {cause}, which does not exist"


def _steps_off_the_edges(session: Session) -> Iterator[str]:
    taken = session.execute(
        select(PaymentStep.was, PaymentStep.became, func.count(), func.min(PaymentStep.payment_id))
        .group_by(PaymentStep.was, PaymentStep.became)
        .order_by(PaymentStep.became)
    )
    for was, became, count, payment_id in taken:
        drawn = became == Status.PENDING if was is None else became in EDGES[Status(was)]
        if not drawn:
            yield (
                f"{count} payments went from {was or 'nothing'} to {became}, which cannot be; "
                f"one is payment number {payment_id}"
            )


def _statuses_without_their_step(session: Session) -> Iterator[str]:
    last = (
        select(PaymentStep.payment_id, func.max(PaymentStep.id).label("step_id"))
        .group_by(PaymentStep.payment_id)
        .subquery()
    )
    rows = session.execute(
        select(Payment.reference, Payment.public_id, Payment.status, PaymentStep.became)
        .outerjoin(last, last.c.payment_id == Payment.id)
        .outerjoin(PaymentStep, PaymentStep.id == last.c.step_id)
        .where(or_(PaymentStep.became.is_(None), PaymentStep.became != Payment.status))
        .limit(TOLD_MAX)
    )
    for row in rows:
        yield f"{_named(row)} is {row.status}, but its last step says {row.became or 'nothing'}"


def _owed_by_steps() -> CTE:
    """Every edge and method, with each kind of notice that such a step owes."""
    told = [
        (was, became, method, kind)
        for was, became, method in product(Status, Status, MethodKind)
        for kind in notices.kinds_of_step(was, became, method)
    ]
    columns = [column(name, String) for name in ("was", "became", "method", "kind")]
    return rows_of(*columns, name="told").data(told).cte("owed")


def _notices_not_owed(session: Session) -> Iterator[str]:
    owed = _owed_by_steps()
    once = "payment:" + Payment.public_id + ":" + owed.c.kind
    rows = session.execute(
        select(Payment.reference, Payment.public_id, owed.c.kind)
        .join(PaymentStep, PaymentStep.payment_id == Payment.id)
        .join(
            owed,
            and_(
                owed.c.was == PaymentStep.was,
                owed.c.became == PaymentStep.became,
                owed.c.method == Payment.method,
            ),
        )
        .outerjoin(Notice, Notice.once == once)
        .where(Notice.id.is_(None))
        .limit(TOLD_MAX)
    )
    for row in rows:
        yield f"{_named(row)} took a step whose notice {row.kind} was never owed"


def _notices_of_no_step(session: Session) -> Iterator[str]:
    owed = _owed_by_steps()
    kinds = {
        kind
        for was, became, method in product(Status, Status, MethodKind)
        for kind in notices.kinds_of_step(was, became, method)
    }
    # "payment:<16 characters>:<kind>"
    public_id = func.substr(Notice.once, 9, func.length(Notice.once) - 9 - func.length(Notice.kind))
    taken = (
        select(PaymentStep.id)
        .join(
            owed,
            and_(owed.c.was == PaymentStep.was, owed.c.became == PaymentStep.became),
        )
        .where(
            PaymentStep.payment_id == Payment.id,
            owed.c.method == Payment.method,
            owed.c.kind == Notice.kind,
        )
        .exists()
    )
    rows = session.execute(
        select(Notice.once)
        .outerjoin(Payment, Payment.public_id == public_id)
        .where(Notice.kind.in_(kinds), or_(Payment.id.is_(None), ~taken))
        .limit(TOLD_MAX)
    )
    for row in rows:
        yield f"the notice {row.once} was owed for a step that was never taken"


def _firms_money_in_trust(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(BankAccount.name, LedgerAccount.kind)
        .join(LedgerAccount, LedgerAccount.bank_account_id == BankAccount.id)
        .where(BankAccount.kind == BankAccountKind.TRUST, LedgerAccount.kind.in_(NEVER_IN_TRUST))
    )
    for name, kind in rows:
        yield f"the trust account {name} has {kind} in its books, which is the firm's own"


def _transfers_between_bank_accounts(session: Session) -> Iterator[str]:
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    rows = session.execute(
        select(Transfer.once)
        .join(debit, debit.id == Transfer.debit_id)
        .join(credit, credit.id == Transfer.credit_id)
        .where(debit.bank_account_id != credit.bank_account_id)
        .limit(TOLD_MAX)
    )
    for row in rows:
        yield f"the transfer {row.once} has its two sides in different bank accounts"


def _named(row: Any) -> str:
    return f"payment {row.reference} ({row.public_id})"
