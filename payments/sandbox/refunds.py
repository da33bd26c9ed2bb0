"""Refunds: to cards at once, to bank accounts in days, and some fail later.

Source: https://docs.stripe.com/api/refunds.
"""

from payments.sandbox.book import Json, Page, Record
from payments.sandbox.charges import add_entry
from payments.sandbox.desk import DAY_SECONDS, Desk, new_id
from payments.sandbox.errors import ApiError, bad_parameter
from payments.sandbox.events import record_event
from payments.sandbox.methods import card_behind
from payments.sandbox.wire import Params, integer, metadata, one_of, required_text, text

BANK_REFUND_AFTER_SECONDS = 3 * DAY_SECONDS
REFUND_FAILS_AFTER_SECONDS = 1 * DAY_SECONDS
REASONS = ("duplicate", "fraudulent", "requested_by_customer")

# A payment whose dispute has taken nothing, or has given it again, can be given back.
REFUNDABLE = frozenset(
    {"won", "warning_needs_response", "warning_under_review", "warning_closed", "prevented"}
)

CREATE_PARAMS = ("amount", "charge", "expand", "metadata", "payment_intent", "reason")


def create_refund(desk: Desk, params: Params) -> Record:
    """Give back all or a part of a paid charge, never more than is left of it."""
    reason, notes = one_of(params, "reason", REASONS), metadata(params)
    wanted = integer(params, "amount")
    charge = _charge(desk, params)
    left = charge.body["amount"] - charge.body["amount_refunded"]
    amount = left if wanted is None else wanted
    _check(desk, charge.body, amount, left)
    is_card = charge.body["payment_method_details"]["type"] == "card"
    body: Json = {
        "id": new_id("re" if is_card else "pyr"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge.object_id,
        "created": desk.at,
        "currency": charge.body["currency"],
        "destination_details": _destination(is_card),
        "metadata": notes,
        "payment_intent": charge.body["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded" if is_card else "pending",
        "transfer_reversal": None,
    }
    if not is_card:
        body["pending_reason"] = "processing"
    refund = desk.book.add(desk.account, "refund", desk.at, body)
    _enter(desk, refund, is_card)
    _count(desk, charge, amount)
    record_event(desk, "refund.created", refund.body)
    record_event(desk, "charge.refunded", charge.body)
    if not is_card:
        desk.schedule(BANK_REFUND_AFTER_SECONDS, "settle_refund", refund.object_id)
    elif _fails_later(desk, charge):
        desk.schedule(REFUND_FAILS_AFTER_SECONDS, "fail_refund", refund.object_id)
    return refund


def settle_refund(desk: Desk, refund_id: str) -> None:
    """Due: the payer's bank has the money back."""
    refund = desk.book.get(desk.account, refund_id)
    if refund.body["status"] != "pending":
        return
    refund.body["status"] = "succeeded"
    refund.body.pop("pending_reason", None)
    desk.book.save(refund)
    record_event(desk, "refund.updated", refund.body, {"status": "pending"})


def fail_refund(desk: Desk, refund_id: str) -> None:
    """Due: the payer's bank would not take the money back; it returns to the account."""
    refund = desk.book.get(desk.account, refund_id)
    charge = desk.book.get(desk.account, refund.body["charge"])
    _fail(desk, charge, refund, "expired_or_canceled_card")


def call_off_pending(desk: Desk, charge: Record) -> None:
    """A charge is disputed while refunds of it are on their way: they fail
    (https://docs.stripe.com/refunds#failed-refunds)."""
    for refund in _of_charge(desk, "refund", charge.object_id):
        if refund.body["status"] == "pending":
            _fail(desk, charge, refund, "charge_for_pending_refund_disputed")


def _fail(desk: Desk, charge: Record, refund: Record, reason: str) -> None:
    before = refund.body["status"]
    entry = add_entry(
        desk,
        amount=refund.body["amount"],
        fee=0,
        currency=refund.body["currency"],
        entry_type="refund_failure",
        category="refund_failure",
        source=refund.object_id,
        available_on=desk.at,
        description="REFUND FAILED",
    )
    refund.body |= {
        "status": "failed",
        "failure_balance_transaction": entry.object_id,
        "failure_reason": reason,
    }
    refund.body.pop("pending_reason", None)
    desk.book.save(refund)
    _count(desk, charge, -refund.body["amount"])
    record_event(desk, "refund.failed", refund.body)
    record_event(desk, "refund.updated", refund.body, {"status": before})
    record_event(desk, "charge.updated", charge.body)


def _charge(desk: Desk, params: Params) -> Record:
    charge_id = text(params, "charge")
    if charge_id is not None:
        return desk.named("charge", charge_id, "charge")
    intent_id = required_text(params, "payment_intent")
    intent = desk.named("payment_intent", intent_id, "payment_intent")
    if intent.body["latest_charge"] is None:
        raise ApiError(
            400,
            f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return desk.book.get(desk.account, intent.body["latest_charge"])


def _check(desk: Desk, charge: Json, amount: int, left: int) -> None:
    if charge["status"] != "succeeded":
        raise ApiError(400, "This charge was not paid.", code="charge_not_refundable")
    disputes = _of_charge(desk, "dispute", charge["id"])
    if any(dispute.body["status"] not in REFUNDABLE for dispute in disputes):
        raise ApiError(400, f"Charge {charge['id']} is disputed.", code="charge_disputed")
    if left == 0:
        raise ApiError(
            400,
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
        )
    if amount < 1:
        raise bad_parameter("amount", "Invalid positive integer", code="parameter_invalid_integer")
    if amount > left:
        raise ApiError(
            400,
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).",
            param="amount",
        )


def _of_charge(desk: Desk, kind: str, charge_id: str) -> list[Record]:
    page = Page(limit=1_000, where=(("charge", (charge_id,)),))
    return desk.book.page(desk.account, kind, page)[0]


def _enter(desk: Desk, refund: Record, is_card: bool) -> None:
    entry = add_entry(
        desk,
        amount=-refund.body["amount"],
        fee=0,
        currency=refund.body["currency"],
        entry_type="refund" if is_card else "payment_refund",
        category="refund",
        source=refund.object_id,
        available_on=desk.at,
        description="REFUND FOR PAYMENT",
    )
    refund.body["balance_transaction"] = entry.object_id
    desk.book.save(refund)


def _count(desk: Desk, charge: Record, amount: int) -> None:
    refunded = charge.body["amount_refunded"] + amount
    charge.body |= {
        "amount_refunded": refunded,
        "refunded": refunded == charge.body["amount"],
    }
    desk.book.save(charge)


def _destination(is_card: bool) -> Json:
    if not is_card:
        return {
            "type": "us_bank_transfer",
            "us_bank_transfer": {"reference": None, "reference_status": "pending"},
        }
    return {
        "type": "card",
        "card": {
            "reference": None,
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
            "type": "refund",
        },
    }


def _fails_later(desk: Desk, charge: Record) -> bool:
    method = desk.book.get(desk.account, charge.body["payment_method"])
    return card_behind(method).refund_fails
