"""Money that leaves and comes back in any order, with all that staff do meanwhile (FEATURES M1).

After every step the books hold, and what a payment's receipt, bills and ledger say is the same.
"""

from random import Random

import pytest
from sqlalchemy import select

from payments.billing import actions as billing
from payments.billing.models import Bill, BillStatus
from payments.receipts import actions as receipts
from payments.receipts.from_trust import TrustTransfer
from payments.receipts.models import Allocation
from payments.transactions import replenishing
from payments.transactions.linking import Target
from payments.transactions.models import Payment
from payments.transactions.replenished import Replenishment
from payments.transactions.states import Status
from payments.transactions.withdrawn import Withdrawal, WithdrawalState
from portal.core import db
from portal.core.errors import Refusal
from tests.factories.billing import Client
from tests.payments.receipts import trust_desk
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.practice import ANA, Practice, open_practice, problems
from tests.payments.transactions.withdrawals import (
    DISPUTE,
    REFUND,
    carry_out,
    outlook,
    put_back,
    refund,
    take,
)
from tests.support.days import firm_day

STEPS, SEEDS = 60, 12


class Walk:
    """One firm, and what happens to its money by chance. Cents are whole dollars."""

    def __init__(self, practice: Practice, seed: int) -> None:
        self.practice, self.by_chance = practice, Random(seed)
        self.payments: list[int] = []
        for begin in (self.bill, self.bill, self.pay, self.pay, self.pay):
            begin()

    def step(self) -> str:
        """Do one thing; answers what it was, and "" where there was nothing of the kind to do, or
        where it was refused."""
        often = [self.pay, self.link, self.link, self.refund, self.dispute, self.from_trust]
        others = [self.bill, self.change, self.made_elsewhere, self.carry_out, self.put_back]
        others += [self.credit, self.reverse, self.take_back, self.replenish, self.void]
        do = self.by_chance.choice([*often, *others])
        try:
            do()
        except (Refusal, IndexError):
            return ""
        return do.__name__

    def cents(self, most: int = 12_000) -> int:
        return self.by_chance.randint(1, max(1, most // 100)) * 100

    def client(self) -> Client:
        return self.by_chance.choice([self.practice.cleo, self.practice.cleo, self.practice.sol])

    def target(self) -> Target:
        who = self.client()
        return self.practice.target(who, self.by_chance.choice([None, *range(len(who.matters))]))

    def pay(self) -> None:
        kind = self.by_chance.choice(["operating", "trust"])
        said = {"kind": kind, "cents": self.cents()}
        self.payments.append(self.practice.till.bring_to(Status.COMPLETED, **said))

    def bill(self) -> None:
        who = self.client()
        self.practice.bill(who, *((nth, self.cents()) for nth in range(len(who.matters))))

    def link(self) -> None:
        self.practice.link(self.by_chance.choice(self.payments), self.target())

    def change(self) -> None:
        to = self.by_chance.choice([None, self.target()])
        self.practice.change(self.by_chance.choice(self.payments), to)

    def some(self) -> tuple[int, int]:
        """A payment of which something is left, and some of that."""
        left = [
            (one, cents)
            for one in self.payments
            for cents in [outlook(one, 1).left_cents]
            if cents > 0
        ]
        payment_id, most = self.by_chance.choice(left)
        return payment_id, self.by_chance.choice([most, min(most, self.cents(most))])

    def refund(self) -> None:
        payment_id, cents = self.some()
        before = outlook(payment_id, cents)
        asked = refund(payment_id, cents)
        assert cents <= before.most_cents
        assert asked.shortfall_cents == 0

    def dispute(self) -> None:
        take(*self.some(), DISPUTE)

    def made_elsewhere(self) -> None:
        take(*self.some(), REFUND)

    def one_of(self, *states: WithdrawalState) -> Withdrawal:
        with db.read() as session:
            found = session.scalars(select(Withdrawal).where(Withdrawal.state.in_(states)))
            return self.by_chance.choice(found.all())

    def carry_out(self) -> None:
        carry_out(self.one_of(WithdrawalState.HELD))

    def put_back(self) -> None:
        put_back(self.one_of(WithdrawalState.HELD, WithdrawalState.OUT))

    def credit(self) -> None:
        self.practice.apply_credit(self.practice.cleo, self.cents())

    def reverse(self) -> None:
        standing = Allocation.reversed_cents < Allocation.amount_cents
        with db.transaction() as session:
            one = self.by_chance.choice(session.scalars(select(Allocation).where(standing)).all())
            receipts.reverse_allocation(session, one.public_id, reason="Wrong bill", by=ANA)

    def from_trust(self) -> None:
        with db.read() as session:
            open_bills = select(Bill).where(Bill.status == BillStatus.AWAITING_PAYMENT)
            bill = self.by_chance.choice(session.scalars(open_bills).all())
        ledger = trust_desk.of(bill).ledgers[0]
        trust_desk.pay(bill, min(ledger.most_cents, self.cents()))

    def take_back(self) -> None:
        with db.read() as session:
            standing = select(TrustTransfer).where(TrustTransfer.undone_at.is_(None))
            transfer = self.by_chance.choice(session.scalars(standing).all())
        trust_desk.reverse(transfer)

    def replenish(self) -> None:
        with db.transaction() as session:
            open_tasks = select(Replenishment.public_id).where(Replenishment.state == "open")
            task = self.by_chance.choice(session.scalars(open_tasks).all())
            replenishing.done(session, task, firm_day(), "FT-1", by=ANA)

    def void(self) -> None:
        with db.transaction() as session:
            bill = self.by_chance.choice(session.scalars(select(Bill)).all())
            billing.void(session, bill, reason="Withdrawn", by=ANA)

    def end(self) -> None:
        """Everything that is away comes back: every payment is whole again."""
        with db.read() as session:
            away = session.scalars(
                select(Withdrawal).where(Withdrawal.state != WithdrawalState.BACK)
            ).all()
        for one in away:
            put_back(one)
        with db.read() as session:
            left = select(Payment.id).where(Payment.withdrawn_cents > 0)
            assert session.scalars(left).all() == []


def walk(books: Till, seed: int) -> None:
    going = Walk(open_practice(books), seed)
    done: list[str] = []
    for _step in range(STEPS):
        done.append(going.step())
        assert problems() == [], done
    going.end()
    assert problems() == [], done
    assert len([one for one in done if one]) > STEPS / 6, done


@pytest.mark.parametrize("seed", range(SEEDS))
def test_M1_M6_M7_the_books_hold_whatever_leaves_and_comes_back(books: Till, seed: int) -> None:
    walk(books, seed)


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", [100, 101])
def test_M1_M6_M7_they_hold_on_both_databases(books: Till, seed: int) -> None:
    walk(books, seed)
