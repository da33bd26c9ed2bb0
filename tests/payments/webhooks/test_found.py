"""Payments that the processor has and these books have lost, as after a restore (X8, M11)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import MappingProxyType

import pytest
from flask import Flask
from sqlalchemy import delete, select

from payments.accounts.models import BankAccount
from payments.gateway.current import gateway
from payments.gateway.results import Consent, GatewayPayment, MethodKind, NewPayment, NewRefund
from payments.gateway.results import ProcessorAccount as At
from payments.sandbox.current import sandbox
from payments.transactions import found
from payments.transactions.dispute_kit import gathered
from payments.transactions.models import Payment
from payments.transactions.states import Status
from payments.webhooks.actions import HANDLE, handle
from payments.webhooks.models import ProcessorEvent
from payments.webhooks.reconciler import reconcile
from portal.core import db, ids
from portal.core.jobs import Again, Job
from portal.notifications.queries import open_alerts
from tests.factories.payments import (
    BANK_CLOSED,
    BANK_WORKS,
    CARD_ASKS,
    CARD_WORKS,
    Links,
    Payer,
    books_problems,
    enter,
)
from tests.factories.processor import charges
from tests.factories.unattended import pass_time
from tests.support.cast import Cast
from tests.support.races import at_once

RunJobs = Callable[[], object]
Look = Callable[[], object]
NUMBERS = {MethodKind.CARD: CARD_WORKS, MethodKind.BANK: BANK_WORKS}


def account(name: str) -> BankAccount:
    """The demo's account of this kind."""
    with db.read() as session:
        kind = BankAccount.kind == name
        return session.scalars(select(BankAccount).where(kind).order_by(BankAccount.id)).all()[0]


def gone(into: BankAccount) -> Payment:
    """A payment of $125.00 that was begun here, and is not in these books."""
    names = {"public_id": ids.public_id(), "reference": ids.reference()}
    return Payment(**names, bank_account=into, amount_cents=12_500, currency="USD")


def lost(
    into: BankAccount,
    kind: MethodKind = MethodKind.CARD,
    *,
    number: str | None = None,
    name: str = "Dana Whitfield",
    differs: Mapping[str, str] = MappingProxyType({}),
) -> GatewayPayment:
    """One of which only the processor has anything."""
    at, payment = At(into.processor_account), gone(into)
    marks = found.marks(payment) | dict(differs)
    made = gateway().create_payment(
        at, NewPayment(payment.public_id, 12_500, "USD", (kind,), "", marks=marks)
    )
    return gateway().confirm_payment(
        at,
        made.intent_id,
        payment_id=payment.public_id,
        confirmation_token=enter(into.processor_account, kind, number or NUMBERS[kind], name),
        consent=Consent("198.51.100.7", "A browser") if kind is MethodKind.BANK else None,
        return_url="http://localhost:8000/",
    )


@pytest.fixture
def look(links: Links, payer: Payer, client_of_trust: Payer, run_jobs: RunJobs) -> Look:
    """Have what the processor tells read, and come back when it is known what each is about."""
    payer.pay(links.operating)  # an account that nobody has paid into is not asked
    client_of_trust.pay(links.trust)

    def read() -> None:
        reconcile()
        run_jobs()
        pass_time(timedelta(minutes=10))
        run_jobs()

    return read


def entered(intent_id: str) -> Payment | None:
    """The row of a payment at the processor."""
    with db.read() as session:
        return session.scalar(select(Payment).where(Payment.intent_id == intent_id))


def told() -> list[str]:
    """What stands before the staff."""
    with db.read() as session:
        return [alert.sentence for alert in open_alerts(session)]


def put_aside() -> set[str | None]:
    """The processor's payments that fit nothing."""
    with db.read() as session:
        aside = select(ProcessorEvent.intent_id).where(ProcessorEvent.problem.is_not(None))
        return set(session.scalars(aside))


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", MethodKind)
@pytest.mark.parametrize("name", ["operating", "trust"])
def test_X8_it_is_booked_into_its_account_and_linked_to_nobody(
    app: Flask, look: Look, run_jobs: RunJobs, name: str, kind: MethodKind
) -> None:
    shown = lost(account(name), kind)
    look()
    payment = entered(shown.intent_id)
    assert payment is not None
    assert (payment.amount_cents, payment.currency, payment.method) == (12_500, "USD", kind)
    assert (payment.public_id, payment.reference) == (
        shown.metadata["payment_id"],
        shown.metadata["reference"],
    )
    assert payment.bank_account.kind == name
    assert (payment.client_id, payment.receipt_id) == (None, None)
    assert (payment.payer_name, payment.payer_email) == ("Dana Whitfield", "dana@payer.test")
    assert payment.made_at == shown.created_at
    assert [one for one in told() if payment.reference in one]
    pass_time(timedelta(days=7))
    run_jobs()
    assert entered(shown.intent_id).status == Status.COMPLETED  # type: ignore[union-attr]
    assert put_aside() == set()
    assert books_problems(app) == []


def test_X8_the_staff_link_it_as_any_other(cast: Cast, look: Look, run_jobs: RunJobs) -> None:
    shown = lost(account("operating"))
    look()
    pass_time(timedelta(days=3))
    run_jobs()
    public_id = shown.metadata["payment_id"]
    page = cast.ada.get(f"/staff/online-payments/transactions/{public_id}")
    assert "Completed" in page.text
    assert "not known" in cast.ada.get(f"{page.address}/link").text


