"""Money that surfaces for a payment recorded as failed is told until it has been given back."""

from typing import Any

from sqlalchemy import select, update

from payments.gateway.results import IntentStatus
from payments.transactions.states import Status
from portal.core import clock, db
from portal.notifications.models import Alert


def open_alerts() -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(Alert.kind).where(Alert.resolved_at.is_(None))))


def test_surfaced_money_that_was_refunded_is_not_asked_to_be_refunded_again(till: Any) -> None:
    payment_id = till.attempt()
    till.fail(payment_id)
    entry = till.entry(payment_id, fee_cents=755)
    paid = till.snapshot(payment_id, IntentStatus.SUCCEEDED, balance_entry=entry)
    assert till.show(payment_id, paid) == Status.FAILED
    assert open_alerts() == ["money_surfaced"]
    with db.transaction() as session:
        session.execute(update(Alert).values(resolved_at=clock.now(), resolved_by="user:ada"))
    refunded = till.snapshot(
        payment_id, IntentStatus.SUCCEEDED, balance_entry=entry, refunded_cents=25_000
    )
    assert till.show(payment_id, refunded) == Status.FAILED
    assert open_alerts() == []
