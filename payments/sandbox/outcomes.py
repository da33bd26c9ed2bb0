"""How an intent ends, whoever brought it there: paid, or back to needing a method."""

from payments.sandbox.book import Json, Record
from payments.sandbox.charges import settle_charge
from payments.sandbox.desk import Desk
from payments.sandbox.events import record_event


def succeed(desk: Desk, intent: Record, charge: Record) -> None:
    """The money is coming: both events are written, and then the book entry."""
    intent.body |= {
        "status": "succeeded",
        "amount_received": intent.body["amount"],
        "latest_charge": charge.object_id,
        "next_action": None,
    }
    desk.book.save(intent)
    record_event(desk, "charge.succeeded", charge.body)
    record_event(desk, "payment_intent.succeeded", intent.body)
    delay = desk.switches.balance_transaction_delay_seconds
    if delay:
        desk.schedule(delay, "settle_charge", charge.object_id)
    else:
        settle_charge(desk, charge)


def fail(desk: Desk, intent: Record, method: Record, charge: Record | None, error: Json) -> None:
    """No money came. The method leaves the intent and stands in `last_payment_error`.

    `error` holds at least `code`, `message` and `type`.
    """
    described = {"payment_method": method.body, "payment_method_type": method.body["type"]}
    if charge is not None:
        described["charge"] = charge.object_id
        intent.body["latest_charge"] = charge.object_id
        record_event(desk, "charge.failed", charge.body)
    intent.body |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_payment_error": error | described,
    }
    desk.book.save(intent)
    record_event(desk, "payment_intent.payment_failed", intent.body)
