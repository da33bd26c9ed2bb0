"""The life of a payment: whatever the processor shows, however often, in whatever order."""

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from payments.gateway.results import (
    BalanceEntry,
    GatewayPayment,
    IntentStatus,
    MethodKind,
)
from payments.ledger.models import Transfer
from payments.ledger.queries import totals
from payments.transactions.checks import all_problems
from payments.transactions.models import Payment, PaymentStep
from payments.transactions.states import EDGES, Status
from portal.core import db
from portal.core.jobs import Job
from portal.notifications.models import Alert
from portal.outbox.models import Notice
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.shown import dispute, refund
from tests.payments.transactions.whatever import FEE, snapshots
from tests.support.commits import Commits, watched
from tests.support.rows import count

LIVES = int(os.environ.get("LIVES") or 25)


def alerts() -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(Alert.kind).order_by(Alert.id)))


def transfers(till: Till, payment_id: int) -> list[str]:
    """The situations that were booked for a payment, in order."""
    cause = f"payment:{till.payment(payment_id).public_id}"
    with db.read() as session:
        return list(
            session.scalars(
                select(Transfer.situation).where(Transfer.cause == cause).order_by(Transfer.id)
            )
        )


def problems() -> list[str]:
    with db.read() as session:
        return all_problems(session)


def reachable(status: Status) -> set[Status]:
    """What may follow: one edge, or two where an eCheck is first seen when it has come back."""
    return set(EDGES[status]) | {then for via in EDGES[status] for then in EDGES[via]}


