"""Withdrawals from US bank accounts: they take days, and may come back (https://docs.stripe.com/payments/ach-direct-debit)."""

from datetime import UTC, datetime, timedelta

from payments.sandbox.book import Json, Record
from payments.sandbox.charges import add_charge
from payments.sandbox.customers import attach, keeps_method
from payments.sandbox.desk import DAY_SECONDS, Desk, new_id
from payments.sandbox.errors import ApiError, bad_parameter, unexpected_state
from payments.sandbox.events import record_event
from payments.sandbox.methods import bank_account_behind
from payments.sandbox.numbers import MICRODEPOSIT_AMOUNTS, MICRODEPOSIT_CODE
from payments.sandbox.outcomes import fail, succeed
from payments.sandbox.wire import Params, text, texts

SUCCEEDS_AFTER_SECONDS = 3 * DAY_SECONDS
FAILS_AFTER_SECONDS = 2 * DAY_SECONDS
MICRODEPOSIT_ATTEMPTS_MAX = 10
MICRODEPOSITS_EXPIRE_AFTER_SECONDS = 10 * DAY_SECONDS

VERIFY_PARAMS = ("amounts", "client_secret", "descriptor_code", "expand")


def debit(desk: Desk, intent: Record, method: Record, acceptance: Json | None) -> None:
    """Withdraw, or first ask for test deposits where the numbers were typed in (FEATURES P4).

    A method that is kept brings the mandate along which its owner gave, and is verified.
    """
    if method.body["customer"] is not None:
        intent.hidden["mandate"] = method.hidden["mandate"]
        _withdraw(desk, intent, method)
        return
    mandate = add_mandate(desk, method, acceptance, _mandated(intent.body))
    intent.hidden["mandate"] = method.hidden["mandate"] = mandate
    desk.book.save(method)
    if needs_deposits(intent, method):
        _ask_for_deposits(desk, intent)
    else:
        _withdraw(desk, intent, method)


def needs_deposits(intent: Record, method: Record) -> bool:
    """Whether the account of a payment or setup is to be verified by small test deposits."""
    options = intent.body["payment_method_options"]["us_bank_account"]
    typed_in = method.body["us_bank_account"]["financial_connections_account"] is None
    return typed_in or options["verification_method"] == "microdeposits"


def waits_for_deposits(intent: Record) -> bool:
    """Whether a payment or setup waits for the amounts of the test deposits."""
    step = intent.body["next_action"] or {}
    asked = step.get("type") == "verify_with_microdeposits"
    return intent.body["status"] == "requires_action" and asked


def verify_deposits(desk: Desk, intent_id: str, params: Params) -> Record:
    """The payer says which small amounts arrived, or which code.

    Raises ApiError: a mismatch is counted, and after ten of them the account is given up.
    """
    intent = desk.named("payment_intent", intent_id)
    if not waits_for_deposits(intent):
        raise unexpected_state("This PaymentIntent waits for no test deposits.", intent.body)
    if deposits_match(params):
        method = desk.book.get(desk.account, intent.body["payment_method"])
        intent.body["next_action"] = None
        _withdraw(desk, intent, method)
        return intent
    problem = mismatch(intent, params)
    desk.book.save(intent)
    if intent.hidden["tries"] >= MICRODEPOSIT_ATTEMPTS_MAX:
        _give_up(desk, intent, problem.error["code"], str(problem))
    raise problem


def deposits_match(params: Params) -> bool:
    """Whether the amounts or the code are right. Raises ApiError where neither was told."""
    amounts, code = texts(params, "amounts"), text(params, "descriptor_code")
    if not amounts and code is None:
        raise bad_parameter("amounts", "Enter both amounts.", code="parameter_missing")
    right = sorted(amounts) == sorted(str(amount) for amount in MICRODEPOSIT_AMOUNTS)
    return right or (code or "").upper() == MICRODEPOSIT_CODE


def mismatch(intent: Record, params: Params) -> ApiError:
    """Count a wrong answer on the payment or setup; the refusal to answer with."""
    tries = intent.hidden.get("tries", 0) + 1
    intent.hidden["tries"] = tries
    if tries >= MICRODEPOSIT_ATTEMPTS_MAX:
        code = "payment_method_microdeposit_verification_attempts_exceeded"
        message = "You have exceeded the number of allowed verification attempts."
    else:
        kind = "descriptor_code" if text(params, "descriptor_code") is not None else "amounts"
        code = f"payment_method_microdeposit_verification_{kind}_mismatch"
        left = MICRODEPOSIT_ATTEMPTS_MAX - tries
        message = f"What you entered does not match what we sent. Attempts left: {left}."
    return ApiError(400, message, code=code, keeps_changes=True)


def settle_debit(desk: Desk, charge_id: str) -> None:
    """Due: the bank has paid."""
    charge = desk.book.get(desk.account, charge_id)
    intent = desk.book.get(desk.account, charge.body["payment_intent"])
    method = desk.book.get(desk.account, charge.body["payment_method"])
    charge.body |= {"status": "succeeded", "paid": True}
    desk.book.save(charge)
    succeed(desk, intent, charge)
    if bank_account_behind(method).disputed:
        desk.schedule(desk.switches.dispute_delay_seconds, "open_dispute", charge_id)


