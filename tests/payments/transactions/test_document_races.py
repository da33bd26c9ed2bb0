"""Two tabs pay one bill, and somebody voids it meanwhile: real threads, both databases (M9)."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from payments.billing.models import BillStatus
from payments.transactions.states import Status
from portal.core.errors import Refusal
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import asked_now, link_to, now, on, pay, request
from tests.payments.transactions.practice import Practice, open_practice, problems, void

pytestmark = pytest.mark.both_databases
RACES = int(os.environ.get("RETAINER_TEST_RACES", "50"))  # 500 on demand: BARS, "Promises"
TABS = 3


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


@pytest.fixture
def at_once() -> Callable[..., list[object]]:
    """Run works together on threads that stay; a refusal is an answer, anything else an error."""
    pool = ThreadPoolExecutor(TABS)

    def run_all(*works: Callable[[], object]) -> list[object]:
        ready = Barrier(len(works))

        def run(work: Callable[[], object]) -> object:
            ready.wait()
            try:
                return work()
            except Refusal as refused:
                return refused

        return list(pool.map(run, works))

    return run_all


def test_M9_two_tabs_never_pay_one_bill_twice(
    practice: Practice, at_once: Callable[..., list[object]]
) -> None:
    for _race in range(RACES):
        bill = practice.bill(practice.cleo, (0, 5_000))
        to = on(practice.cleo, link_to(practice.till, bill=bill), (bill, 5_000))
        answers = at_once(*(lambda to=to: pay(practice, to) for _ in range(TABS)))
        won = [answer for answer in answers if isinstance(answer, int)]
        assert len(won) == 1, answers
        assert now(bill).reserved_cents == 5_000
        practice.till.complete(won[0])
        assert (now(bill).status, now(bill).applied_cents) == (BillStatus.PAID, 5_000)
    assert problems() == []


def test_M9_two_tabs_never_pay_one_trust_request_twice(
    practice: Practice, at_once: Callable[..., list[object]]
) -> None:
    asked = request(practice, practice.cleo, RACES * 1_000)
    link_id = link_to(practice.till, asked=asked)
    to = on(practice.cleo, link_id, (asked, asked.amount_cents // 2 + 1))
    answers = at_once(*(lambda: pay(practice, to, kind="trust") for _ in range(TABS)))
    won = [answer for answer in answers if isinstance(answer, int)]
    assert len(won) == 1, answers
    practice.till.complete(won[0])
    assert asked_now(asked).paid_cents == asked.amount_cents // 2 + 1
    assert problems() == []


def test_D1_a_bill_is_voided_or_paid_and_never_both(
    practice: Practice, at_once: Callable[..., list[object]]
) -> None:
    ended: set[str] = set()
    for race in range(RACES):
        bill = practice.bill(practice.cleo, (0, 5_000))
        to = on(practice.cleo, link_to(practice.till, bill=bill), (bill, 5_000))
        works = [lambda to=to: pay(practice, to), lambda b=bill: void(b)]
        answers = at_once(*(works if race % 2 else works[::-1]))
        paid = [answer for answer in answers if isinstance(answer, int)]
        if paid:
            practice.till.complete(paid[0])
        ended.add(str(now(bill).status))
        assert now(bill).status == (BillStatus.PAID if paid else BillStatus.VOID)
        assert len([answer for answer in answers if isinstance(answer, Refusal)]) == 1
    assert ended <= {"paid", "void"}
    assert problems() == []


def test_M9_completing_and_linking_for_one_client_do_not_wait_in_a_circle(
    practice: Practice, at_once: Callable[..., list[object]]
) -> None:
    for _race in range(RACES // 5):
        bill = practice.bill(practice.cleo, (0, 5_000), (1, 5_000))
        to = on(practice.cleo, link_to(practice.till, bill=bill), (bill, 4_000))
        on_bill = practice.till.bring_to(Status.AUTHORIZED, cents=4_000, document=to)
        loose = practice.till.bring_to(Status.COMPLETED, cents=6_000)
        at_once(
            lambda p=on_bill: practice.till.complete(p),
            lambda p=loose: practice.link(p, practice.target(practice.cleo)),
        )
        assert now(bill).reserved_cents == 0
    assert problems() == []
