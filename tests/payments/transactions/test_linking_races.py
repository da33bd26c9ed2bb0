"""Two people link, move, void and apply at once: real threads, real connections, both databases."""

import pytest

from payments.billing.models import Bill, BillStatus
from payments.gateway.results import MethodKind
from payments.ledger.models import AccountKind
from payments.transactions.states import Status
from portal.core import db
from portal.core.errors import Refusal
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.practice import (
    Practice,
    held,
    open_practice,
    owed,
    problems,
    void,
)
from tests.support.races import at_once

pytestmark = pytest.mark.both_databases
TURNS = 8


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


def refusals(answers: list[object]) -> list[Refusal]:
    return [answer for answer in answers if isinstance(answer, Refusal)]


def test_S2_one_payment_linked_by_two_people_at_once_belongs_to_one_client(
    practice: Practice,
) -> None:
    targets = practice.target(practice.cleo), practice.target(practice.sol)
    for _turn in range(TURNS):
        payment_id = practice.till.bring_to(Status.COMPLETED, cents=10_000)
        answers = at_once(
            *(lambda to=to, p=payment_id: practice.link(p, to) for to in targets for _ in range(2))
        )
        assert [str(one)[:30] for one in refusals(answers)] == [
            "This payment is linked already"
        ] * 3
    assert problems() == []
    credit = [held(AccountKind.CLIENT_CREDIT, who) for who in (practice.cleo, practice.sol)]
    assert sum(cents for one in credit for cents in one.values()) == TURNS * 10_000


def test_S3_payments_linked_at_once_never_pay_a_bill_twice(practice: Practice) -> None:
    for _turn in range(TURNS // 2):
        bills = [practice.bill(practice.cleo, (0, 4_000), (1, 3_000)) for _ in range(2)]
        payments = [practice.till.bring_to(Status.COMPLETED, cents=6_000) for _ in range(3)]
        waiting = set(payments)
        while waiting:  # whoever is shown an old preview looks again, as the page asks
            turn = sorted(waiting)
            answers = at_once(
                *(lambda p=p: practice.link(p, practice.target(practice.cleo)) for p in turn)
            )
            done = {p for p, a in zip(turn, answers, strict=True) if not isinstance(a, Refusal)}
            assert done
            waiting -= done
        assert [owed(bill) for bill in bills] == [0, 0]
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {None: TURNS // 2 * 4_000}
    assert problems() == []


def test_S8_two_links_that_change_places_at_once_do_not_wait_for_each_other(
    practice: Practice,
) -> None:
    cleo, sol = practice.target(practice.cleo), practice.target(practice.sol)
    practice.bill(practice.cleo, (0, 9_000))
    practice.bill(practice.sol, (0, 9_000))
    first, second = (practice.till.bring_to(Status.COMPLETED, cents=10_000) for _ in range(2))
    practice.link(first, cleo)
    practice.link(second, sol)
    for _turn in range(TURNS // 2):
        for one, other in ((sol, cleo), (cleo, sol)):
            at_once(
                lambda to=one: practice.change(first, to),
                lambda to=other: practice.change(second, to),
            )
            assert problems() == []


def test_D1_a_bill_voided_while_it_is_paid_is_either_void_or_paid(practice: Practice) -> None:
    for _turn in range(TURNS):
        bill = practice.bill(practice.cleo, (0, 5_000))
        payment_id = practice.till.bring_to(Status.COMPLETED, cents=5_000)
        at_once(
            lambda p=payment_id: practice.link(p, practice.target(practice.cleo)),
            lambda b=bill: void(b),
        )
        with db.read() as session:
            now = session.get_one(Bill, bill.id)
        assert (now.status, now.applied_cents) in {
            (BillStatus.VOID, 0),
            (BillStatus.PAID, 5_000),
            (BillStatus.AWAITING_PAYMENT, 0),
        }
        assert problems() == []
        if now.status != BillStatus.VOID and not now.applied_cents:
            void(bill)  # both saw what had changed: nothing happened, and it can be done again


def test_S5_credit_applied_by_two_people_at_once_is_spent_once(practice: Practice) -> None:
    practice.link(
        practice.till.bring_to(Status.COMPLETED, cents=5_000),
        practice.target(practice.cleo),
        apply=False,
    )
    bills = [practice.bill(practice.cleo, (0, 5_000)) for _ in range(3)]
    answers = at_once(*(lambda: practice.apply_credit(practice.cleo, 5_000) for _ in range(4)))
    assert len(refusals(answers)) == 3
    assert [owed(bill) for bill in bills] == [0, 5_000, 5_000]
    assert problems() == []


def test_M7_an_echeck_that_comes_back_while_it_is_linked_leaves_nothing_behind(
    practice: Practice,
) -> None:
    bill = practice.bill(practice.cleo, (0, 9_000))
    for _turn in range(TURNS):
        payment_id = practice.till.bring_to(Status.COMPLETED, cents=5_000, method=MethodKind.BANK)
        at_once(
            lambda p=payment_id: practice.link(p, practice.target(practice.cleo)),
            lambda p=payment_id: practice.till.fail(p),
        )
        payment = practice.till.payment(payment_id)
        assert (payment.status, payment.withdrawn_cents) == (Status.RETURNED, 5_000)
    assert owed(bill) == 9_000
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {}
    assert problems() == []


def test_S5_a_cheque_recorded_by_two_people_at_once_is_recorded_once(practice: Practice) -> None:
    answers = at_once(*(lambda: practice.cheque(practice.cleo, 7_000) for _ in range(4)))
    assert [str(one)[:31] for one in refusals(answers)] == ["This check was recorded already"] * 3
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {None: 7_000}
    assert problems() == []
