"""Plans and autocharge that take from a bank account which became void (FEATURES M7, P9)."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from payments.methods.models import StoredMethod
from payments.methods.voiding import void
from payments.plans import autocharging as _jobs  # noqa: F401  registers its jobs
from payments.plans import voided as _voided  # noqa: F401  registers its job
from payments.plans.models import Autocharge, DueState, PlanState
from payments.transactions.models import Payment
from payments.transactions.states import Status
from portal.core import clock, db
from portal.notifications.queries import OpenAlert, open_alerts
from tests.factories.payments import CARD_WORKS
from tests.factories.plans import PlanDesk
from tests.payments.methods.test_voiding import Back
from tests.support.cast import Cast
from tests.support.outbox import Outbox

Advance = Callable[[timedelta], int]
RunJobs = Callable[[], int]
DAY = timedelta(days=1)
CLEO = "cleo@client.test"


def comes_back(method: StoredMethod) -> None:
    """A payment of another bill comes back from this bank account."""
    with db.transaction() as session:
        void(session, Back(method.id, clock.now()), "R10")


def alerts(kind: str) -> list[OpenAlert]:
    """What stands before the staff."""
    with db.read() as session:
        return [one for one in open_alerts(session) if one.kind == kind]


def payments() -> int:
    with db.read() as session:
        return len(session.scalars(select(Payment.id)).all())


def test_M7_P9_a_plan_is_paused_and_both_sides_are_told(
    desk: PlanDesk, advance: Advance, outbox: Outbox, run_jobs: RunJobs, cast: Cast
) -> None:
    desk.bill()
    bank = desk.bank()
    plan = desk.propose(bank, starts_on=desk.today() + timedelta(days=3))
    run_jobs()
    outbox.clear()
    comes_back(bank)
    comes_back(bank)
    run_jobs()
    assert desk.now(plan).state == PlanState.PAUSED
    (told,) = outbox.to(CLEO)
    assert "Your payment plan is paused" in told
    (alert,) = alerts("plan_wants_method")
    assert "Cleo Vance" in alert.sentence
    advance(10 * DAY)
    assert payments() == 0
    page = cast.ana.get(f"/staff/payment-plans/{plan.public_id}")
    assert "can no longer be charged" in page
    assert "Resume plan" not in page
    desk.give_method(plan, desk.card(CARD_WORKS))
    page = cast.ana.submit(cast.ana.get(f"/staff/payment-plans/{plan.public_id}"), "Resume plan")
    assert "The plan goes on." in page
    assert desk.now(plan).state == PlanState.ACTIVE


def test_M7_P9_a_plan_with_another_method_by_now_goes_on(desk: PlanDesk, run_jobs: RunJobs) -> None:
    desk.bill()
    bank = desk.bank()
    plan = desk.propose(bank, starts_on=desk.today() + timedelta(days=3))
    desk.give_method(plan, desk.card())
    comes_back(bank)
    run_jobs()
    assert desk.now(plan).state == PlanState.ACTIVE
    assert alerts("plan_wants_method") == []


def test_M7_P9_an_instalment_is_not_tried_again_by_a_void_account(
    desk: PlanDesk, advance: Advance
) -> None:
    """Want of funds is tried again after three days, but not once the account itself is void."""
    desk.bill()
    bank = desk.bank("000222222227")
    plan = desk.propose(bank)
    for _day in range(8):
        if desk.states(plan)[0] != DueState.RETRYING:
            advance(DAY)
    assert desk.states(plan)[0] == DueState.RETRYING
    comes_back(bank)
    made = len(desk.payments())
    advance(10 * DAY)
    assert len(desk.payments()) == made
    assert desk.now(plan).state == PlanState.PAUSED
    assert desk.books() == []


def test_M7_P9_an_instalment_that_comes_back_late_ends_it_all_and_is_told_whole(
    desk: PlanDesk, advance: Advance, outbox: Outbox, cast: Cast
) -> None:
    """The bank gives an eCheck back after it completed: with its code in words, the bill unpaid
    again, the account void, the plan paused, and nothing charged to it any more."""
    desk.bill()
    plan = desk.propose(desk.bank("000555555559"))
    for _day in range(12):
        advance(DAY)
    (payment,) = desk.payments()
    assert payment.status == Status.RETURNED
    assert desk.states(plan)[0] == DueState.FAILED
    assert desk.now(plan).state == PlanState.PAUSED
    assert desk.paid_cents() == 0
    advance(40 * DAY)
    assert len(desk.payments()) == 1
    assert len(alerts("plan_wants_method")) == 1
    told = outbox.to(CLEO)
    assert sum("Your payment plan is paused" in one for one in told) == 1
    assert any("this account does not allow the withdrawal" in one for one in told)
    assert not any("&amp;" in one.text for one in told)
    page = cast.ana.click(cast.ana.get("/staff/alerts?about=plans"), "Open the payment plan")
    assert "can no longer be charged" in page
    assert desk.books() == []


def test_M7_P9_autocharge_ends_and_both_sides_are_told(
    desk: PlanDesk, advance: Advance, outbox: Outbox, run_jobs: RunJobs, cast: Cast
) -> None:
    bank = desk.bank()
    standing = desk.turn_on(bank)
    desk.bill(due=5)
    run_jobs()
    outbox.clear()
    comes_back(bank)
    run_jobs()
    with db.read() as session:
        ended = session.get_one(Autocharge, standing.id)
    assert (ended.ended_at is not None, ended.ended_by) == (True, "system")
    (told,) = outbox.to(CLEO)
    assert told.subject.startswith("Your bills are no longer paid automatically")
    assert "Your bank account can no longer be used" in told
    (alert,) = alerts("autocharge_wants_method")
    assert "Cleo Vance" in alert.sentence
    advance(10 * DAY)
    assert payments() == 0
