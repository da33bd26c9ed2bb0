"""What waits, stands still or was not paid: what is charged of it later, and what the client is
told of that (FEATURES P9)."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from payments.accounts.settings import set_online_payments
from payments.methods.actions import delete
from payments.plans import actions
from payments.plans import autocharging as _jobs  # noqa: F401  registers its jobs
from payments.plans.days import upcoming
from payments.plans.models import BillCharge, DueState, Every, PlanState
from payments.transactions.models import Payment
from portal.core import db
from tests.factories.payments import Payer
from tests.factories.plans import ANA, CARD_DECLINES_ONCE_STORED, PlanDesk
from tests.support.cast import Cast
from tests.support.outbox import Outbox

Advance = Callable[[timedelta], int]
DAY = timedelta(days=1)


def switch(*, online: bool) -> None:
    with db.transaction() as session:
        set_online_payments(session, online=online, part_min_cents=100, by=ANA)


def test_P9_weeks_without_online_payments_end_in_one_charge_and_not_in_three(
    desk: PlanDesk, advance: Advance, outbox: Outbox, cast: Cast
) -> None:
    desk.bill()
    plan = desk.propose(desk.card(), every=Every.WEEK)
    start = desk.today()
    switch(online=False)
    for _day in range(16):
        advance(DAY)
    switch(online=True)
    advance(2 * DAY)
    assert len(desk.payments()) == 1
    now = desk.now(plan)
    assert [one.due_on - start for one in now.instalments[1:]] == [21 * DAY, 28 * DAY]
    told = [one for one in outbox.to("cleo@client.test") if "was changed" in one.subject]
    assert len(told) == 2
    for _day in range(17):
        advance(DAY)
    assert desk.states(plan) == [DueState.PAID] * 3
    assert cast.ada.activity_log().count("Payment plan changed") >= 2
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


def test_P9_a_bill_that_waits_for_the_next_morning_is_charged_by_the_new_method(
    desk: PlanDesk, advance: Advance
) -> None:
    desk.turn_on(desk.card())
    bill, later = desk.bill(due=1), desk.bill(due=20)
    switch(online=False)
    advance(2 * DAY)
    another = desk.card()
    desk.turn_on(another)
    switch(online=True)
    advance(2 * DAY)
    with db.read() as session:
        (made,) = session.scalars(select(Payment)).all()
        states = dict(session.execute(select(BillCharge.bill_id, BillCharge.state)).all())
    assert (made.amount_cents, made.stored_method_id) == (bill.total_cents, another.id)
    assert states == {bill.id: DueState.CHARGING, later.id: DueState.SCHEDULED}


def test_P9_a_plan_that_ends_with_an_instalment_not_paid_says_what_stays_due(
    desk: PlanDesk, advance: Advance, outbox: Outbox, app: Flask
) -> None:
    desk.bill()
    plan = desk.propose(desk.card(CARD_DECLINES_ONCE_STORED), count=2, every=Every.WEEK)
    for _day in range(14):
        advance(DAY)
    assert desk.now(plan).state == PlanState.FINISHED
    assert desk.states(plan) == [DueState.FAILED] * 2
    (email,) = [one for one in outbox.to("cleo@client.test") if "is finished" in one.subject]
    for text in (email, Payer(app).get(f"/payment-plans/{plan.token}")):
        assert "What you still owe stays due" in text


def test_P8_P9_a_last_instalment_that_has_no_method_for_its_second_try_ends_the_plan(
    desk: PlanDesk, advance: Advance
) -> None:
    desk.bill()
    plan = desk.propose(desk.card(), count=2, every=Every.WEEK)
    for _day in range(4):
        advance(DAY)
    declining = desk.card(CARD_DECLINES_ONCE_STORED)
    desk.give_method(plan, declining)
    for _day in range(4):
        advance(DAY)
    assert desk.states(plan) == [DueState.PAID, DueState.RETRYING]
    with db.transaction() as session:
        delete(session, declining.id, by="payer")
    for _day in range(4):
        advance(DAY)
    assert desk.states(plan) == [DueState.PAID, DueState.FAILED]
    assert desk.now(plan).state == PlanState.FINISHED
