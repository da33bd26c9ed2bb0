"""Small test deposits to a bank account whose numbers were typed in for a setup (FEATURES P4)."""

from payments.sandbox.banking import (
    MICRODEPOSIT_ATTEMPTS_MAX,
    MICRODEPOSITS_EXPIRE_AFTER_SECONDS,
    deposits_match,
    deposits_step,
    mismatch,
    waits_for_deposits,
)
from payments.sandbox.book import Json, Record
from payments.sandbox.desk import Desk
from payments.sandbox.errors import unexpected_state
from payments.sandbox.events import record_event
from payments.sandbox.setup_outcomes import fail_setup, keep
from payments.sandbox.wire import Params


def ask_for_deposits(desk: Desk, setup: Record) -> None:
    """The setup waits until the client has told the amounts; after ten days it fails."""
    setup.body |= {"status": "requires_action", "next_action": deposits_step(desk, setup)}
    desk.book.save(setup)
    record_event(desk, "setup_intent.requires_action", setup.body)
    desk.schedule(MICRODEPOSITS_EXPIRE_AFTER_SECONDS, "expire_setup_deposits", setup.object_id)


def verify_setup_deposits(desk: Desk, setup_id: str, params: Params) -> Record:
    """The client says which small amounts arrived, or which code; wrong answers are counted."""
    setup = desk.named("setup_intent", setup_id)
    if not waits_for_deposits(setup):
        raise unexpected_state("This SetupIntent waits for no test deposits.", setup.body)
    method = desk.book.get(desk.account, setup.body["payment_method"])
    if deposits_match(params):
        keep(desk, setup, method)
        return setup
    problem = mismatch(setup, params)
    desk.book.save(setup)
    if setup.hidden["tries"] >= MICRODEPOSIT_ATTEMPTS_MAX:
        fail_setup(desk, setup, method, problem.error)
    raise problem


def expire_setup_deposits(desk: Desk, setup_id: str) -> None:
    """Due: ten days have passed and nobody confirmed the test deposits."""
    setup = desk.book.get(desk.account, setup_id)
    if waits_for_deposits(setup):
        method = desk.book.get(desk.account, setup.body["payment_method"])
        error: Json = {
            "code": "payment_method_microdeposit_verification_timeout",
            "message": "The bank account was not verified within ten days.",
            "type": "invalid_request_error",
        }
        fail_setup(desk, setup, method, error)