def return_debit(desk: Desk, charge_id: str) -> None:
    """Due: the bank has sent the withdrawal back; its return code stands on the error."""
    charge = desk.book.get(desk.account, charge_id)
    intent = desk.book.get(desk.account, charge.body["payment_intent"])
    method = desk.book.get(desk.account, charge.body["payment_method"])
    account = bank_account_behind(method)
    if account.blocked_reason:
        method.body["us_bank_account"]["status_details"] = {
            "blocked": {"network_code": account.network_code, "reason": account.blocked_reason}
        }
        desk.book.save(method)
    network_code = account.network_code or None
    charge.body |= {
        "status": "failed",
        "paid": False,
        "captured": False,
        "amount_captured": 0,
        "failure_code": account.failure_code,
        "failure_message": account.message,
        "outcome": charge.body["outcome"]
        | {
            "network_decline_code": network_code,
            "network_status": "declined_by_network",
            "reason": account.failure_code,
            "seller_message": account.message,
            "type": "issuer_declined",
        },
    }
    desk.book.save(charge)
    error: Json = {
        "code": account.failure_code,
        "message": account.message,
        "type": "card_error",
    }
    if network_code:
        error["network_decline_code"] = network_code
    fail(desk, intent, method, charge, error)


def expire_deposits(desk: Desk, intent_id: str) -> None:
    """Due: ten days have passed and nobody confirmed the test deposits."""
    intent = desk.book.get(desk.account, intent_id)
    step = intent.body["next_action"] or {}
    if intent.body["status"] == "requires_action" and step.get("type") == (
        "verify_with_microdeposits"
    ):
        _give_up(
            desk,
            intent,
            "payment_method_microdeposit_verification_timeout",
            "The bank account was not verified within ten days.",
        )


def _withdraw(desk: Desk, intent: Record, method: Record) -> None:
    attach(desk, intent.body, method)
    charge = add_charge(
        desk, intent.body, method, status="pending", mandate=intent.hidden["mandate"]
    )
    intent.body |= {"status": "processing", "latest_charge": charge.object_id}
    desk.book.save(intent)
    record_event(desk, "charge.pending", charge.body)
    record_event(desk, "payment_intent.processing", intent.body)
    account = bank_account_behind(method)
    if account.failure_code:
        desk.schedule(FAILS_AFTER_SECONDS, "return_debit", charge.object_id)
    elif not account.never_settles:
        desk.schedule(SUCCEEDS_AFTER_SECONDS, "settle_debit", charge.object_id)


def _ask_for_deposits(desk: Desk, intent: Record) -> None:
    intent.body |= {"status": "requires_action", "next_action": deposits_step(desk, intent)}
    desk.book.save(intent)
    record_event(desk, "payment_intent.requires_action", intent.body)
    desk.schedule(MICRODEPOSITS_EXPIRE_AFTER_SECONDS, "expire_deposits", intent.object_id)


def deposits_step(desk: Desk, intent: Record) -> Json:
    """What a payment or setup waits for once the deposits are on their way."""
    arrival = datetime.fromtimestamp(desk.at, UTC) + timedelta(days=1)
    while arrival.weekday() > 4:  # banks post nothing on Saturday and Sunday
        arrival += timedelta(days=1)
    return {
        "type": "verify_with_microdeposits",
        "verify_with_microdeposits": {
            "arrival_date": int(arrival.timestamp()),
            "hosted_verification_url": (
                f"{desk.base_url}/sandbox/verify-deposits/{intent.object_id}"
            ),
            "microdeposit_type": "amounts",
        },
    }


def _give_up(desk: Desk, intent: Record, code: str, message: str) -> None:
    method = desk.book.get(desk.account, intent.body["payment_method"])
    error: Json = {"code": code, "message": message, "type": "invalid_request_error"}
    fail(desk, intent, method, None, error)


def add_mandate(desk: Desk, method: Record, acceptance: Json | None, terms: Json) -> str:
    """Write the mandate down; `terms` say for one withdrawal or for later ones too."""
    body: Json = {
        "id": new_id("mandate"),
        "object": "mandate",
        "customer_acceptance": {
            "accepted_at": desk.at,
            "online": acceptance,
            "type": "online",
        },
        "livemode": False,
        "payment_method": method.object_id,
        "payment_method_details": {"type": "us_bank_account", "us_bank_account": {}},
        "status": "active",
    } | terms
    return desk.book.add(desk.account, "mandate", desk.at, body).object_id


def _mandated(intent: Json) -> Json:
    """One withdrawal of this amount, or, where the method is kept, later ones too."""
    if keeps_method(intent):
        return {"multi_use": {}, "type": "multi_use"}
    once = {"amount": intent["amount"], "currency": intent["currency"]}
    return {"single_use": once, "type": "single_use"}
