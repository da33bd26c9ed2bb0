"""An instalment that waits longer than a period lets the next ones wait too (FEATURES P9)."""

from collections.abc import Callable
from datetime import timedelta

from payments.accounts.settings import set_online_payments
from payments.plans import actions
from payments.plans.days import upcoming
from payments.plans.models import DueState, Every, PlanState
from portal.core import db
from tests.factories.plans import ANA, PlanDesk
from tests.support.outbox import Outbox

Advance = Callable[[timedelta], int]
DAY = timedelta(days=1)


def switch(*, online: bool) -> None:
    with db.transaction() as session:
        set_online_payments(session, online=online, part_min_cents=100, by=ANA)


def test_P9_weeks_without_online_payments_end_in_one_charge_and_not_in_three(
    desk: PlanDesk, advance: Advance, outbox: Outbox
) -> None:
    desk.bill()
    plan = desk.propose(desk.card(), every=Every.WEEK)
    start = desk.today()
    switch(online=False)
    for _day in range(16):
        advance(DAY)
    switch(online=True)
    advance(DAY)
    assert len(desk.payments()) == 1
    now = desk.now(plan)
    assert [one.due_on - start for one in now.instalments[1:]] == [21 * DAY, 28 * DAY]
    told = [one for one in outbox.to("cleo@client.test") if "was changed" in one.subject]
    assert len(told) == 2
    for _day in range(17):
        advance(DAY)
    assert desk.states(plan) == [DueState.PAID] * 3
    assert desk.owed() == 0
    assert desk.books() == []


def test_P9_a_plan_that_stood_still_is_proposed_with_the_days_that_it_would_have(
    desk: PlanDesk, advance: Advance, outbox: Outbox
) -> None:
    desk.bill()
    plan = desk.propose(desk.card(), asks=True, starts_on=desk.today() + 2 * DAY)
    desk.accept(plan)
    with db.transaction() as session:
        actions.pause(session, plan.id, by=ANA)
    advance(70 * DAY)
    desk.give_method(plan, desk.card())
    assert desk.now(plan).state == PlanState.PROPOSED
    advance(DAY)
    email = [one for one in outbox.to("cleo@client.test") if "look at your" in one.subject][-1]
    for one in upcoming(desk.now(plan), desk.today()):
        assert f"{one.on:%B} {one.on.day}, {one.on.year}: $100.00" in email


def test_P9_a_paused_plan_that_is_changed_is_told_to_stand_still(
    desk: PlanDesk, advance: Advance, outbox: Outbox
) -> None:
    desk.bill()
    plan = desk.propose(desk.card(), starts_on=desk.today() + 2 * DAY)
    with db.transaction() as session:
        actions.pause(session, plan.id, by=ANA)
    desk.give_method(plan, desk.card())
    advance(DAY)
    (email,) = [one for one in outbox.to("cleo@client.test") if "was changed" in one.subject]
    assert "Nothing more is charged until the plan goes on" in email