@pytest.mark.parametrize("differs", ["payment_id", "reference", "paid_into", "seal"])
def test_X8_what_is_not_sealed_by_us_is_put_before_the_staff_and_not_booked(
    look: Look, differs: str
) -> None:
    into = account("operating")
    other = {"paid_into": account("trust").public_id, "seal": "0" * 64}
    shown = lost(into, differs={differs: other.get(differs, ids.public_id())})
    look()
    assert entered(shown.intent_id) is None
    assert put_aside() == {shown.intent_id}
    assert any("No payment of this firm" in one for one in told())


def test_X8_a_seal_holds_for_the_account_that_the_money_went_into(look: Look) -> None:
    """The firm's own money never becomes trust money because somebody says so."""
    shown = lost(account("trust"), differs=found.marks(gone(account("operating"))))
    look()
    assert entered(shown.intent_id) is None
    assert put_aside() == {shown.intent_id}


def test_X8_marks_that_were_copied_bring_no_second_payment(look: Look) -> None:
    into = account("operating")
    first = lost(into)
    look()
    copied = lost(into, differs=first.metadata)
    look()
    assert entered(first.intent_id) is not None
    assert entered(copied.intent_id) is None
    assert put_aside() == {copied.intent_id}


def test_X8_one_that_nobody_paid_is_nothing(look: Look) -> None:
    into = account("operating")
    at, payment = At(into.processor_account), gone(into)
    new = NewPayment(
        payment.public_id, 12_500, "USD", (MethodKind.CARD,), "", marks=found.marks(payment)
    )
    made = gateway().create_payment(at, new)
    gateway().cancel_payment(at, made.intent_id)
    look()
    assert entered(made.intent_id) is None
    assert put_aside() == set()


def test_X8_one_that_waits_for_its_payer_tells_of_itself_once_it_is_paid(look: Look) -> None:
    waits = lost(account("operating"), number=CARD_ASKS)
    look()
    assert entered(waits.intent_id) is None
    assert put_aside() == set()


def test_X8_an_echeck_that_came_back_is_told_and_brings_nothing(app: Flask, look: Look) -> None:
    shown = lost(account("operating"), MethodKind.BANK, number=BANK_CLOSED)
    pass_time(timedelta(days=6))
    sandbox().service.tick()
    look()
    payment = entered(shown.intent_id)
    assert payment is not None
    assert payment.status == Status.FAILED
    assert [one for one in told() if payment.reference in one and "brought no money" in one]
    assert books_problems(app) == []


@pytest.mark.both_databases
@pytest.mark.parametrize("cents", [2_500, 12_500])
def test_X8_what_was_refunded_after_it_had_come_is_booked_with_its_refund(
    app: Flask, look: Look, run_jobs: RunJobs, cents: int
) -> None:
    into = account("operating")
    shown = lost(into)
    pass_time(timedelta(days=5))
    sandbox().service.tick()
    refund = NewRefund(ids.public_id(), shown.intent_id, cents)
    gateway().create_refund(At(into.processor_account), refund)
    look()
    pass_time(timedelta(days=7))
    run_jobs()
    payment = entered(shown.intent_id)
    assert payment is not None
    assert (payment.status, payment.withdrawn_cents) == (Status.COMPLETED, cents)
    assert payment.fee_cents
    assert books_problems(app) == []


def test_X8_its_payer_is_not_said_to_have_agreed_to_anything(app: Flask, look: Look) -> None:
    shown = lost(account("operating"), MethodKind.BANK)
    look()
    with db.read() as session, app.test_request_context():
        payment = session.scalars(select(Payment).where(Payment.intent_id == shown.intent_id)).one()
        kit = gathered(session, payment)
    assert "APPROVAL" not in kit["uncategorized_text"]


@pytest.mark.both_databases
def test_X8_a_long_name_is_cut(look: Look) -> None:
    shown = lost(account("operating"), MethodKind.BANK, name="N" * 130)
    look()
    payment = entered(shown.intent_id)
    assert payment is not None
    assert payment.payer_name == "N" * 120


def test_X8_an_account_that_was_first_paid_into_after_the_backup_is_asked(
    links: Links, payer: Payer, run_jobs: RunJobs
) -> None:
    payer.pay(links.operating)
    shown = lost(account("trust"))
    run_jobs()  # the webhooks come, and are lost with the books
    with db.transaction() as session:
        session.execute(delete(Job).where(Job.kind == HANDLE))
        session.execute(delete(ProcessorEvent))
    reconcile()
    pass_time(timedelta(minutes=10))
    run_jobs()
    assert entered(shown.intent_id) is not None


def test_X8_a_seal_holds_for_the_amount(links: Links, payer: Payer) -> None:
    payer.pay(links.operating)
    shown = gateway().get_payment(At(None), charges()[0]["payment_intent"])
    assert found.is_ours(shown)
    assert not found.is_ours(replace(shown, amount_cents=shown.amount_cents + 1))
    assert not found.is_ours(replace(shown, metadata={"payment_id": "P" * 16}))


@pytest.mark.both_databases
def test_X8_two_events_of_it_at_the_same_moment_bring_it_once(app: Flask, look: Look) -> None:
    into = account("operating")
    shown = lost(into)
    reconcile()
    pass_time(timedelta(minutes=10))
    with db.read() as session:
        of_it = ProcessorEvent.intent_id == shown.intent_id
        events = session.scalars(select(ProcessorEvent.id).where(of_it)).all()
    assert len(events) > 1
    at_once(*(partial(handle, one) for one in events), answers=(Again,))
    look()
    assert entered(shown.intent_id) is not None
    assert len([one for one in told() if shown.metadata["reference"] in one]) == 1
    assert books_problems(app) == []
