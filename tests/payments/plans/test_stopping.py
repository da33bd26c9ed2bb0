"""Pausing, going on, and what a viewer may plan over (FEATURES P9, N8)."""

from datetime import timedelta

import pytest

from payments.plans import actions, changing, queries
from payments.plans.models import DueState, PlanState
from payments.plans.states import DUE_EDGES, PLAN_EDGES, IllegalStep, move_instalment, move_plan
from portal.clients.access import NOT_FOR_ALL
from portal.clients.models import Matter
from portal.core import db, demo_clock
from portal.core.errors import Conflict
from tests.factories.plans import ANA, PlanDesk


def test_P9_a_plan_that_was_paused_goes_on_without_doubling_up(desk: PlanDesk) -> None:
    desk.bill()
    start = desk.today() + timedelta(days=2)
    plan = desk.propose(desk.card(), starts_on=start)
    with db.transaction() as session:
        actions.pause(session, plan.id, by=ANA)
    with db.transaction() as session:
        demo_clock.advance(session, timedelta(days=70))
    with db.transaction() as session:
        actions.resume(session, plan.id, by=ANA)
    now = desk.now(plan)
    days = [one.due_on for one in now.instalments]
    assert days[0] >= desk.today()
    assert len(set(days)) == 3
    assert all(day.day == start.day or start.day > 28 for day in days)
    assert [one.state for one in now.instalments] == [DueState.SCHEDULED] * 3


def test_P9_a_plan_with_a_deleted_method_does_not_go_on(desk: PlanDesk) -> None:
    from payments.methods.actions import delete

    desk.bill()
    method = desk.card()
    plan = desk.propose(method)
    with db.transaction() as session:
        actions.pause(session, plan.id, by=ANA)
        delete(session, method.id, by="payer")
    with pytest.raises(Conflict, match="deleted"), db.transaction() as session:
        actions.resume(session, plan.id, by=ANA)
    assert desk.now(plan).state == PlanState.PAUSED


def test_P9_only_a_failed_instalment_is_tried_again(desk: PlanDesk) -> None:
    desk.bill()
    plan = desk.propose(desk.card())
    for number in (0, 1, 99):
        with pytest.raises(Conflict), db.transaction() as session:
            changing.try_again(session, plan.id, number, by=ANA)


def test_N8_bills_of_a_matter_closed_to_the_viewer_do_not_count(desk: PlanDesk) -> None:
    desk.bill(30_000)
    with db.transaction() as session:
        session.get_one(Matter, desk.cleo.matters[0]).restricted = True
    with db.read() as session:
        owed = queries.owed_cents(session, desk.client.id, desk.account.id, NOT_FOR_ALL)
    assert owed == 0
    assert desk.owed() == 30_000


def test_P9_an_edge_that_is_not_drawn_cannot_be_taken(desk: PlanDesk) -> None:
    desk.bill()
    plan = desk.propose(desk.card())
    for state in set(PlanState) - PLAN_EDGES[PlanState.ACTIVE]:
        with pytest.raises(IllegalStep):
            move_plan(plan, state)
    for due in set(DueState) - DUE_EDGES[DueState.SCHEDULED]:
        with pytest.raises(IllegalStep):
            move_instalment(desk.now(plan).instalments[0], due)
