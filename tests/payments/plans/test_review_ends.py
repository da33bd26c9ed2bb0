"""What must not be charged again, and what a client has to have read first (FEATURES P9)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from payments.billing.models import Bill
from payments.gateway.current import gateway
from payments.gateway.results import GatewayPayment, ProcessorAccount
from payments.methods.actions import delete
from payments.plans import autocharging as _jobs  # noqa: F401  registers its jobs
from payments.plans import changing
from payments.plans.models import BillCharge, DueState, Instalment, PaymentPlan, PlanState
from payments.transactions.models import Payment
from payments.transactions.observing import Sight, observe
from payments.transactions.states import Status
from portal.core import db
from portal.core.errors import Conflict
from tests.factories.payments import Payer
from tests.factories.plans import ANA, CARD_DECLINES_ONCE_STORED, PlanDesk
from tests.support.cast import Cast

Advance = Callable[[timedelta], int]
RunJobs = Callable[[], int]
DAY = timedelta(days=1)
BANK_WITHOUT_FUNDS = "000222222227"


def shown(desk: PlanDesk, payment: Payment) -> GatewayPayment:
    account = ProcessorAccount(desk.account.processor_account)
    return gateway().get_payment(account, payment.intent_id or "")


def see(payment: Payment, snapshot: GatewayPayment) -> Status:
    with db.transaction() as session:
        return observe(session, payment.id, Sight(snapshot, "webhook"))


def test_M7_P9_an_echeck_that_its_owner_disputes_is_not_withdrawn_again(
    desk: PlanDesk, advance: Advance, run_jobs: RunJobs, cast: Cast
) -> None:
    desk.bill()
    plan = desk.propose(desk.bank())
    for _day in range(8):
        advance(DAY)
    assert desk.states(plan)[0] == DueState.PAID
    (payment,) = desk.payments()
    assert see(payment, replace(shown(desk, payment), disputed=True)) is Status.RETURNED
    run_jobs()
    assert desk.states(plan)[0] == DueState.FAILED
    for _day in range(5):
        advance(DAY)
    assert len(desk.payments()) == 1
    # The account is void, so the plan is paused; with a card it goes on, and the failed one stays:
    # its owner says that it was not agreed.
    assert desk.now(plan).state == PlanState.PAUSED
    desk.give_method(plan, desk.card())
    cast.ana.submit(cast.ana.get(f"/staff/payment-plans/{plan.public_id}"), "Resume plan")
    cannot_be_tried_again(desk, plan, cast)


def cannot_be_tried_again(desk: PlanDesk, plan: PaymentPlan, cast: Cast) -> None:
    """FEATURES P9: neither is it offered, nor does a forged form do it."""
    page = cast.ana.get(f"/staff/payment-plans/{plan.public_id}")
    assert "Pause plan" in page
    assert "Try again" not in page
    with pytest.raises(Conflict), db.transaction() as session:
        changing.try_again(session, plan.id, 1, by=ANA)
    assert desk.states(plan)[0] == DueState.FAILED


def test_P9_a_lost_card_is_tried_again_once_the_plan_has_another(
    desk: PlanDesk, advance: Advance, cast: Cast
) -> None:
    desk.bill()
    plan = desk.propose(desk.card(CARD_DECLINES_ONCE_STORED))
    advance(DAY)
    with db.transaction() as session:
        session.execute(update(Payment).values(failure_code="lost_card"))
        session.execute(update(Instalment).where(Instalment.number == 1).values(state="failed"))
    cannot_be_tried_again(desk, plan, cast)
    desk.give_method(plan, desk.card())
    page = cast.ana.get(f"/staff/payment-plans/{plan.public_id}")
    cast.ana.submit(page, "Try again")
    advance(DAY)
    assert desk.states(plan)[0] in {DueState.CHARGING, DueState.PAID}


def test_M5_a_charge_that_the_firm_has_given_back_is_not_made_again(
    desk: PlanDesk, advance: Advance, run_jobs: RunJobs
) -> None:
    desk.bill()
    plan = desk.propose(desk.card())
    advance(DAY)
    (payment,) = desk.payments()
    assert payment.status == Status.AUTHORIZED
    back = replace(shown(desk, payment), refunded_cents=payment.amount_cents)
    assert see(payment, back) is Status.CANCELED
    run_jobs()
    assert desk.states(plan)[0] == DueState.FAILED
    for _day in range(5):
        advance(DAY)
    assert len(desk.payments()) == 1


def test_P9_what_failed_for_want_of_a_method_stands_in_what_is_agreed_to(
    desk: PlanDesk, advance: Advance, app: Flask
) -> None:
    desk.bill()
    method = desk.card()
    plan = desk.propose(method, asks=True, starts_on=desk.today() + 2 * DAY)
    desk.accept(plan)
    with db.transaction() as session:
        delete(session, method.id, by="payer")
    advance(3 * DAY)
    assert (desk.now(plan).state, desk.states(plan)[0]) == (PlanState.PAUSED, DueState.FAILED)
    desk.give_method(plan, desk.card())
    reader = Payer(app)
    page = reader.get(f"/payment-plans/{plan.token}")
    assert "3 times" in page
    reader.submit(page, "Accept this plan")
    now = desk.now(plan)
    assert {one.state for one in now.instalments} == {DueState.SCHEDULED, DueState.RETRYING}
    assert "3 times" in (now.agreed_text or "")


def test_P9_what_came_back_while_the_page_was_open_is_read_before_it_is_accepted(
    desk: PlanDesk, advance: Advance, app: Flask, cast: Cast
) -> None:
    desk.bill()
    plan = desk.propose(desk.bank(BANK_WITHOUT_FUNDS), asks=True)
    desk.accept(plan)
    advance(DAY)
    assert desk.states(plan)[0] == DueState.CHARGING
    form = cast.ana.get(f"/staff/payment-plans/{plan.public_id}/change")
    start = desk.today() + 7 * DAY
    cast.ana.submit(form, "Save changes", reschedule="yes", count="2", starts_on=start.isoformat())
    reader = Payer(app)
    page = reader.get(f"/payment-plans/{plan.token}")
    assert "2 times" in page
    while desk.states(plan)[0] == DueState.CHARGING:
        advance(DAY)
    with db.transaction() as session:  # as if it were tried again on the very day of the next
        again = update(Instalment).where(Instalment.state == DueState.RETRYING)
        session.execute(again.values(try_on=start))
    refused = reader.submit(page, "Accept this plan", status=409)
    assert "has changed since" in refused
    reader.submit(refused, "Accept this plan")
    assert "3 times" in (desk.now(plan).agreed_text or "")


def test_P9_the_last_instalment_can_have_another_method(desk: PlanDesk, advance: Advance) -> None:
    desk.bill()
    method = desk.card()
    plan = desk.propose(method, count=2)
    for step in (1, 3, 20):
        advance(step * DAY)
    with db.transaction() as session:
        delete(session, method.id, by="payer")
    advance(10 * DAY)
    assert desk.states(plan) == [DueState.PAID, DueState.FAILED]
    desk.give_method(plan, desk.card())


def state_of(bill: Bill) -> str:
    with db.read() as session:
        return session.scalars(select(BillCharge.state).where(BillCharge.bill_id == bill.id)).one()


def test_P9_a_bill_that_waits_for_its_second_try_is_tried_with_the_new_method(
    desk: PlanDesk, advance: Advance
) -> None:
    bill = desk.bill(due=1)
    desk.turn_on(desk.card(CARD_DECLINES_ONCE_STORED))
    advance(2 * DAY)
    assert state_of(bill) == DueState.RETRYING
    desk.turn_on(desk.card())
    advance(4 * DAY)
    assert state_of(bill) in {DueState.CHARGING, DueState.PAID}


def test_P9_a_bill_whose_charge_comes_back_later_is_tried_with_the_new_method(
    desk: PlanDesk, advance: Advance
) -> None:
    bill = desk.bill(due=1)
    desk.turn_on(desk.bank(BANK_WITHOUT_FUNDS))
    advance(2 * DAY)
    assert state_of(bill) == DueState.CHARGING
    desk.turn_on(desk.card())
    advance(5 * DAY)
    assert state_of(bill) == DueState.RETRYING
    advance(4 * DAY)
    assert state_of(bill) in {DueState.CHARGING, DueState.PAID}
