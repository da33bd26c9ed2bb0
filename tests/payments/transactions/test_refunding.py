"""A refund is made once, whatever answer is lost, and ends as the processor says (M6, M11)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from payments.gateway.current import gateway
from payments.gateway.errors import InvalidRequest, Unavailable
from payments.gateway.results import (
    GatewayRefund,
    IntentStatus,
    NewRefund,
    ProcessorAccount,
    RefundStatus,
)
from payments.ledger.models import AccountKind
from payments.sandbox.current import sandbox
from payments.transactions import refunding, withdrawing
from payments.transactions.models import Payment
from payments.transactions.refunded import Refund, RefundState
from payments.transactions.refunding import SEND
from payments.transactions.states import Status
from payments.webhooks.reconciler import reconcile
from portal.clients.access import NOTHING_CLOSED
from portal.core import db
from portal.core.jobs import Job, JobState
from portal.notifications.models import Alert
from tests.factories.payments import Links
from tests.factories.processor import objects
from tests.factories.unattended import pass_time
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.giving_back import refunds
from tests.payments.transactions.one_payment import Kind, Life, begin
from tests.payments.transactions.orders import (
    FROM_TRUST_CENTS,
    REFUNDED_CENTS,
    carry_out,
    differences,
    dispute,
)
from tests.payments.transactions.practice import ANA, Practice, held, open_practice, owed, problems
from tests.payments.transactions.shown import refund as shown_refund

CARD = Kind("operating", "card")


def ask(payment_id: int, cents: int = REFUNDED_CENTS) -> int:
    """Staff ask for a refund, as they have seen it; nobody has sent it yet."""
    with db.transaction() as session:
        payment = session.get_one(Payment, payment_id)
        seen = withdrawing.outlook(session, payment, cents)
        return refunding.ask(
            session,
            payment.public_id,
            cents,
            "Agreed with the client",
            expected=seen.fingerprint,
            by=ANA,
            closed=NOTHING_CLOSED,
        ).id


def alert_kinds() -> set[str]:
    with db.read() as session:
        return set(session.scalars(select(Alert.kind)))


@pytest.fixture
def paid(app: Flask, links: Links) -> Life:
    """A completed card payment that has paid a bill."""
    life = begin(app, links, CARD)
    for step in ("complete", "link", "apply"):
        assert carry_out(life, step)
    return life


@pytest.fixture
def answer_lost(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The processor makes the refund, and its answer does not arrive; call it to end that."""
    real = type(gateway()).create_refund

    def lost(gate: Any, account: ProcessorAccount, new: NewRefund) -> GatewayRefund:
        real(gate, account, new)
        raise Unavailable("the line went dead", outcome_unknown=True)

    monkeypatch.setattr(type(gateway()), "create_refund", lost)
    return lambda: monkeypatch.setattr(type(gateway()), "create_refund", real)


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=2)], ids=["at once", "days later"])
def test_M6_a_refund_whose_answer_was_lost_is_sent_again_and_made_once(
    paid: Life, answer_lost: Callable[[], None], later: timedelta
) -> None:
    """Days later the processor has forgotten the key: it is looked for there first."""
    refund_id = ask(paid.payment_id)
    assert refunding.send(refund_id).state == RefundState.ASKED
    answer_lost()
    pass_time(later)
    assert refunding.send(refund_id).state == RefundState.SUCCEEDED
    assert refunding.send(refund_id).state == RefundState.SUCCEEDED
    assert len(objects("refund")) == 1
    assert differences(paid) == []


@pytest.mark.parametrize("readable", [True, False])
def test_M6_M11_one_whose_answer_was_lost_is_not_given_up_because_we_are_kept_out_later(
    paid: Life,
    answer_lost: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    readable: bool,
) -> None:
    """A key that was changed meanwhile refuses us: that says nothing of what was done before."""
    refund_id = ask(paid.payment_id)
    refunding.send(refund_id)

    def kept_out(*_said: Any) -> Any:
        raise InvalidRequest("no such key")

    with monkeypatch.context() as changed:
        changed.setattr(type(gateway()), "create_refund", kept_out)
        if not readable:
            changed.setattr(type(gateway()), "get_payment", kept_out)
        state = refunding.send(refund_id).state
    assert state == (RefundState.SUCCEEDED if readable else RefundState.ASKED)
    assert paid.payment().withdrawn_cents == REFUNDED_CENTS
    answer_lost()
    assert refunding.send(refund_id).state == RefundState.SUCCEEDED
    assert len(objects("refund")) == 1
    assert differences(paid) == []


def test_M11_a_look_finds_the_refund_whose_answer_was_lost_by_its_name(
    paid: Life, answer_lost: Callable[[], None]
) -> None:
    refund_id = ask(paid.payment_id)
    refunding.send(refund_id)
    paid.look()
    (found,) = refunds()
    assert (found.id, found.state, found.origin) == (refund_id, "succeeded", "staff")
    assert differences(paid) == []


def test_M11_the_reconciler_has_a_refund_made_whose_job_was_given_up(
    paid: Life, run_jobs: Callable[[], int]
) -> None:
    ask(paid.payment_id)
    with db.transaction() as session:
        session.execute(update(Job).where(Job.kind == SEND).values(state=JobState.DEAD))
    pass_time(timedelta(hours=2))
    reconcile()
    run_jobs()
    assert [one.state for one in refunds()] == ["succeeded"]
    assert differences(paid) == []


