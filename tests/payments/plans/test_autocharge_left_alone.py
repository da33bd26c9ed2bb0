"""What autocharge leaves alone, and what it takes up again (FEATURES P9, decision 0014)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from payments.plans import actions
from payments.plans import autocharging as _jobs  # noqa: F401  registers its jobs
from payments.plans.models import BillCharge, DueState, Moment, PaymentPlan
from payments.transactions.models import Origin, Payment
from portal.core import db
from tests.factories.plans import ANA, PlanDesk
from tests.support.cast import Cast

Advance = Callable[[timedelta], int]
RunJobs = Callable[[], int]
DAY = timedelta(days=1)


def charged() -> list[int]:
    """The cents of each payment that autocharge has made."""
    with db.read() as session:
        made = select(Payment.amount_cents).where(Payment.origin == Origin.AUTOCHARGE)
        return list(session.scalars(made.order_by(Payment.id)))


def states() -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(BillCharge.state).order_by(BillCharge.bill_id)))


def cancel(plan: PaymentPlan) -> None:
    with db.transaction() as session:
        actions.cancel(session, plan.id, by=ANA)


def test_P9_a_bill_issued_before_it_was_turned_on_is_left_alone_when_it_is_changed(
    desk: PlanDesk, advance: Advance, run_jobs: RunJobs
) -> None:
    bill = desk.bill()
    run_jobs()
    desk.turn_on(desk.card(), Moment.ISSUE)  # on the same day
    desk.change(bill, 40_000)
    run_jobs()
    advance(2 * DAY)
    assert charged() == []
    desk.bill(5_000)
    run_jobs()
    assert charged() == [5_000]


def test_P9_turned_to_the_day_of_issue_it_does_not_take_bills_that_were_to_be_charged_later(
    desk: PlanDesk, run_jobs: RunJobs
) -> None:
    card = desk.card()
    desk.turn_on(card)
    bill = desk.bill(due=10)
    run_jobs()
    desk.turn_on(card, Moment.ISSUE)
    desk.change(bill, 40_000)
    run_jobs()
    assert charged() == []


def test_P9_an_overdue_bill_that_gets_a_new_due_day_is_charged_on_it(
    desk: PlanDesk, advance: Advance
) -> None:
    bill = desk.bill(due=1)
    advance(3 * DAY)
    desk.turn_on(desk.card())
    desk.change(bill, 40_000, due=5)
    advance(4 * DAY)
    assert charged() == []
    advance(2 * DAY)
    assert charged() == [40_000]


def test_P9_a_bill_that_was_skipped_and_then_grows_is_charged(
    desk: PlanDesk, run_jobs: RunJobs
) -> None:
    desk.turn_on(desk.card(), Moment.ISSUE)
    bill = desk.bill(40)  # less than can be charged
    run_jobs()
    assert (charged(), states()) == ([], [DueState.SKIPPED])
    desk.change(bill, 25_000)
    run_jobs()
    assert (charged(), states()) == ([25_000], [DueState.CHARGING])


def test_P9_what_is_overdue_when_a_plan_ends_is_left_alone_and_the_tab_says_why(
    desk: PlanDesk, advance: Advance, cast: Cast
) -> None:
    card = desk.card()
    overdue, later = desk.bill(10_000, due=2), desk.bill(20_000, due=12)
    desk.turn_on(card)
    plan = desk.propose(card, starts_on=desk.today() + 20 * DAY)
    advance(5 * DAY)
    assert states() == [DueState.SKIPPED, DueState.SCHEDULED]
    cancel(plan)
    desk.change(overdue, 11_000, due=-3)  # a change does not alter that
    advance(3 * DAY)
    assert charged() == []
    page = cast.ana.get(f"/staff/contacts/{desk.client.public_id}/autocharge")
    assert "Not charged" in page
    assert "payment plan" in page
    advance(6 * DAY)
    assert charged() == [later.total_cents]


@pytest.mark.parametrize("moment", [Moment.ISSUE, Moment.DUE])
def test_P9_bills_after_the_end_of_a_plan_are_charged_again(
    desk: PlanDesk, advance: Advance, run_jobs: RunJobs, moment: Moment
) -> None:
    card = desk.card()
    desk.turn_on(card, moment)
    desk.bill(10_000, due=40)
    plan = desk.propose(card, starts_on=desk.today() + 20 * DAY)
    cancel(plan)
    bill = desk.bill(7_000, due=1)
    run_jobs()
    advance(2 * DAY)
    assert bill.total_cents in charged()
