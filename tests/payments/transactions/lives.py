"""Links, applications, reversals, voids, credits, completions and failures in any order.

A machine does whatever staff, payers and the processor might do, right or wrong. After each step
that committed anything `check-books` has nothing to say, what was refused has changed nothing, and
what was applied went to the oldest bills first.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from payments.billing import actions as billing
from payments.billing.models import Bill
from payments.billing.queries import open_shares
from payments.gateway.results import MethodKind
from payments.ledger.models import Transfer
from payments.receipts import actions as receipts
from payments.receipts import queries, recording
from payments.receipts.models import Allocation, Receipt
from payments.transactions.linking import Target
from payments.transactions.states import Status
from portal.clients.access import NOTHING_CLOSED
from portal.core import clock, db
from portal.core.errors import Refusal
from portal.firm.actions import set_up_firm
from tests.factories.billing import Client
from tests.payments.transactions.conftest import Till, add_accounts
from tests.payments.transactions.practice import ANA, open_practice, problems
from tests.support.cast import FIRM
from tests.support.commits import Commits, watched
from tests.support.databases import Databases

KINDS = st.sampled_from(["operating", "operating", "trust"])
CENTS = st.integers(100, 20_000)
WHO = st.sampled_from([("cleo", None), ("cleo", 0), ("cleo", 1), ("sol", None), ("sol", 0)])
Who = tuple[str, int | None]


class PracticeLife(RuleBasedStateMachine):
    """One firm, from its first payment on, on a database without a row."""

    payments: Bundle[int] = Bundle("payments")
    bills: Bundle[Bill] = Bundle("bills")
    cheques: Bundle[Receipt] = Bundle("cheques")
    databases: Databases
    url: str
    commits: Commits

    def __init__(self) -> None:
        super().__init__()
        # One engine for all lives keeps what it has compiled, and PostgreSQL what it has planned.
        if db.current().is_sqlite:
            db.current().dispose()  # the file is replaced
        self.databases.empty_again(self.url)
        clock.forget_offset()
        with db.transaction() as session:
            set_up_firm(session, FIRM)
        self.practice = open_practice(Till(add_accounts()))
        self.numbers = 0

    def client(self, who: Who) -> Client:
        return self.practice.cleo if who[0] == "cleo" else self.practice.sol

    def target(self, who: Who) -> Target:
        return self.practice.target(self.client(who), self.nth(who))

    def nth(self, who: Who) -> int | None:
        return who[1]

    @rule(target=payments, kind=KINDS, cents=CENTS, method=st.sampled_from(MethodKind))
    def pay(self, kind: str, cents: int, method: MethodKind) -> int:
        return self.practice.till.bring_to(Status.AUTHORIZED, kind=kind, cents=cents, method=method)

    @rule(target=payments, kind=KINDS, cents=CENTS, method=st.sampled_from(MethodKind))
    def pay_and_complete(self, kind: str, cents: int, method: MethodKind) -> int:
        return self.practice.till.bring_to(Status.COMPLETED, kind=kind, cents=cents, method=method)

    @rule(payment_id=payments)
    def complete(self, payment_id: int) -> None:
        self.practice.till.complete(payment_id)

    @rule(payment_id=payments)
    def fail_or_come_back(self, payment_id: int) -> None:
        self.practice.till.fail(payment_id)

    @rule(
        target=bills,
        who=WHO,
        lines=st.lists(st.tuples(st.integers(0, 1), CENTS), min_size=1, max_size=3),
        due=st.integers(0, 3),
    )
    def issue(self, who: Who, lines: list[tuple[int, int]], due: int) -> Bill:
        client = self.client(who)
        known = [(nth % len(client.matters), cents) for nth, cents in lines]
        return self.practice.bill(client, *known, due=due)

    @rule(bill=bills)
    def void(self, bill: Bill) -> None:
        def act() -> None:
            with db.transaction() as session:
                again = session.get_one(Bill, bill.id)
                billing.void(session, again, reason="Withdrawn", by=ANA)

        self.done_or_refused(act)

    @rule(payment_id=payments, who=WHO, apply=st.booleans())
    def link(self, payment_id: int, who: Who, apply: bool) -> None:
        target = self.target(who)
        if self.done_or_refused(lambda: self.practice.link(payment_id, target, apply=apply)):
            self.oldest_first(payment_id, who)

    @rule(payment_id=payments, who=st.none() | WHO, apply=st.booleans())
    def change(self, payment_id: int, who: Who | None, apply: bool) -> None:
        target = self.target(who) if who else None
        done = self.done_or_refused(lambda: self.practice.change(payment_id, target, apply=apply))
        if done and who:
            self.oldest_first(payment_id, who)

    @rule(target=cheques, who=WHO, kind=KINDS, cents=CENTS, apply=st.booleans())
    def record(self, who: Who, kind: str, cents: int, apply: bool) -> Receipt:
        self.numbers += 1
        return self.practice.cheque(
            self.client(who),
            cents,
            nth=self.nth(who),
            number=str(self.numbers),
            kind=kind,
            apply=apply and kind == "operating",
        )

    @rule(receipt=cheques)
    def bounce(self, receipt: Receipt) -> None:
        def act() -> None:
            with db.transaction() as session:
                again = session.get_one(Receipt, receipt.id)
                recording.reverse(session, again, reason="Bounced", by=ANA)

        self.done_or_refused(act)

    @rule(who=WHO, cents=CENTS)
    def apply_credit(self, who: Who, cents: int) -> None:
        self.done_or_refused(
            lambda: self.practice.apply_credit(self.client(who), cents, nth=self.nth(who))
        )

    @rule(bill=bills)
    def take_newest_off(self, bill: Bill) -> None:
        def act() -> None:
            with db.transaction() as session:
                standing = queries.standing_allocations(session, bill.id)
                name = standing[0].public_id if standing else "nobody"
                receipts.reverse_allocation(session, name, reason="Wrong bill", by=ANA)

        self.done_or_refused(act)

    def done_or_refused(self, act: Callable[[], object]) -> bool:
        """Whether it was done; a refusal says a sentence and leaves every row as it was."""
        before = rows()
        try:
            act()
        except Refusal as refused:
            told = str(refused)
        else:
            return True
        assert len(told) > 10
        assert rows() == before
        return False

    def oldest_first(self, payment_id: int, who: Who) -> None:
        """No bill that is open still was due before one that this payment has paid, and no money
        is left while one of them is open."""
        receipt_id = self.practice.till.payment(payment_id).receipt_id
        with db.read() as session:
            receipt = session.get_one(Receipt, receipt_id)
            order = [
                (bill.due_on, bill.issued_on, bill.number)
                for bill, _cents in queries.paid_bills(session, receipt.id, NOTHING_CLOSED)
            ]
            still_open = [
                (share.due_on, share.issued_on, share.number)
                for share in open_shares(
                    session,
                    client_id=receipt.client_id,
                    matter_id=receipt.matter_id,
                    currency="USD",
                    closed=NOTHING_CLOSED,
                )
            ]
        if order:
            assert all(one >= max(order) for one in still_open)
            assert not (still_open and receipt.left.cents)

    @invariant()
    def the_books_are_true(self) -> None:
        if self.commits.since_asked():
            assert problems() == []


_ROWS = select(
    *(
        select(counted).scalar_subquery()
        for counted in (
            func.count(Transfer.id),
            func.count(Receipt.id),
            func.sum(Receipt.applied_cents),
            func.count(Allocation.id),
            func.sum(Allocation.reversed_cents),
            func.sum(Bill.applied_cents),
            func.count(Bill.voided_at),
        )
    )
)


def rows() -> tuple[Any, ...]:
    """What tells that anything at all was booked, applied, voided or taken back."""
    with db.read() as session:
        return tuple(session.execute(_ROWS).one())


def live(
    databases: Databases, examples: int, steps: int, machine: type[PracticeLife] = PracticeLife
) -> None:
    """So many lives of a machine, each of so many steps at most."""

    class LifeHere(machine):
        pass

    LifeHere.databases = databases
    with databases.fresh() as url, watched() as LifeHere.commits:
        LifeHere.url = url
        db.connect(url)
        run_state_machine_as_test(
            LifeHere,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                phases=[Phase.generate],  # told as it was found: shrinking takes minutes
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )
        db.disconnect()
