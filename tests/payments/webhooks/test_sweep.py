"""The inbox does not grow for ever."""

from datetime import timedelta

from sqlalchemy import select

from payments.webhooks.actions import KEPT_FOR, sweep
from payments.webhooks.models import ProcessorEvent
from portal.core import clock, db
from portal.core.db import Database


def keep(name: str, age: timedelta, *, handled: bool = True, problem: str | None = None) -> None:
    moment = clock.now() - age
    with db.transaction() as session:
        session.add(
            ProcessorEvent(
                account="",
                event_id=name,
                type="payment_intent.succeeded",
                object_id="pi_1",
                told_by="webhook",
                received_at=moment,
                handled_at=moment if handled else None,
                problem=problem,
            )
        )


def test_events_that_nobody_can_deliver_again_are_forgotten(database: Database) -> None:
    old, young = KEPT_FOR + timedelta(hours=1), KEPT_FOR - timedelta(hours=1)
    keep("evt_old", old)
    keep("evt_young", young)
    keep("evt_waiting", old, handled=False)
    keep("evt_put_aside", old, problem="No payment of this firm belongs to it.")
    sweep()
    with db.read() as session:
        left = set(session.scalars(select(ProcessorEvent.event_id)))
    assert left == {"evt_young", "evt_waiting", "evt_put_aside"}
