"""What is due is charged: on its day, oldest bill first, never more than is owed (FEATURES P9)."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select, update

from payments.accounts.settings import set_online_payments
from payments.billing import actions as billing
from payments.billing.models import Bill
from payments.methods.actions import delete
from payments.methods.models import StoredMethod
from payments.plans import actions
from payments.plans.models import DueState, InstalmentTry, PlanState
from payments.transactions.charging import Charge, charge, link_for, part_of
from payments.transactions.models import Origin
from payments.transactions.states import Status
from portal.core import db
from portal.notifications.queries import open_alerts
from tests.factories.payments import CARD_WORKS
from tests.factories.plans import ANA, CARD_DECLINES_ONCE_STORED, PlanDesk
from tests.support.outbox import Outbox

Advance = Callable[[timedelta], int]
DAY = timedelta(days=1)


def days(advance: Advance, *steps: int) -> None:
    """So many days, and so many: what falls due in one step is charged at its end."""
    for step in steps:
        advance(step * DAY)


THREE_MONTHS = (1, 3, 29, 3, 31, 3)


def test_P9_three_instalments_pay_the_bills_to_the_cent(
    desk: PlanDesk, advance: Advance, outbox: Outbox
) -> None:
    desk.bill(10_001)
    plan = desk.propose(desk.card())
    assert (plan.state, plan.total_cents) == (PlanState.ACTIVE, 10_001)
    days(advance, *THREE_MONTHS)
    now = desk.now(plan)
    assert [one.state for one in now.instalments] == [DueState.PAID] * 3
    assert [one.charged_cents for one in now.instalments] == [3_334, 3_334, 3_333]
    assert now.state == PlanState.FINISHED
    assert desk.owed() == 0
    assert desk.books() == []
    subjects = [sent.subject for sent in outbox.to("cleo@client.test")]
    assert any("is set up" in one for one in subjects)
    assert any("is finished" in one for one in subjects)


def test_P9_the_oldest_bill_is_paid_first(desk: PlanDesk, advance: Advance) -> None:
    later, sooner = desk.bill(10_000, due=60), desk.bill(10_000, due=10)
    desk.propose(desk.card(), each_cents=5_000)
    days(advance, 1, 3)
    with db.read() as session:
        assert session.get_one(Bill, sooner.id).applied_cents == 5_000
        assert session.get_one(Bill, later.id).applied_cents == 0


def test_P9_nothing_is_charged_before_nine_on_its_day(desk: PlanDesk, advance: Advance) -> None:
    desk.bill()
    desk.propose(desk.card(), starts_on=desk.today() + timedelta(days=3))
    days(advance, 2)
    assert desk.payments() == []
    days(advance, 2)
    assert len(desk.payments()) == 1


def test_P9_a_failed_instalment_is_tried_again_after_three_days_and_then_shown_to_staff(
    desk: PlanDesk, advance: Advance, outbox: Outbox
) -> None:
    desk.bill()
    plan = desk.propose(desk.card(CARD_DECLINES_ONCE_STORED))
    days(advance, 1)
    first = desk.now(plan).instalments[0]
    assert (first.state, first.tries) == (DueState.RETRYING, 1)
    assert first.try_on == desk.today() + timedelta(days=3)
    days(advance, 4)
    first = desk.now(plan).instalments[0]
    assert (first.state, first.tries, first.charged_cents) == (DueState.FAILED, 2, 0)
    assert [one.status for one in desk.payments()] == [Status.FAILED] * 2
    with db.read() as session:
        assert [one.kind for one in open_alerts(session)].count("instalment_failed") == 1
    told = [sent for sent in outbox.to("cleo@client.test") if "was not paid" in sent.subject]
    assert len(told) == 2
    assert "It is tried once more on" in told[0]
    assert "not tried again by itself" in told[1]
    firm = [sent for sent in outbox.to("ada@harlow.test") if "was not paid" in sent.subject]
    assert len(firm) == 2
    assert desk.now(plan).state == PlanState.ACTIVE


def test_P9_a_second_instalment_that_fails_recovers_with_another_method(
    desk: PlanDesk, advance: Advance
) -> None:
    desk.bill()
    plan = desk.propose(desk.card())
    days(advance, 1, 3)
    declining, good = desk.card(CARD_DECLINES_ONCE_STORED), desk.card(CARD_WORKS)
    desk.give_method(plan, declining)
    days(advance, 27)
    assert desk.states(plan)[1] == DueState.RETRYING
    desk.give_method(plan, good)
    days(advance, 3, 3, 28, 3)
    assert desk.states(plan) == [DueState.PAID] * 3
    assert desk.owed() == 0
    assert desk.books() == []


def test_P9_a_bill_voided_mid_plan_is_not_charged_for(desk: PlanDesk, advance: Advance) -> None:
    kept, voided = desk.bill(10_000), desk.bill(20_000)
    plan = desk.propose(desk.card())
    with db.transaction() as session:
        billing.void(session, session.get_one(Bill, voided.id), reason="Mistake", by=ANA)
    days(advance, *THREE_MONTHS)
    assert desk.states(plan) == [DueState.PAID, DueState.SKIPPED, DueState.SKIPPED]
    assert desk.paid_cents() == 10_000
    assert kept.total_cents == sum(one.amount_cents for one in desk.payments())
    assert desk.now(plan).state == PlanState.FINISHED
    assert desk.books() == []


def test_P9_the_client_deletes_the_method_and_the_plan_says_so(
    desk: PlanDesk, advance: Advance, outbox: Outbox
) -> None:
    desk.bill()
    method = desk.card()
    plan = desk.propose(method, starts_on=desk.today() + timedelta(days=2))
    with db.transaction() as session:
        delete(session, method.id, by="payer")
    days(advance, 4)
    now = desk.now(plan)
    assert (now.state, now.instalments[0].state) == (PlanState.PAUSED, DueState.FAILED)
    assert "was deleted" in now.instalments[0].told
    assert desk.payments() == []
    told = [sent for sent in outbox.to("cleo@client.test") if "was not paid" in sent.subject]
    assert "was deleted" in told[0]
    desk.give_method(plan, desk.card())
    with db.transaction() as session:
        actions.resume(session, plan.id, by=ANA)
    days(advance, 1, 3)
    assert desk.states(plan)[0] == DueState.PAID


def test_P8_an_expired_card_pauses_the_plan(desk: PlanDesk, advance: Advance) -> None:
    desk.bill()
    plan = desk.propose(desk.card(), starts_on=desk.today() + timedelta(days=2))
    with db.transaction() as session:
        session.execute(update(StoredMethod).values(expires_year=2020))
    days(advance, 3)
    assert "expired" in desk.now(plan).instalments[0].told
    assert desk.now(plan).state == PlanState.PAUSED


def test_P1_with_online_payments_off_an_instalment_waits_for_the_next_day(
    desk: PlanDesk, advance: Advance
) -> None:
    desk.bill()
    plan = desk.propose(desk.card())
    switch(online=False)
    days(advance, 1, 2)
    assert desk.states(plan) == [DueState.SCHEDULED] * 3
    with db.read() as session:
        assert [one.kind for one in open_alerts(session)].count("payment_plans_wait") == 1
    switch(online=True)
    days(advance, 1, 3)
    assert desk.states(plan)[0] == DueState.PAID


def switch(*, online: bool) -> None:
    with db.transaction() as session:
        set_online_payments(session, online=online, part_min_cents=100, by=ANA)


def test_M7_a_returned_echeck_is_a_failed_try(desk: PlanDesk, advance: Advance) -> None:
    desk.bill()
    plan = desk.propose(desk.bank("000222222227"))
    days(advance, 1, 4)
    first = desk.now(plan).instalments[0]
    assert (first.state, first.tries) == (DueState.RETRYING, 1)
    days(advance, 3, 5)
    assert desk.states(plan)[0] == DueState.FAILED
    assert desk.paid_cents() == 0
    assert desk.books() == []


def test_P9_each_try_is_one_row_with_its_payment(desk: PlanDesk, advance: Advance) -> None:
    desk.bill()
    desk.propose(desk.card(CARD_DECLINES_ONCE_STORED))
    days(advance, 1, 4)
    with db.read() as session:
        tries = session.scalars(select(InstalmentTry).order_by(InstalmentTry.number)).all()
    assert [(one.number, one.payment_id) for one in tries] == [
        (number, payment.id) for number, payment in enumerate(desk.payments(), 1)
    ]


def test_P9_while_another_payment_is_under_way_an_instalment_waits_and_is_not_skipped(
    desk: PlanDesk, advance: Advance
) -> None:
    bill, bank = desk.bill(), desk.bank()
    plan = desk.propose(bank, starts_on=desk.today() + DAY)
    with db.transaction() as session:
        link_id = link_for(session, bill, by=ANA).id
    parts = (part_of(bill, bill.total_cents),)
    charge(Charge("ana-charges", bank.id, link_id, parts, Origin.STAFF, ANA, "Agreed"))
    advance(2 * DAY)
    assert desk.states(plan)[0] == DueState.SCHEDULED
    for _day in range(6):
        advance(DAY)
    assert desk.states(plan)[0] == DueState.SKIPPED  # it arrived: nothing is owed
    assert desk.books() == []
