"""Refunds under way for too long are put before the staff, each once (FEATURES M6, M11)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from payments.gateway.results import GatewayRefund, IntentStatus, RefundStatus
from payments.transactions.refunded import Refund
from payments.transactions.states import Status
from payments.transactions.stuck import look_for_stuck
from payments.transactions.stuck_refunds import STUCK
from portal.core import db
from portal.notifications.queries import OpenAlert, open_alerts
from tests.factories.unattended import pass_time
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.shown import refund
from tests.payments.transactions.test_refunding import ask
from tests.support.cast import Cast

pytestmark = pytest.mark.both_databases


def stuck() -> list[OpenAlert]:
    """What stands before the staff after a look."""
    look_for_stuck()
    with db.read() as session:
        return [one for one in open_alerts(session) if one.kind == STUCK]


def show(till: Till, payment_id: int, shown: GatewayRefund) -> None:
    entry = till.entry(payment_id, fee_cents=755)
    snapshot = till.snapshot(payment_id, IntentStatus.SUCCEEDED, balance_entry=entry)
    till.show(payment_id, replace(snapshot, refunds=(shown,)))


def test_M6_M11_a_refund_that_the_processor_does_not_answer_is_told_and_told_of_no_more(
    cast: Cast, till: Till
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)
    refund_id = ask(payment_id, 4_000)
    assert stuck() == []
    pass_time(timedelta(hours=2))
    (alert,) = stuck()
    assert "40.00 USD" in alert.sentence
    assert till.payment(payment_id).reference in alert.sentence
    page = cast.ana.click(cast.ana.get("/staff/alerts?about=back"), "Open the payment")
    assert till.payment(payment_id).reference in page
    assert len(stuck()) == 1
    with db.read() as session:
        name = session.scalars(select(Refund.public_id).where(Refund.id == refund_id)).one()
    show(till, payment_id, refund("re_1", 4_000, ours=name))
    assert stuck() == []


def test_M6_M11_a_refund_that_has_been_on_its_way_for_over_two_weeks_is_told(till: Till) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)
    show(till, payment_id, refund("re_1", 4_000, RefundStatus.PENDING))
    pass_time(timedelta(days=14))
    assert stuck() == []
    pass_time(timedelta(days=3))
    (alert,) = stuck()
    assert "balance" in alert.sentence
    show(till, payment_id, refund("re_1", 4_000, RefundStatus.FAILED))
    assert stuck() == []
