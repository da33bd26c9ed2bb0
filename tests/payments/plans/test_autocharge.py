"""Bills are charged of their own accord: on issue, on the due day, or days after (FEATURES P9)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from payments.accounts.settings import set_online_payments
from payments.billing import actions as billing
from payments.billing.models import Bill, BillStatus
from payments.methods.actions import delete
from payments.plans import autocharge, autocharge_queries
from payments.plans import autocharging as _jobs  # noqa: F401  registers its jobs
from payments.plans.models import BillCharge, DueState, Moment
from payments.transactions.models import Origin, Payment
from payments.transactions.states import Status
from portal.clients.access import NOTHING_CLOSED
from portal.clients.details import Problems
from portal.core import db
from portal.notifications.queries import open_alerts
from tests.factories.methods import Wallet
from tests.factories.plans import ANA, CARD_DECLINES_ONCE_STORED, PlanDesk
from tests.support.cast import Cast
from tests.support.outbox import Outbox

Advance = Callable[[timedelta], int]
RunJobs = Callable[[], int]
DAY = timedelta(days=1)


def charged() -> list[Payment]:
    with db.read() as session:
        made = select(Payment).where(Payment.origin == Origin.AUTOCHARGE).order_by(Payment.id)
        return list(session.scalars(made))


def kept(bill: Bill) -> BillCharge:
    with db.read() as session:
        return session.scalars(select(BillCharge).where(BillCharge.bill_id == bill.id)).one()


def now(bill: Bill) -> Bill:
    with db.read() as session:
        return session.get_one(Bill, bill.id)


def test_P9_on_issue_a_bill_is_charged_at_once_and_both_are_told(
    desk: PlanDesk, run_jobs: RunJobs, advance: Advance, outbox: Outbox
) -> None:
    desk.turn_on(desk.card(), Moment.ISSUE)
    bill = desk.bill(12_000)
    run_jobs()
    (payment,) = charged()
    assert (payment.amount_cents, payment.status) == (12_000, Status.AUTHORIZED)
    assert kept(bill).state == DueState.CHARGING
    for _day in range(5):
        advance(DAY)
    assert now(bill).status == BillStatus.PAID
    assert kept(bill).state == DueState.PAID
    assert desk.books() == []
    subjects = [one.subject for one in outbox.to("cleo@client.test")]
    assert any(one.startswith("Your bills are now paid automatically") for one in subjects)
    assert any(one.endswith("was submitted") for one in subjects)


def test_P9_on_the_due_day_and_not_before(desk: PlanDesk, advance: Advance) -> None:
    bill = desk.bill(due=10)  # issued before autocharge was turned on
    desk.turn_on(desk.card())
    later = desk.bill(due=20)
    advance(9 * DAY)
    assert charged() == []
    advance(2 * DAY)
    assert [one.amount_cents for one in charged()] == [bill.total_cents]
    advance(10 * DAY)
    assert len(charged()) == 2
    assert now(later).reserved_cents + now(later).applied_cents == later.total_cents


def test_P9_some_days_after_the_due_day(desk: PlanDesk, advance: Advance) -> None:
    desk.turn_on(desk.card(), Moment.AFTER, 5)
    desk.bill(due=3)
    advance(7 * DAY)
    assert charged() == []
    advance(2 * DAY)
    assert len(charged()) == 1


def test_P9_what_is_overdue_when_it_is_turned_on_is_left_alone(
    desk: PlanDesk, advance: Advance
) -> None:
    bill = desk.bill(due=2)
    advance(5 * DAY)
    desk.turn_on(desk.card())
    advance(10 * DAY)
    assert charged() == []
    assert now(bill).status == BillStatus.AWAITING_PAYMENT


def test_P9_only_what_is_still_owed_is_charged(
    desk: PlanDesk, run_jobs: RunJobs, advance: Advance
) -> None:
    desk.turn_on(desk.card())
    bill = desk.bill(due=2)
    run_jobs()
    with db.transaction() as session:
        billing.void(session, session.get_one(Bill, bill.id), reason="A mistake", by=ANA)
    advance(3 * DAY)
    assert charged() == []
    assert kept(bill).state == DueState.SKIPPED


def test_P9_a_decline_is_tried_once_more_after_three_days_then_shown_to_staff(
    desk: PlanDesk, advance: Advance, outbox: Outbox
) -> None:
    desk.turn_on(desk.card(CARD_DECLINES_ONCE_STORED))
    bill = desk.bill(due=1)
    advance(2 * DAY)
    assert (kept(bill).state, kept(bill).tries) == (DueState.RETRYING, 1)
    told = [one for one in outbox.to("cleo@client.test") if one.subject.endswith("needs you")]
    assert len(told) == 1
    assert "tried once more on" in told[0]
    assert any("/bills/" in link for link in told[0].links)
    advance(2 * DAY)
    assert len(charged()) == 1
    advance(2 * DAY)
    assert [one.status for one in charged()] == [Status.FAILED, Status.FAILED]
    assert (kept(bill).state, kept(bill).tries) == (DueState.FAILED, 2)
    with db.read() as session:
        (alert,) = [one for one in open_alerts(session) if one.kind == "autocharge_failed"]
    assert str(bill.number) not in alert.sentence
    assert now(bill).reserved_cents == 0
    assert desk.books() == []


def test_P8_a_deleted_method_charges_nothing_and_says_so(desk: PlanDesk, advance: Advance) -> None:
    method = desk.card()
    desk.turn_on(method)
    bill = desk.bill(due=1)
    with db.transaction() as session:
        delete(session, method.id, by="payer")
    advance(2 * DAY)
    assert charged() == []
    assert kept(bill).state == DueState.FAILED
    assert "was deleted" in kept(bill).told


def test_P9_turned_off_it_charges_nothing_more(
    desk: PlanDesk, run_jobs: RunJobs, advance: Advance, outbox: Outbox
) -> None:
    on = desk.turn_on(desk.card())
    bill = desk.bill(due=2)
    run_jobs()
    with db.transaction() as session:
        autocharge.turn_off(session, on.public_id, by=ANA)
    advance(5 * DAY)
    assert charged() == []
    assert kept(bill).state == DueState.CANCELED
    assert any("no longer paid" in one.subject for one in outbox.to("cleo@client.test"))


def test_P9_turned_on_again_with_another_moment_bills_move_with_it(
    desk: PlanDesk, run_jobs: RunJobs, advance: Advance
) -> None:
    method = desk.card()
    desk.turn_on(method)
    bill = desk.bill(due=2)
    run_jobs()
    desk.turn_on(method, Moment.AFTER, 10)
    with db.read() as session:
        assert len(autocharge_queries.of_client(session, desk.client.id)) == 1
    advance(5 * DAY)
    assert charged() == []
    advance(8 * DAY)
    assert len(charged()) == 1
    assert kept(bill).tries == 1


def test_P9_a_payment_plan_goes_before_autocharge(desk: PlanDesk, advance: Advance) -> None:
    method = desk.card()
    bill = desk.bill(due=2)
    desk.turn_on(method)
    desk.propose(method, starts_on=desk.today() + 20 * DAY)
    advance(5 * DAY)
    assert charged() == []
    assert "payment plan" in kept(bill).told


def test_P1_while_online_payments_are_off_it_waits_for_the_next_morning(
    desk: PlanDesk, advance: Advance
) -> None:
    desk.turn_on(desk.card())
    desk.bill(due=1)
    _online(on=False)
    advance(2 * DAY)
    advance(DAY)
    assert charged() == []
    with db.read() as session:
        assert [one.kind for one in open_alerts(session)].count("autocharge_waits") == 1
    _online(on=True)
    advance(DAY)
    assert len(charged()) == 1


def _online(*, on: bool) -> None:
    with db.transaction() as session:
        set_online_payments(session, online=on, part_min_cents=100, by=ANA)


@pytest.mark.parametrize(("moment", "days"), [(None, 0), (Moment.AFTER, 0), (Moment.AFTER, 91)])
def test_P9_a_moment_that_cannot_be_is_told(
    desk: PlanDesk, moment: Moment | None, days: int
) -> None:
    wanted = autocharge.Wanted(desk.client.id, desk.account.id, desk.card().public_id, moment, days)
    with pytest.raises(Problems), db.transaction() as session:
        autocharge.turn_on(session, wanted, by=ANA)
    with db.read() as session:
        assert autocharge_queries.of_client(session, desk.client.id) == []


def test_P5_a_method_of_the_trust_account_is_refused(desk: PlanDesk) -> None:
    trust = Wallet(desk.client, desk.trust).stored()
    with pytest.raises(Problems) as told:
        desk.turn_on(trust)
    assert "another account" in told.value.errors["method"]


def test_P9_it_is_turned_on_changed_and_turned_off_on_the_contacts_tab(
    desk: PlanDesk, cast: Cast, run_jobs: RunJobs
) -> None:
    address = f"/staff/contacts/{desk.client.public_id}/autocharge"
    assert "No payment method to charge" in cast.ana.get(address)
    desk.card()
    page = cast.ana.get(address)
    page = cast.ana.submit(page, "Turn on autocharge", moment="after", days="0", status=422)
    assert "from 1 to 90" in page
    page = cast.ana.submit(page, "Turn on autocharge", days="5")
    assert "5 days after their due date" in page
    bill = desk.bill()
    run_jobs()
    page = cast.ana.get(address)
    assert f"Bill {bill.number}" in page
    assert "Scheduled" in page
    page = cast.ana.submit(page, "Turn off")
    assert "Autocharge is off" in page
    assert "Turn on autocharge" in page


def test_P9_turned_on_twice_the_client_is_emailed_once(
    desk: PlanDesk, cast: Cast, run_jobs: RunJobs, outbox: Outbox
) -> None:
    desk.card()
    page = cast.ana.get(f"/staff/contacts/{desk.client.public_id}/autocharge")
    for _press in range(2):
        cast.ana.submit(page, "Turn on autocharge", moment="due")
    run_jobs()
    assert len(outbox.to("cleo@client.test")) == 1


def test_N9_only_the_accounts_level_turns_it_on(desk: PlanDesk, cast: Cast) -> None:
    desk.card()
    address = f"/staff/contacts/{desk.client.public_id}/autocharge"
    assert "Turn on autocharge" not in cast.ben.get(address)
    form = {"moment": "due", "csrf_token": cast.ben.csrf_token()}
    cast.ben.post(address, form, status=403)
    with db.read() as session:
        assert autocharge_queries.charges_of(session, desk.client.id, NOTHING_CLOSED) == []
