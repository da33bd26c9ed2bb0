"""How a setup ends: the method is kept, or the setup needs another one."""

from payments.sandbox.book import Json, Record
from payments.sandbox.customers import keep_for
from payments.sandbox.desk import Desk
from payments.sandbox.events import record_event


def keep(desk: Desk, setup: Record, method: Record) -> None:
    """The setup has succeeded: the method is the customer's from now on."""
    if setup.body["customer"] is not None:
        keep_for(desk, setup.body["customer"], method)
    setup.body |= {"status": "succeeded", "next_action": None}
    desk.book.save(setup)
    record_event(desk, "setup_intent.succeeded", setup.body)


def fail_setup(desk: Desk, setup: Record, method: Record, error: Json) -> None:
    """Nothing is kept. `error` holds at least `code`, `message` and `type`."""
    described = {"payment_method": method.body, "payment_method_type": method.body["type"]}
    setup.body |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_setup_error": error | described,
    }
    desk.book.save(setup)
    record_event(desk, "setup_intent.setup_failed", setup.body)
