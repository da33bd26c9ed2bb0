"""A worker dies while it charges an instalment or a bill: nothing is charged twice, or after the
plan was stopped (FEATURES P9)."""

from typing import Any

import pytest
from sqlalchemy import select

from payments.gateway import stripe_gateway
from payments.gateway.calls import options_of
from payments.gateway.current import gateway
from payments.gateway.errors import Unavailable
from payments.plans import actions, autocharge, autocharging, due
from payments.plans.models import BillCharge, DueState, Moment, PaymentPlan
from payments.transactions import charging
from payments.transactions.models import Payment
from payments.transactions.states import Status
from portal.core import clock, db
from tests.factories.plans import ANA, PlanDesk
from tests.factories.processor import charges


class Dies(BaseException):
    """The worker is killed."""


def dies(*_: Any, **__: Any) -> Any:
    raise Dies


@pytest.fixture
def plan(desk: PlanDesk, monkeypatch: pytest.MonkeyPatch) -> PaymentPlan:
    """One that is due now."""
    desk.bill()
    monkeypatch.setattr(due, "due_moment", lambda *_: clock.now())
    return desk.propose(desk.card())


def charge_first(desk: PlanDesk, plan: PaymentPlan) -> None:
    due.charge_due(desk.now(plan).instalments[0].id)


def killed_at(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, act: Any) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, name, dies)
        with pytest.raises(Dies):
            act()


@pytest.mark.parametrize("stop", [actions.cancel, actions.pause])
def test_P9_a_plan_stopped_before_a_charge_was_recorded_charges_nothing(
    desk: PlanDesk, plan: PaymentPlan, stop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_at(monkeypatch, due, "charge", lambda: charge_first(desk, plan))
    assert desk.states(plan)[0] == DueState.CHARGING
    with db.transaction() as session:
        stop(session, plan.id, by=ANA)
    charge_first(desk, plan)
    assert desk.payments() == []
    left = DueState.CANCELED if stop is actions.cancel else DueState.SCHEDULED
    assert desk.states(plan) == [left] * 3


def test_P9_autocharge_turned_off_before_a_charge_was_recorded_charges_nothing(
    desk: PlanDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = desk.turn_on(desk.card(), Moment.ISSUE)
    autocharge.schedule_bill(desk.bill().id)
    with db.read() as session:
        kept_id = session.scalars(select(BillCharge.id)).one()
    charge_it = lambda: autocharging.charge_bill(kept_id)  # noqa: E731
    killed_at(monkeypatch, autocharging, "charge", charge_it)
    with db.transaction() as session:
        autocharge.turn_off(session, on.public_id, by=ANA)
    charge_it()
    with db.read() as session:
        kept = session.get_one(BillCharge, kept_id)
        assert session.scalars(select(Payment)).all() == []
    assert (kept.state, kept.tries) == (DueState.CANCELED, 0)


def test_P9_a_charge_whose_answer_was_lost_over_a_day_ago_is_not_made_again(
    desk: PlanDesk, plan: PaymentPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_at(monkeypatch, charging, "observe", lambda: charge_first(desk, plan))
    made = len(charges(paid=True))
    # Stripe forgets the keys of what was asked after a day.
    forgotten = lambda account, key="": options_of(account, key and f"{key}:later")  # noqa: E731
    monkeypatch.setattr(stripe_gateway, "options_of", forgotten)
    charge_first(desk, plan)
    assert len(charges(paid=True)) == made
    assert [one.status for one in desk.payments()] == [Status.AUTHORIZED]


def test_P9_while_the_processor_is_away_a_lost_answer_is_no_failure(
    desk: PlanDesk, plan: PaymentPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_at(monkeypatch, charging, "observe", lambda: charge_first(desk, plan))

    def away(*_: Any, **__: Any) -> Any:
        raise Unavailable("too many requests", outcome_unknown=False)

    with monkeypatch.context() as patch:
        for call in ("create_payment", "confirm_stored", "get_payment"):
            patch.setattr(type(gateway()), call, away)
        charge_first(desk, plan)
    assert [one.status for one in desk.payments()] == [Status.PENDING]
    assert desk.states(plan)[0] == DueState.CHARGING


def test_P9_a_charge_of_a_bill_that_was_never_asked_for_is_made_once_and_is_no_failure(
    desk: PlanDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.turn_on(desk.card(), Moment.ISSUE)
    bill = desk.bill()
    autocharge.schedule_bill(bill.id)
    with db.read() as session:
        kept_id = session.scalars(select(BillCharge.id)).one()
    made = len(charges(paid=True))
    charge_it = lambda: autocharging.charge_bill(kept_id)  # noqa: E731
    killed_at(monkeypatch, charging, "carry_out_stored", charge_it)
    for _again in range(2):
        charge_it()
    assert len(charges(paid=True)) == made + 1
    with db.read() as session:
        kept = session.get_one(BillCharge, kept_id)
        (payment,) = session.scalars(select(Payment)).all()
    assert (kept.state, kept.tries) == (DueState.CHARGING, 1)
    assert payment.status == Status.AUTHORIZED
