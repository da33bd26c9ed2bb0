"""What was paid meanwhile by hand is not told as a failure, and what is left is paid to the cent
(FEATURES P9)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from payments.billing.models import Bill
from payments.methods.actions import delete
from payments.methods.models import StoredMethod
from payments.plans import autocharging as _jobs  # noqa: F401  registers its jobs
from payments.plans.models import BillCharge, DueState, PlanState
from payments.transactions.charging import Charge, charge, link_for, part_of
from payments.transactions.models import Origin
from portal.core import db
from tests.factories.plans import ANA, PlanDesk
from tests.support.outbox import Outbox

Advance = Callable[[timedelta], int]
DAY = timedelta(days=1)


@pytest.fixture
def doomed(desk: PlanDesk) -> StoredMethod:
    """The card of a plan or of autocharge, which Cleo deletes once she has paid by hand."""
    return desk.card()


def pays_by_hand(desk: PlanDesk, advance: Advance, bill: Bill, doomed: StoredMethod) -> None:
    with db.transaction() as session:
        link_id = link_for(session, bill, by=ANA).id
    parts = (part_of(bill, bill.total_cents),)
    charge(Charge("by-hand", desk.card().id, link_id, parts, Origin.STAFF, ANA, "Agreed"))
    for _day in range(4):
        advance(DAY)
    with db.transaction() as session:
        delete(session, doomed.id, by="payer")
    advance(8 * DAY)


def test_P9_a_bill_that_is_paid_is_no_failed_charge_once_the_method_is_gone(
    desk: PlanDesk, doomed: StoredMethod, advance: Advance, outbox: Outbox
) -> None:
    desk.turn_on(doomed)
    bill = desk.bill(due=10)
    pays_by_hand(desk, advance, bill, doomed)
    with db.read() as session:
        assert session.scalars(select(BillCharge.state)).one() == DueState.SKIPPED
    assert not [one for one in outbox.to("cleo@client.test") if one.subject.endswith("needs you")]


def test_P9_a_plan_over_what_is_paid_does_not_fail_once_the_method_is_gone(
    desk: PlanDesk, doomed: StoredMethod, advance: Advance, outbox: Outbox
) -> None:
    bill = desk.bill()
    plan = desk.propose(doomed, starts_on=desk.today() + 10 * DAY)
    pays_by_hand(desk, advance, bill, doomed)
    assert desk.states(plan)[0] == DueState.SKIPPED
    assert desk.now(plan).state == PlanState.ACTIVE
    assert not [one for one in outbox.to("cleo@client.test") if "was not paid" in one.subject]


def test_P9_a_plan_over_several_bills_leaves_no_cents_behind(
    desk: PlanDesk, advance: Advance
) -> None:
    desk.bill(3_350)  # of which the first instalment would leave 16 cents
    desk.bill(6_650, due=40)
    plan = desk.propose(desk.card())
    for step in (1, 3, 29, 3, 31, 3):
        advance(step * DAY)
    assert [one.amount_cents for one in desk.payments()] == [3_334, 3_333, 3_333]
    assert desk.now(plan).state == PlanState.FINISHED
    assert desk.owed() == 0
    assert desk.books() == []
