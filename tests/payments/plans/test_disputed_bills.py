"""What a payer disputes is not charged again without them (FEATURES M7, P9)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from payments.billing.models import Bill, BillStatus
from payments.gateway.current import gateway
from payments.gateway.results import DisputeStatus, ProcessorAccount
from payments.plans import autocharging as _jobs  # noqa: F401  registers its jobs
from payments.plans.models import BillCharge, DueState
from payments.transactions.charging import Charge, charge, link_for, part_of
from payments.transactions.models import Origin, Payment
from payments.transactions.observing import Sight, observe
from portal.core import db
from tests.factories.plans import ANA, PlanDesk
from tests.payments.transactions.shown import dispute

Advance = Callable[[timedelta], int]
DAY = timedelta(days=1)


def charged() -> list[Payment]:
    with db.read() as session:
        made = select(Payment).where(Payment.origin == Origin.AUTOCHARGE).order_by(Payment.id)
        return list(session.scalars(made))


def kept(bill: Bill) -> BillCharge:
    with db.read() as session:
        return session.scalars(select(BillCharge).where(BillCharge.bill_id == bill.id)).one()


def status(bill: Bill) -> str:
    with db.read() as session:
        return session.get_one(Bill, bill.id).status


@pytest.fixture
def paid_by_hand(desk: PlanDesk, advance: Advance) -> tuple[Bill, int]:
    """A bill that autocharge would charge on its day, paid before that, and the payment's id."""
    desk.turn_on(desk.card())
    bill = desk.bill(12_000, due=10)
    return bill, pay_by_hand(desk, advance, bill)


def pay_by_hand(desk: PlanDesk, advance: Advance, bill: Bill) -> int:
    """Staff charge a bill as agreed, and the money is there."""
    with db.transaction() as session:
        link_id = link_for(session, bill, by=ANA).id
    parts = (part_of(bill, bill.total_cents),)
    made = charge(Charge("by-hand", desk.card().id, link_id, parts, Origin.STAFF, ANA, "Agreed"))
    for _day in range(4):
        advance(DAY)
    assert status(bill) == BillStatus.PAID
    return made.payment_id


def show(payment_id: int, status: DisputeStatus, out_cents: int) -> None:
    """Let the payment be seen with a dispute that stands so."""
    with db.read() as session:
        intent_id = session.get_one(Payment, payment_id).intent_id or ""
    seen = gateway().get_payment(ProcessorAccount(None), intent_id)
    shown = dispute("du_1", 12_000, status, out_cents)
    with db.transaction() as session:
        observe(session, payment_id, Sight(replace(seen, disputes=(shown,)), "webhook"))


def days_pass(advance: Advance, days: int = 10) -> None:
    for _day in range(days):
        advance(DAY)


def test_M7_P9_a_bill_that_is_unpaid_by_a_dispute_waits_and_is_left_alone_when_it_is_lost(
    desk: PlanDesk, advance: Advance, paid_by_hand: tuple[Bill, int]
) -> None:
    bill, payment_id = paid_by_hand
    show(payment_id, DisputeStatus.OPEN, 12_000)
    assert status(bill) == BillStatus.AWAITING_PAYMENT
    days_pass(advance)
    assert charged() == []
    assert (kept(bill).state, "disputed" in kept(bill).told) == (DueState.SCHEDULED, True)
    show(payment_id, DisputeStatus.LOST, 12_000)
    days_pass(advance, 2)
    assert charged() == []
    assert kept(bill).state == DueState.SKIPPED
    assert desk.books() == []


def test_M7_P9_once_the_dispute_is_won_nothing_is_owed(
    desk: PlanDesk, advance: Advance, paid_by_hand: tuple[Bill, int]
) -> None:
    bill, payment_id = paid_by_hand
    show(payment_id, DisputeStatus.OPEN, 12_000)
    days_pass(advance)
    show(payment_id, DisputeStatus.WON, 0)
    days_pass(advance, 2)
    assert (charged(), status(bill)) == ([], BillStatus.PAID)
    assert kept(bill).state == DueState.SKIPPED
    assert desk.books() == []


def test_M7_P9_a_plan_waits_while_its_bill_is_disputed(desk: PlanDesk, advance: Advance) -> None:
    bill = desk.bill(12_000)
    plan = desk.propose(desk.card(), starts_on=desk.today() + 8 * DAY)
    payment_id = pay_by_hand(desk, advance, bill)
    show(payment_id, DisputeStatus.OPEN, 12_000)
    days_pass(advance)
    assert desk.payments() == []
    assert desk.states(plan)[0] == DueState.SCHEDULED
    show(payment_id, DisputeStatus.LOST, 12_000)  # what is owed is the plan's again
    days_pass(advance, 2)
    assert len(desk.payments()) == 1
    assert desk.books() == []
