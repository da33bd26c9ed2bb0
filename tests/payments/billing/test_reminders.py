"""Reminders by the firm's schedule: when, to whom, and never two for one moment (FEATURES D8)."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, update

from payments.billing import actions, reminders
from payments.billing.handed_out import DocumentLink, Sending
from payments.billing.models import Bill, BillStatus
from payments.billing.payables import Payable
from payments.billing.reminders import remind_by_schedule
from payments.billing.settings import BillingSettings
from portal.clients.models import ContactEmail
from portal.core import clock, db, demo_clock
from portal.outbox.models import DeliveryState
from tests.factories.billing import BEN, Line, Office, issued
from tests.payments.billing.desk import now_asked
from tests.payments.billing.mailroom import CLEO, HOME, delivered, give_emails, pressed, requested

SCHEDULE = (-3, 0, 7)


@pytest.fixture(autouse=True)
def schedule(request: pytest.FixtureRequest) -> None:
    """The firm reminds three days before, on, and seven days after the due day."""
    request.getfixturevalue("office")
    set_schedule(on=True)


def set_schedule(*, on: bool, days: Sequence[int] = SCHEDULE) -> None:
    with db.transaction() as session:
        session.merge(
            BillingSettings(
                id=1, due_days=30, own_approval=True, paper="letter", taxes=[],
                reminders=on, reminder_days=list(days),
            )
        )  # fmt: skip


def reminded() -> list[str]:
    """The names of the reminders so far."""
    with db.read() as session:
        statement = select(Sending.once).where(Sending.kind == "reminder").order_by(Sending.id)
        return list(session.scalars(statement))


def sent_bill(office: Office, due_in_days: int = 10, to: Sequence[str] = (CLEO,)) -> Bill:
    """A bill that was emailed today, and is due in so many days."""
    bill = issued(office, office.cleo, now_asked(Line(10_000), due_in_days=due_in_days + 1))
    pressed(bill, to)
    delivered()
    return bill


def pass_days(days: int) -> None:
    with db.transaction() as session:
        demo_clock.advance(session, timedelta(days=days))


def name_of(payable: Payable, offset: int, kind: str = "bill") -> str:
    assert payable.due_on is not None
    return f"reminder:{kind}:{payable.id}:{payable.due_on.isoformat()}:{offset}"


def run_daily(days: int) -> None:
    for _day in range(days):
        pass_days(1)
        remind_by_schedule()
        remind_by_schedule()


def test_D8_each_moment_of_the_schedule_has_one_reminder(office: Office) -> None:
    give_emails(office.cleo, CLEO)
    bill = sent_bill(office)
    run_daily(30)
    assert reminded() == [name_of(bill, offset) for offset in SCHEDULE]


def test_D8_a_trust_request_is_reminded_of_too(office: Office) -> None:
    give_emails(office.cleo, CLEO)
    asked = requested(office)
    pressed(asked)
    delivered()
    run_daily(20)
    assert reminded() == [name_of(asked, 7, "trust-request")]
    with db.read() as session:
        link = session.scalars(select(DocumentLink).order_by(DocumentLink.id.desc())).first()
    assert link is not None
    assert (link.trust_request_id, link.address) == (asked.id, CLEO)


def test_D8_until_the_firm_turns_them_on_there_are_none(office: Office) -> None:
    set_schedule(on=False)
    give_emails(office.cleo, CLEO)
    sent_bill(office)
    run_daily(30)
    assert reminded() == []


def test_D8_nobody_first_hears_of_a_bill_by_a_reminder(office: Office) -> None:
    give_emails(office.cleo, CLEO)
    issued(office, office.cleo, now_asked(due_in_days=5))
    run_daily(20)
    assert reminded() == []


@pytest.mark.parametrize("state", [one for one in DeliveryState if one != DeliveryState.SENT])
def test_D8_an_email_that_never_left_was_not_sent(office: Office, state: DeliveryState) -> None:
    give_emails(office.cleo, CLEO)
    bill = issued(office, office.cleo, now_asked(due_in_days=11))
    pressed(bill)
    delivered(state)
    run_daily(9)
    assert reminded() == []
    pressed(bill)
    delivered()
    run_daily(9)
    assert reminded() == [name_of(bill, 0), name_of(bill, 7)]


def test_D8_of_several_missed_moments_only_the_latest_is_sent(office: Office) -> None:
    """The worker stood still, or the demo clock was advanced by weeks at once."""
    give_emails(office.cleo, CLEO)
    bill = sent_bill(office)
    pass_days(19)  # two days after the last moment
    remind_by_schedule()
    remind_by_schedule()
    assert reminded() == [name_of(bill, 7)]


def test_D8_what_is_long_past_is_not_reminded_of_when_a_firm_turns_reminders_on(
    office: Office,
) -> None:
    give_emails(office.cleo, CLEO)
    sent_bill(office)
    pass_days(10 + 7 + reminders.MISSED_DAYS_MAX + 1)
    remind_by_schedule()
    assert reminded() == []


def test_D8_who_was_written_to_on_the_day_is_not_reminded_as_well(office: Office) -> None:
    give_emails(office.cleo, CLEO)
    bill = sent_bill(office, due_in_days=0)
    remind_by_schedule()
    assert reminded() == []
    run_daily(8)
    assert reminded() == [name_of(bill, 7)]


@pytest.mark.parametrize("end", ["paid", "reserved", "void"])
def test_D8_paid_void_and_wholly_reserved_bills_are_never_reminded_of(
    end: str, office: Office
) -> None:
    give_emails(office.cleo, CLEO)
    bill = sent_bill(office)
    changes: dict[str, dict[str, Any]] = {
        "paid": {"status": BillStatus.PAID, "applied_cents": 10_000},
        "reserved": {"reserved_cents": 10_000},
    }
    with db.transaction() as session:
        if end == "void":
            actions.void(session, session.get_one(Bill, bill.id), reason="Wrong", by=BEN)
        else:
            session.execute(update(Bill).where(Bill.id == bill.id).values(changes[end]))
    run_daily(20)
    assert reminded() == []


def test_D8_it_goes_where_the_bill_went_as_far_as_that_is_still_the_client(office: Office) -> None:
    give_emails(office.cleo, CLEO, HOME)
    sent_bill(office, to=[HOME])
    pass_days(7)
    remind_by_schedule()
    assert last_addresses() == [HOME]
    with db.transaction() as session:
        session.delete(session.scalars(select(ContactEmail).filter_by(address=HOME)).one())
    pass_days(3)
    remind_by_schedule()
    assert last_addresses() == [CLEO]


def last_addresses() -> list[str]:
    with db.read() as session:
        newest = session.scalars(select(Sending.id).order_by(Sending.id.desc())).first()
        found = session.scalars(select(DocumentLink.address).filter_by(sending_id=newest))
        return list(found)


def test_D8_a_crash_between_batches_neither_loses_nor_repeats_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_emails(office.cleo, CLEO)
    bills = [sent_bill(office) for _one in range(3)]
    pass_days(7)
    monkeypatch.setattr(reminders, "BATCH", 1)
    hand_over = reminders.hand_over

    def die_at_the_second(session: Any, payable: Payable, *args: Any, **said: Any) -> Sending:
        made = hand_over(session, payable, *args, **said)
        if payable.id == bills[1].id:
            raise SystemExit("killed")
        return made

    monkeypatch.setattr(reminders, "hand_over", die_at_the_second)
    with pytest.raises(SystemExit):
        remind_by_schedule()
    assert reminded() == [name_of(bills[0], -3)]
    monkeypatch.setattr(reminders, "hand_over", hand_over)
    remind_by_schedule()
    assert reminded() == [name_of(bill, -3) for bill in bills]


@pytest.mark.both_databases
def test_D8_two_workers_at_once_remind_once(office: Office) -> None:
    give_emails(office.cleo, CLEO)
    bills = [sent_bill(office) for _one in range(6)]
    pass_days(7)
    clock.forget_offset()
    ready = Barrier(4)

    def work(_worker: int) -> None:
        ready.wait()
        remind_by_schedule()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    remind_by_schedule()  # what another one held at that moment
    assert sorted(reminded()) == sorted(name_of(bill, -3) for bill in bills)


@pytest.mark.both_databases
def test_D3_a_form_pressed_by_many_at_once_sends_once(office: Office) -> None:
    give_emails(office.cleo, CLEO)
    bill = issued(office, office.cleo, now_asked())
    ready = Barrier(4)

    def press(_hand: int) -> int:
        ready.wait()
        return pressed(bill, nonce="one-form-of-ben").id

    with ThreadPoolExecutor(4) as hands:
        made = set(hands.map(press, range(4)))
    assert len(made) == 1
    with db.read() as session:
        assert len(session.scalars(select(Sending)).all()) == 1
