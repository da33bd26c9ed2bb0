"""Money that is available is spent once, though as much on hold stands beside it (M8, M9)."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from payments.ledger.models import AccountKind
from payments.transactions import withdrawing
from payments.transactions.models import Payment
from payments.transactions.withdrawn import WithdrawalKind
from portal.core import db
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.echecks import (
    available,
    card,
    echeck,
    go_to,
    in_trust,
    on_hold,
    pay,
    shown,
)
from tests.payments.transactions.practice import ANA, Practice, held, open_practice, problems
from tests.support.races import done_at_once

pytestmark = pytest.mark.both_databases
THREADS, TURNS = 5, 3


@pytest.fixture
def practice(books: Till) -> Practice:
    return open_practice(books)


def refund(payment_id: int, cents: int) -> None:
    with db.transaction() as session:
        payment = session.scalars(
            select(Payment).where(Payment.id == payment_id).with_for_update(of=Payment)
        ).one()
        withdrawing.take(session, payment, cents, WithdrawalKind.REFUND, by=ANA, hold=True)


def in_ledger(practice: Practice) -> int:
    return sum(held(AccountKind.CLIENT_TRUST, practice.cleo).values())


def test_M8_of_many_who_spend_what_is_available_one_does_and_the_hold_is_whole(
    practice: Practice,
) -> None:
    in_trust(practice, echeck(practice, 20_000))
    for _turn in range(TURNS):
        in_trust(practice, card(practice, 3_000))
        bills = [practice.bill(practice.cleo, (0, 3_000)) for _ in range(THREADS)]
        plans = [(bill, shown(bill, 3_000)) for bill in bills]
        done = done_at_once(*(partial(pay, *plan) for plan in plans))
        assert sorted(done) == [False] * (THREADS - 1) + [True]
        assert (in_ledger(practice), on_hold(practice)) == (20_000, [20_000])
        assert problems() == []


def test_M6_M8_a_refund_and_a_payment_from_trust_never_both_take_what_is_available(
    practice: Practice,
) -> None:
    in_trust(practice, echeck(practice, 20_000))
    for _turn in range(TURNS):
        payment_id = card(practice, 3_000)
        in_trust(practice, payment_id)
        bill = practice.bill(practice.cleo, (0, 3_000))
        plan = shown(bill, 3_000)
        done = done_at_once(partial(refund, payment_id, 3_000), partial(pay, bill, plan))
        assert sorted(done) == [False, True]
        assert available(practice.bill(practice.cleo, (0, 1_000))) == []
        assert on_hold(practice) == [20_000]
        assert problems() == []


def test_M8_at_the_moment_a_hold_ends_its_money_is_spent_once(practice: Practice) -> None:
    receipt = in_trust(practice, echeck(practice, 20_000))
    assert receipt.held_until is not None
    go_to(receipt.held_until + timedelta(seconds=1))
    bills = [practice.bill(practice.cleo, (0, 20_000)) for _ in range(THREADS)]
    plans = [(bill, shown(bill, 20_000)) for bill in bills]
    done = done_at_once(*(partial(pay, *plan) for plan in plans))
    assert sorted(done) == [False] * (THREADS - 1) + [True]
    assert in_ledger(practice) == 0
    assert problems() == []
