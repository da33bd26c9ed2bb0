"""Refunds, disputes and whatever else moves the same money, at once, on both databases."""

from functools import partial

import pytest
from sqlalchemy import select

from payments.ledger.models import AccountKind
from payments.transactions import refunding, replenishing
from payments.transactions.replenished import Replenishment
from payments.transactions.states import Status
from payments.transactions.withdrawn import Withdrawal
from portal.clients.access import NOTHING_CLOSED
from portal.core import db
from portal.core.errors import Refusal
from tests.payments.receipts import trust_desk
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.practice import (
    ANA,
    Practice,
    held,
    open_practice,
    owed,
    problems,
)
from tests.payments.transactions.withdrawals import (
    DISPUTE,
    carry_out,
    linked,
    of_books,
    outlook,
    put_back,
    refund,
    take,
)
from tests.support import races
from tests.support.days import firm_day

pytestmark = pytest.mark.both_databases
TURNS = 6
# To ask for more than is left is an answer too.
at_once = partial(races.at_once, answers=(Refusal, ValueError))


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


def went_well(answers: list[object]) -> int:
    return sum(not isinstance(answer, Exception) for answer in answers)


def test_M6_two_refunds_at_once_never_give_back_more_than_the_payment(practice: Practice) -> None:
    for _turn in range(TURNS):
        bill = practice.bill(practice.cleo, (0, 10_000))
        payment_id = linked(practice, 10_000)
        answers = at_once(*(lambda p=payment_id: refund(p, 6_000) for _ in range(3)))
        assert went_well(answers) == 1
        assert practice.till.payment(payment_id).withdrawn_cents == 6_000
        assert owed(bill) == 6_000
        linked(practice, 6_000)
    assert problems() == []


def test_M6_a_refund_and_pay_from_trust_at_once_never_spend_the_same_money(
    practice: Practice,
) -> None:
    for _turn in range(TURNS):
        payment_id = linked(practice, 10_000, 0, kind="trust")
        seen = trust_desk.shown(practice.bill(practice.cleo, (0, 7_000)), 7_000)
        asked, transfer = at_once(
            lambda p=payment_id: refund(p, 8_000), lambda one=seen: trust_desk.confirm(one)
        )
        assert went_well([asked, transfer]) == 1
        assert problems() == []
        if isinstance(asked, Withdrawal):
            carry_out(asked)
        rest = outlook(payment_id, 1).available_cents
        assert rest == (2_000 if isinstance(asked, Withdrawal) else 3_000)
        carry_out(refund(payment_id, rest))
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {}
    assert problems() == []


def test_M6_a_refund_is_what_was_shown_though_credit_is_applied_at_once(
    practice: Practice,
) -> None:
    for _turn in range(TURNS):
        payment_id = linked(practice, 10_000)
        mark = outlook(payment_id, 10_000).fingerprint
        practice.bill(practice.cleo, (0, 10_000))
        name = practice.till.payment(payment_id).public_id
        answers = at_once(
            lambda p=name, seen=mark: ask(p, 10_000, seen),
            lambda: practice.apply_credit(practice.cleo, 10_000),
        )
        assert went_well(answers) == 1
        if isinstance(answers[0], Exception):
            ask(name, 10_000, outlook(payment_id, 10_000).fingerprint)
        practice.cheque(practice.cleo, 10_000, number=name[:8])  # pays what is open again
    assert problems() == []


def test_M7_a_dispute_and_pay_from_trust_at_once_leave_the_firm_the_rest(
    practice: Practice,
) -> None:
    for _turn in range(TURNS):
        payment_id = linked(practice, 10_000, 0, kind="trust")
        seen = trust_desk.shown(practice.bill(practice.cleo, (0, 7_000)), 7_000)
        disputed, transfer = at_once(
            lambda p=payment_id: take(p, 10_000, DISPUTE), lambda one=seen: trust_desk.confirm(one)
        )
        assert not isinstance(disputed, Exception)
        spent = 0 if isinstance(transfer, Exception) else 7_000
        assert of_books(practice, "trust").get("firm_cover", 0) == spent
        assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {}
        assert problems() == []
        if spent:  # else what is there would pay no more bills
            move(the_task())


def test_M6_a_refund_and_a_link_at_once_take_turns(practice: Practice) -> None:
    to = practice.target(practice.cleo)
    for _turn in range(TURNS):
        practice.bill(practice.cleo, (0, 10_000))
        payment_id = practice.till.bring_to(Status.COMPLETED, cents=10_000)
        asked, answer = at_once(
            lambda p=payment_id: refund(p, 4_000), lambda p=payment_id: practice.link(p, to)
        )
        if isinstance(answer, Exception):  # shown for more than was left: looked at again
            practice.link(payment_id, to)
        assert isinstance(asked, Withdrawal)
        assert problems() == []
        carry_out(asked)
        assert problems() == []


def test_M6_a_refund_and_change_link_at_once_never_both_have_it(practice: Practice) -> None:
    to = practice.target(practice.sol)
    for _turn in range(TURNS):
        payment_id = linked(practice, 10_000)
        at_once(lambda p=payment_id: refund(p, 4_000), lambda p=payment_id: practice.change(p, to))
        assert practice.till.payment(payment_id).withdrawn_cents == 4_000
        assert problems() == []
    mine, sols = (held(AccountKind.CLIENT_CREDIT, who) for who in (practice.cleo, practice.sol))
    assert mine.get(None, 0) + sols.get(None, 0) == TURNS * 10_000


def test_M7_money_that_comes_back_and_another_payment_never_pay_a_bill_twice(
    practice: Practice,
) -> None:
    to = practice.target(practice.cleo)
    for _turn in range(TURNS):
        bill = practice.bill(practice.cleo, (0, 10_000))
        disputed = take(linked(practice, 10_000), 10_000, DISPUTE)
        other = practice.till.bring_to(Status.COMPLETED, cents=10_000)
        back, paid = at_once(
            lambda one=disputed: put_back(one), lambda p=other: practice.link(p, to)
        )
        assert not isinstance(back, Exception)
        if isinstance(paid, Exception):
            practice.link(other, to)
        assert owed(bill) == 0
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {None: TURNS * 10_000}
    assert problems() == []


def test_M4_a_cover_is_put_in_or_released_and_never_both(practice: Practice) -> None:
    for _turn in range(TURNS):
        payment_id = linked(practice, 10_000, 0, kind="trust")
        trust_desk.pay(practice.bill(practice.cleo, (0, 10_000)), 10_000)
        disputed = take(payment_id, 10_000, DISPUTE)
        task = the_task()
        at_once(lambda one=disputed: put_back(one), lambda name=task: move(name))
        assert problems() == []


def ask(payment: str, cents: int, seen: str) -> None:
    """Staff ask for a refund whose outlook they have seen."""
    with db.transaction() as session:
        refunding.ask(
            session, payment, cents, "Paid twice", expected=seen, by=ANA, closed=NOTHING_CLOSED
        )


def the_task() -> str:
    """The newest of what the firm has to move."""
    with db.read() as session:
        newest = select(Replenishment.public_id).order_by(Replenishment.id.desc()).limit(1)
        return session.scalars(newest).one()


def move(public_id: str) -> None:
    """Somebody moved the firm's money today."""
    with db.transaction() as session:
        replenishing.done(session, public_id, firm_day(), "FT-1", by=ANA)
