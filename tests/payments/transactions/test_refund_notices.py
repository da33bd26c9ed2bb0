"""Who is told of a refund, each once, and that the books are held against it (M6, N4)."""

import pytest
from flask import Flask
from sqlalchemy import delete, select

from payments.gateway.errors import InvalidRequest
from payments.gateway.results import RefundStatus
from payments.transactions.models import Payment
from payments.transactions.overlays import Overlay, of
from payments.transactions.refund_notices import owe
from payments.transactions.refunded import Refund
from payments.transactions.states import Status
from portal.core import db
from portal.outbox.models import Notice
from portal.outbox.registry import EMAILS
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.giving_back import Processor, refund, refunding_at, refunds
from tests.payments.transactions.practice import problems
from tests.support.cast import Cast

MADE = {"refund-made-firm", "refund-made-payer"}
FAILED = {"refund-failed-firm", "refund-failed-payer"}


@pytest.fixture
def stripe(till: Till, monkeypatch: pytest.MonkeyPatch) -> Processor:
    """Makes every refund that it is asked for."""
    return refunding_at(till, monkeypatch)


def owed() -> list[str]:
    with db.read() as session:
        kinds = select(Notice.kind).where(Notice.kind.startswith("refund-"))
        return sorted(session.scalars(kinds))


def test_every_notice_of_a_refund_has_its_email(app: Flask) -> None:
    assert set(EMAILS) >= MADE | FAILED


def test_M6_one_that_is_made_and_fails_later_is_told_twice(
    cast: Cast, till: Till, stripe: Processor
) -> None:
    payment_id = till.bring_to(Status.COMPLETED)
    stripe.status = RefundStatus.PENDING
    refund(cast.ana, till, payment_id)
    assert set(owed()) == MADE
    stripe.shows(payment_id, stripe.shown(stripe.asked[0], RefundStatus.SUCCEEDED))
    assert set(owed()) == MADE
    stripe.shows(payment_id, stripe.shown(stripe.asked[0], RefundStatus.FAILED, "no_account"))
    assert owed() == sorted(MADE | FAILED)
    with db.transaction() as session:
        owe(session, session.get_one(Refund, refunds()[0].id))
    assert owed() == sorted(MADE | FAILED)
    assert problems() == []


def test_M6_of_one_that_was_refused_at_once_the_payer_never_hears(
    cast: Cast, till: Till, stripe: Processor
) -> None:
    stripe.trouble = InvalidRequest("no")
    refund(cast.ana, till, till.bring_to(Status.COMPLETED))
    assert owed() == ["refund-failed-firm"]
    assert problems() == []


@pytest.mark.parametrize("status", [RefundStatus.SUCCEEDED, RefundStatus.FAILED])
def test_M6_the_books_tell_of_a_refund_of_which_somebody_was_never_told(
    cast: Cast, till: Till, stripe: Processor, status: RefundStatus
) -> None:
    payment_id = till.bring_to(Status.COMPLETED)
    refund(cast.ana, till, payment_id)
    stripe.shows(payment_id, stripe.shown(stripe.asked[0], status))
    assert problems() == []
    expected = MADE if status is RefundStatus.SUCCEEDED else FAILED
    with db.transaction() as session:
        session.execute(delete(Notice).where(Notice.kind.in_(expected)))
    told = problems()
    assert len(told) == len(expected)
    assert all(any(kind in sentence for sentence in told) for kind in expected)


def test_M5_a_payment_that_is_refunded_in_two_parts_is_partly_then_wholly_refunded(
    cast: Cast, till: Till, stripe: Processor
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)

    def marks() -> tuple[Overlay, ...]:
        with db.read() as session:
            found = of(session, session.scalars(select(Payment.id)).all())
        return found[payment_id].marks if payment_id in found else ()

    assert marks() == ()
    shown = refund(cast.ana, till, payment_id, amount="99.99", status=409)
    cast.ana.submit(shown, "Refund")
    assert marks() == (Overlay.PARTLY_REFUNDED,)
    refund(cast.ana, till, payment_id)
    assert marks() == (Overlay.REFUNDED,)