class Life(RuleBasedStateMachine):
    """Payments, and a processor that shows them in any order, twice, late, or wrongly."""

    payments: Bundle[int] = Bundle("payments")
    till: Till
    commits: Commits

    def __init__(self) -> None:
        super().__init__()
        self.status: dict[int, Status] = {}

    @rule(
        target=payments,
        kind=st.sampled_from(["trust", "operating"]),
        method=st.sampled_from(MethodKind),
        cents=st.integers(1_000, 10_000_000),
    )
    def attempt(self, kind: str, method: MethodKind, cents: int) -> int:
        payment_id = self.till.attempt(kind=kind, method=method, cents=cents)
        self.status[payment_id] = Status.PENDING
        return payment_id

    @rule(payment_id=payments, shown=snapshots(), times=st.integers(1, 2))
    def show(self, payment_id: int, shown: dict[str, Any], times: int) -> None:
        before = self.status[payment_id]
        snapshot = self._snapshot(payment_id, shown)
        after = self.till.show(payment_id, snapshot)
        assert after is before or after in reachable(before)
        assert not shown["differs"] or after is before
        rows = (count(Transfer), count(PaymentStep), count(Notice))
        for _again in range(times):
            assert self.till.show(payment_id, snapshot) is after
        assert (count(Transfer), count(PaymentStep), count(Notice)) == rows
        self.status[payment_id] = after

    def _snapshot(self, payment_id: int, shown: dict[str, Any]) -> GatewayPayment:
        entry: BalanceEntry | None = None
        if shown["entry"]:
            available = shown["entry"] == "available"
            entry = self.till.entry(payment_id, fee_cents=shown["fee_cents"], available=available)
        whole = self.till.payment(payment_id).amount_cents
        return self.till.snapshot(
            payment_id,
            shown["status"],
            refunded_cents={"nothing": 0, "a part": 1, "all": whole}[shown["refunded"]],
            balance_entry=entry,
            failure=shown["failure"],
            disputed=shown["disputed"],
            refunds=tuple(
                refund(f"{name}_{payment_id}", whole * part // 4, status)
                for name, (part, status) in shown["refunds"].items()
            ),
            disputes=tuple(
                dispute(f"{name}_{payment_id}", whole, status, whole * out // 4, fee_cents=fee)
                for name, (status, out, fee) in shown["disputes"].items()
            ),
            **shown["differs"],
        )

    @invariant()
    def the_books_are_true(self) -> None:
        if not self.commits.since_asked():
            return
        assert problems() == []
        with db.read() as session:
            mine = Payment.id.in_(self.status)
            standing = session.execute(select(Payment.id, Payment.status).where(mine))
            assert {row.id: row.status for row in standing} == self.status


def live(till: Till, examples: int, steps: int) -> None:
    class LifeHere(Life):
        pass

    LifeHere.till = till
    with watched() as LifeHere.commits:
        run_state_machine_as_test(
            LifeHere,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )


@pytest.mark.both_databases
def test_M1_M11_the_books_hold_whatever_the_processor_shows_in_whatever_order(books: Till) -> None:
    live(books, examples=12, steps=20)


@pytest.mark.lives
@pytest.mark.slow
def test_M1_M11_the_books_hold_over_long_lives(books: Till) -> None:
    live(books, examples=LIVES, steps=50)


@pytest.mark.both_databases
def test_M11_two_who_see_the_same_completion_book_it_once(books: Till) -> None:
    for method in (MethodKind.CARD, MethodKind.BANK) * 5:
        payment_id = books.attempt(method=method)
        snapshot = books.snapshot(
            payment_id,
            IntentStatus.SUCCEEDED,
            balance_entry=books.entry(payment_id, fee_cents=FEE),
        )
        statuses = at_once(lambda s=snapshot, p=payment_id: books.show(p, s), 2)
        assert statuses == [Status.COMPLETED] * 2
        assert transfers(books, payment_id) == ["authorized", "completed", "settled", "fee"]
    assert count(Notice) == 4 * 10
    assert problems() == []


@pytest.mark.both_databases
def test_M11_a_completion_and_a_return_at_once_end_lawfully(books: Till) -> None:
    for _turn in range(10):
        payment_id = books.bring_to(Status.AUTHORIZED, method=MethodKind.BANK)
        both = [lambda p=payment_id: books.complete(p), lambda p=payment_id: books.fail(p)]
        turns = iter(both)
        at_once(lambda t=turns: next(t)(), 2)
        assert books.payment(payment_id).status == Status.RETURNED
    assert problems() == []


def at_once(what: Callable[[], Status], threads: int) -> list[Status]:
    """What several threads got that did the same at the same moment."""
    got: list[Status] = []
    start = threading.Barrier(threads)

    def run() -> None:
        start.wait()
        got.append(what())

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert len(got) == threads
    return got


@pytest.mark.parametrize(
    "differs", [{"amount_cents": 1}, {"currency": "CAD"}, {"livemode": True}], ids=str
)
def test_a_snapshot_that_cannot_be_ours_is_quarantined_and_nothing_is_booked(
    books: Till, differs: dict[str, Any]
) -> None:
    payment_id = books.attempt()
    entry = books.entry(payment_id, fee_cents=FEE)
    ours = books.snapshot(payment_id, IntentStatus.SUCCEEDED, balance_entry=entry)
    for _twice in range(2):
        assert books.show(payment_id, replace(ours, **differs)) is Status.PENDING
    assert transfers(books, payment_id) == []
    assert alerts() == ["quarantined"]
    assert count(Notice) == 0
    assert books.show(payment_id, ours) is Status.COMPLETED


def test_M4_a_fee_taken_from_trust_posts_the_gross_and_asks_to_replenish(books: Till) -> None:
    payment_id = books.attempt(kind="trust", cents=100_000)
    books.complete(payment_id, fee_cents=FEE)
    assert transfers(books, payment_id) == ["authorized", "completed", "settled", "fee_on_trust"]
    assert alerts() == ["fee_on_trust"]
    with db.read() as session:
        sentence = session.scalar(select(Alert.sentence)) or ""
        balances = totals(session, books.accounts["trust"].id)
    assert "Replenish trust: move 7.55 USD of the firm's own money into Harlow trust" in sentence
    posted = {kind.value: balance.posted_cents for kind, balance in balances.items()}
    assert posted == {
        "unlinked": 100_000,
        "in_transit": 0,
        "processor": 100_000 - FEE,
        "firm_cover": FEE,
    }
    assert problems() == []


def test_a_fee_on_operating_is_the_firms_expense_and_no_alert(books: Till) -> None:
    payment_id = books.bring_to(Status.COMPLETED, cents=100_000)
    assert transfers(books, payment_id)[-1] == "fee"
    assert alerts() == []


def test_M7_a_returned_echeck_leaves_the_books_as_they_were(books: Till) -> None:
    payment_id = books.bring_to(Status.COMPLETED, kind="trust", method=MethodKind.BANK)
    assert books.fail(payment_id) is Status.RETURNED
    with db.read() as session:
        balances = totals(session, books.accounts["trust"].id)
    assert {balance.posted_cents for balance in balances.values()} == {0}
    assert problems() == []


@pytest.mark.parametrize("ended", [Status.FAILED, Status.CANCELED])
def test_money_that_surfaces_after_the_end_is_an_alert_and_not_booked(
    books: Till, ended: Status
) -> None:
    payment_id = books.bring_to(ended)
    assert books.complete(payment_id) is ended
    assert alerts() == ["money_surfaced"]
    assert transfers(books, payment_id) == []


def test_S1_an_authorized_payment_says_when_it_should_complete_and_is_looked_at_then(
    books: Till,
) -> None:
    payment_id = books.bring_to(Status.AUTHORIZED)
    payment = books.payment(payment_id)
    assert payment.expected_on is not None
    assert timedelta(0) < payment.expected_on - payment.made_at.date() <= timedelta(days=5)
    with db.read() as session:
        jobs = session.scalars(select(Job.kind).where(Job.kind == "payments.look_again")).all()
    assert list(jobs) == ["payments.look_again"]
