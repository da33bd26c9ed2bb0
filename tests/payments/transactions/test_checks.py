"""`flask check-books` and the nightly look: silent about true books, plain about anything else."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text, update

from payments.gateway.results import MethodKind
from payments.ledger.accounts import AccountKey
from payments.ledger.actions import Entry, transfer
from payments.ledger.models import AccountKind, LedgerAccount, LedgerBalance, Transfer
from payments.transactions.checks import all_problems, problems
from payments.transactions.models import Payment, PaymentStep
from payments.transactions.states import Status
from portal.core import clock, db
from portal.notifications.models import Alert
from portal.outbox.actions import owe
from portal.outbox.models import Notice
from tests.payments.transactions.conftest import Till
from tests.support.statements import statements

UNBOOKED = (Status.PENDING, Status.ACTION_NEEDED, Status.CANCELED, Status.FAILED)
# An authorized payment that failed or was canceled is booked like one returned before it completed.
ENDED = (Status.FAILED, Status.CANCELED)
BOOKED_ALIKE = {*product(UNBOOKED, UNBOOKED), *product((Status.RETURNED,), ENDED)}
MANY = 2_000


def found() -> list[str]:
    with db.read() as session:
        return problems(session)


def tamper(statement: Any) -> None:  # behind the product's back
    with db.transaction() as session:
        session.execute(statement)


def set_status(payment_id: int, **values: Any) -> None:
    tamper(update(Payment).where(Payment.id == payment_id).values(**values))


@pytest.mark.both_databases
def test_true_books_have_no_problems_in_any_status_method_and_account(books: Till) -> None:
    for status in Status:
        for method in MethodKind:
            for kind in ("trust", "operating"):
                books.bring_to(status, method=method, kind=kind)
    books.complete(books.attempt(kind="trust"), fee_cents=300)  # a fee on trust, and not authorized
    books.fail(books.bring_to(Status.COMPLETED, method=MethodKind.BANK))
    books.fail(books.bring_to(Status.ACTION_NEEDED, method=MethodKind.BANK))
    with db.read() as session:
        assert all_problems(session) == []


def of_payments(told: list[str]) -> list[str]:  # not what it does to the sum of unlinked money
    return [sentence for sentence in told if "cents as unlinked" not in sentence]


@pytest.mark.both_databases
def test_a_status_that_the_transfers_and_steps_do_not_bear_out_is_told(books: Till) -> None:
    ids = {status: books.bring_to(status) for status in Status}
    for status, payment_id in ids.items():
        for other in set(Status) - {status}:
            set_status(payment_id, status=other)
            reference = books.payment(payment_id).reference
            told = of_payments(found())
            assert f"payment {reference} " in told[-1], (status, other)
            assert told[-1].endswith(f"is {other}, but its last step says {status}")
            misfit = f"is {other}, and its transfers say something else"
            expected = [] if (status, other) in BOOKED_ALIKE else [True]
            assert [misfit in one for one in told[:-1]] == expected, (status, other)
        set_status(payment_id, status=status)
    assert found() == []


def test_another_amount_or_fee_than_was_booked_is_told(books: Till) -> None:
    for values in ({"amount_cents": 25_001}, {"fee_cents": 756}, {"fee_cents": None}):
        payment_id = books.bring_to(Status.COMPLETED)
        set_status(payment_id, **values)
        (told,) = of_payments(found())
        assert books.payment(payment_id).public_id in told
        set_status(payment_id, amount_cents=25_000, fee_cents=755)
        assert found() == []


def test_a_payment_that_is_booked_twice_is_told(books: Till) -> None:
    payment_id = books.bring_to(Status.COMPLETED)
    payment = books.payment(payment_id)
    again(books, payment, "settled:again", "settled", AccountKind.PROCESSOR, AccountKind.IN_TRANSIT)
    assert [payment.public_id in told for told in found()] == [True]


def again(
    books: Till,
    payment: Payment,
    once: str,
    situation: str,
    debit: AccountKind,
    credit: AccountKind,
) -> None:
    """Book something that the product would not."""
    account = payment.bank_account_id
    with db.transaction() as session:
        transfer(
            session,
            Entry(
                once=f"payment:{payment.public_id}:{once}",
                situation=situation,
                debit=AccountKey(debit, account, "USD"),
                credit=AccountKey(credit, account, "USD"),
                amount_cents=payment.amount_cents,
                cause=f"payment:{payment.public_id}",
                actor="test",
            ),
        )


def test_transfers_of_a_payment_that_does_not_exist_are_told(books: Till) -> None:
    nobody = Payment(public_id="nobody", bank_account_id=1, amount_cents=5)
    again(books, nobody, "settled", "settled", AccountKind.PROCESSOR, AccountKind.IN_TRANSIT)
    assert found() == ["transfers were booked for payment:nobody, which does not exist"]


def test_a_step_along_no_edge_is_told(books: Till) -> None:
    payment_id = books.bring_to(Status.COMPLETED)
    tamper(
        update(PaymentStep)
        .where(PaymentStep.payment_id == payment_id, PaymentStep.became == Status.COMPLETED)
        .values(was=Status.CANCELED)
    )
    assert "went from canceled to completed, which cannot be" in found()[0]


def test_a_payment_without_any_step_is_told(books: Till) -> None:
    payment_id = books.attempt()
    tamper(delete(PaymentStep).where(PaymentStep.payment_id == payment_id))
    (told,) = found()
    assert told.endswith("is pending, but its last step says nothing")


@pytest.mark.both_databases
def test_every_notice_that_is_missing_or_too_many_is_told(books: Till) -> None:
    completed = books.bring_to(Status.COMPLETED, method=MethodKind.BANK)
    waiting = books.bring_to(Status.ACTION_NEEDED, method=MethodKind.BANK)
    with db.read() as session:
        owed = list(session.scalars(select(Notice)))
    assert len(owed) == 5
    for notice in owed:
        tamper(delete(Notice).where(Notice.id == notice.id))
        (told,) = found()
        assert told.endswith(f"took a step whose notice {notice.kind} was never owed")
        with db.transaction() as session:
            owe(session, notice.kind, audience=notice.audience, once=notice.once, **notice.args)
    assert found() == []
    done = books.payment(completed)
    for public_id, told in {
        done.public_id: f"payment {done.reference} ({done.public_id}) owes the notice "
        "payment-returned-payer for a step that it never took",
        "nobody": "notices are owed for payment nobody, which does not exist",
    }.items():
        once = f"payment:{public_id}:payment-returned-payer"
        with db.transaction() as session:
            owe(session, "payment-returned-payer", audience="address", once=once)
        assert found() == [told]
        tamper(delete(Notice).where(Notice.once == once))
    books.complete(waiting)
    assert found() == []


@pytest.mark.parametrize("kind", [AccountKind.FEES, AccountKind.RECEIVABLE, AccountKind.INCOME])
def test_M3_the_firms_own_money_in_a_trust_account_is_told(books: Till, kind: AccountKind) -> None:
    trust = books.accounts["trust"].id
    with db.transaction() as session:
        session.execute(
            insert(LedgerAccount).values(
                key=f"{trust}:{kind}", kind=kind, currency="USD", bank_account_id=trust
            )
        )
    (told,) = found()
    assert (
        told == f"the trust account Harlow trust has {kind} in its books, which is the firm's own"
    )


def test_M3_a_transfer_between_trust_and_operating_is_told(books: Till) -> None:
    books.bring_to(Status.COMPLETED, kind="trust")
    books.bring_to(Status.COMPLETED, kind="operating")
    with db.transaction() as session:
        ids = session.scalars(
            select(LedgerAccount.id).where(LedgerAccount.kind == AccountKind.UNLINKED)
        ).all()
        session.execute(
            insert(Transfer).values(
                once="theft",
                state="posted",
                situation="theft",
                debit_id=ids[0],
                credit_id=ids[1],
                amount_cents=5,
                cause="test",
                actor="test",
                reason="",
                at=clock.now(),
            )
        )
    assert found() == ["the transfer theft has its two sides in different bank accounts"]


def test_check_books_is_silent_about_true_books(app: Flask, till: Till) -> None:
    till.bring_to(Status.COMPLETED)
    result = app.test_cli_runner().invoke(args=["check-books"])
    assert (result.exit_code, result.output) == (0, "")


def test_check_books_says_what_is_wrong_and_fails(app: Flask, till: Till) -> None:
    payment_id = till.bring_to(Status.COMPLETED)
    set_status(payment_id, fee_cents=1)
    tamper(update(LedgerBalance).values(posted_cents=LedgerBalance.posted_cents + 1))
    result = app.test_cli_runner().invoke(args=["check-books"])
    assert result.exit_code == 1
    assert till.payment(payment_id).public_id in result.output
    assert "is not the sum of its transfers" in result.output  # the ledger's own look


def test_each_night_books_that_do_not_hold_become_an_alert(
    till: Till, advance: Callable[[timedelta], int]
) -> None:
    from portal.core.jobs.worker import owe_recurring_jobs

    with db.transaction() as session:
        owe_recurring_jobs(session)
    payment_id = till.bring_to(Status.COMPLETED)
    advance(timedelta(days=1))
    assert alerts() == []
    set_status(payment_id, fee_cents=1)
    advance(timedelta(days=1))
    told = "The books do not hold. Problems found: 1. Run flask check-books to see them, and ask"
    assert alerts() == [("books", f"{told} for help.")]  # it names no payment: everybody reads it


def alerts() -> list[tuple[str, str]]:
    with db.read() as session:
        rows = session.execute(select(Alert.kind, Alert.sentence).where(Alert.kind == "books"))
        return [(kind, sentence) for kind, sentence in rows]


@pytest.mark.both_databases
def test_check_books_asks_as_many_queries_of_many_payments_as_of_one(books: Till) -> None:
    books.bring_to(Status.COMPLETED, cents=100)
    of_one = queries_of_one_look()
    multiply(MANY - 1)
    assert queries_of_one_look() == of_one


def queries_of_one_look() -> int:
    """How many statements true books are looked at with. How long it takes, `bench/` is to say."""
    with statements() as asked, db.read() as session:
        assert all_problems(session) == []
    return len(asked)


def multiply(times: int) -> None:
    """Copies of the one completed payment with everything that hangs on it, in sets."""
    numbers = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :times)"
    with db.transaction() as session:
        for model, fresh in COPIES.items():
            table = model.__tablename__
            columns = [column.name for column in model.__table__.columns if column.name != "id"]
            values = ", ".join(fresh.get(name, f"one.{name}") for name in columns)
            statement = (
                f"INSERT INTO {table} ({', '.join(columns)}) {numbers} "
                f"SELECT {values} FROM {table} one, n ORDER BY n, one.id"
            )
            session.execute(text(statement), {"times": times})
        session.execute(
            update(LedgerBalance).values(posted_cents=LedgerBalance.posted_cents * (times + 1))
        )
        session.execute(text("ANALYZE"))


NAMES = ("public_id", "reference", "status_token", "nonce", "intent_id")
COPIED = "replace(one.{0}, (SELECT public_id FROM payment WHERE id = 1), 'p' || n)"
COPIES: dict[Any, dict[str, str]] = {
    Payment: dict.fromkeys(NAMES, "'p' || n"),
    PaymentStep: {"payment_id": "n + 1"},
    # The promise and what became of it are the first two of its four transfers.
    Transfer: {
        "once": COPIED.format("once"),
        "cause": COPIED.format("cause"),
        "pending_id": "one.pending_id + 4 * n",
    },
    Notice: {"once": COPIED.format("once")},
}