def test_M6_one_that_the_processor_refuses_leaves_the_bill_paid_as_it_was(paid: Life) -> None:
    was = owed(paid.bill)
    refund_id = ask(paid.payment_id)
    intent_id = paid.payment().intent_id or ""  # somebody was quicker at the processor
    gateway().create_refund(ProcessorAccount(None), NewRefund("elsewhere", intent_id, 6_000))
    assert refunding.send(refund_id).state == RefundState.FAILED
    assert owed(paid.bill) == was
    assert "refund_failed" in alert_kinds()
    paid.look()
    assert [one.cents for one in refunds() if one.state == "succeeded"] == [6_000]
    assert differences(paid) == []


def test_M6_M7_a_dispute_makes_room_by_giving_up_the_refund_that_nobody_has_sent(
    paid: Life,
) -> None:
    refund_id = ask(paid.payment_id)
    dispute(paid)
    (given_up,) = refunds()
    assert (given_up.state, given_up.failure) == ("failed", "superseded")
    assert refunding.send(refund_id).state == RefundState.FAILED
    assert objects("refund") == []
    assert paid.payment().withdrawn_cents == paid.payment().amount_cents
    assert differences(paid) == []


def test_M6_M11_refunds_made_at_the_processor_are_found_by_the_reconciler_and_booked(
    paid: Life, run_jobs: Callable[[], int]
) -> None:
    intent_id = paid.payment().intent_id or ""
    sandbox().webhooks.set_switches(drop_percent=100)
    gateway().create_refund(ProcessorAccount(None), NewRefund("elsewhere", intent_id, 3_000))
    reconcile()
    run_jobs()
    (found,) = refunds()
    assert (found.origin, found.state, found.cents) == ("processor", "succeeded", 3_000)
    assert "refunded_elsewhere" in alert_kinds()
    assert differences(paid) == []


def test_M6_M7_a_refund_made_past_us_of_trust_money_that_was_spent_is_the_firm_s_to_cover(
    app: Flask, links: Links
) -> None:
    life = begin(app, links, Kind("trust", "card"))
    for step in ("complete", "link", "pay from trust"):
        assert carry_out(life, step)
    payment = life.payment()
    account = ProcessorAccount(payment.bank_account.processor_account)
    gateway().create_refund(account, NewRefund("x", payment.intent_id or "", payment.amount_cents))
    life.look()
    assert "trust_shortfall" in alert_kinds()
    assert held(AccountKind.CLIENT_TRUST, life.client) == {}
    assert life.payment().withdrawn_cents == payment.amount_cents > FROM_TRUST_CENTS
    assert differences(life) == []


def refunded_to_a_card_that_is_gone(app: Flask, links: Links) -> Life:
    card = "4000000000005126"
    life = begin(app, links, CARD, number=card)
    for step in ("complete", "link", "apply", "refund in part"):
        assert carry_out(life, step)
    return life


def test_M6_a_refund_that_fails_later_is_on_its_bill_again_and_told(
    app: Flask, links: Links, advance: Callable[[timedelta], int]
) -> None:
    life = refunded_to_a_card_that_is_gone(app, links)
    was = owed(life.bill)
    advance(timedelta(days=2))
    (failed,) = refunds()
    assert (failed.state, failed.failure) == ("failed", "expired_or_canceled_card")
    assert life.payment().withdrawn_cents == 0
    assert owed(life.bill) <= was
    assert "refund_failed" in alert_kinds()
    assert differences(life) == []


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


@pytest.mark.both_databases
def test_M6_M11_what_was_given_up_unheard_and_made_after_all_is_booked_again(
    practice: Practice,
) -> None:
    till = practice.till
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)
    practice.link(payment_id, practice.target(practice.cleo, 0), apply=False)
    refund_id = ask(payment_id, 6_000)
    elsewhere = shown_refund("re_x", 6_000)
    show(till, payment_id, elsewhere)
    with db.read() as session:
        assert session.get_one(Refund, refund_id).failure == "superseded"
        name = session.get_one(Refund, refund_id).public_id
    show(till, payment_id, shown_refund("re_x", 6_000, RefundStatus.FAILED))
    ours = shown_refund("re_y", 6_000, RefundStatus.PENDING, ours=name)
    for _twice in range(2):
        show(till, payment_id, shown_refund("re_x", 6_000, RefundStatus.FAILED), ours)
    assert [one.state for one in refunds()] == ["pending", "failed"]
    assert till.payment(payment_id).withdrawn_cents == 6_000
    assert problems() == []


@pytest.mark.both_databases
def test_M6_an_older_look_takes_no_refund_back_to_what_it_was(practice: Practice) -> None:
    till = practice.till
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)
    for status in (RefundStatus.PENDING, RefundStatus.FAILED, RefundStatus.PENDING):
        show(till, payment_id, shown_refund("re_x", 4_000, status))
    assert [one.state for one in refunds()] == ["failed"]
    assert till.payment(payment_id).withdrawn_cents == 0
    assert problems() == []


@pytest.mark.both_databases
def test_M6_more_gone_than_was_paid_is_an_alert_and_the_books_stay_true(practice: Practice) -> None:
    till = practice.till
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)
    show(till, payment_id, shown_refund("re_x", 7_000), shown_refund("re_y", 7_000))
    assert till.payment(payment_id).withdrawn_cents == 10_000
    assert "more_gone_than_paid" in alert_kinds()
    assert problems() == []


def show(till: Till, payment_id: int, *refunds: GatewayRefund) -> None:
    """Let the completed payment be seen with these refunds."""
    entry = till.entry(payment_id, fee_cents=till.payment(payment_id).fee_cents or 0)
    till.show(
        payment_id,
        till.snapshot(payment_id, IntentStatus.SUCCEEDED, balance_entry=entry, refunds=refunds),
    )
