"""Disputes: a payer's bank takes the money back, and may give it again.

Source: https://docs.stripe.com/api/disputes.
"""

from payments.sandbox.book import Json, Record
from payments.sandbox.charges import add_entry
from payments.sandbox.desk import DAY_SECONDS, Desk, new_id
from payments.sandbox.errors import ApiError
from payments.sandbox.events import record_event
from payments.sandbox.wire import Params, flag, group, metadata

DISPUTE_FEE_CENTS = 1_500
EVIDENCE_DUE_AFTER_SECONDS = 9 * DAY_SECONDS
DECIDED_AFTER_SECONDS = 1 * DAY_SECONDS
# https://docs.stripe.com/testing#evidence: this text loses a test dispute, any other wins it.
LOSING_EVIDENCE = "losing_evidence"

UPDATE_PARAMS = ("evidence", "expand", "metadata", "submit")

_EVIDENCE_FIELDS = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)


def open_dispute(desk: Desk, charge_id: str) -> None:
    """Due: the payer has complained. The money leaves at once, from a bank payment for good."""
    charge = desk.book.get(desk.account, charge_id)
    left = charge.body["amount"] - charge.body["amount_refunded"]
    if charge.body["disputed"] or left == 0:
        return
    charge.body["disputed"] = True
    desk.book.save(charge)
    is_card = charge.body["payment_method_details"]["type"] == "card"
    dispute = desk.book.add(
        desk.account, "dispute", desk.at, _dispute_body(desk, charge.body, left, is_card)
    )
    record_event(desk, "charge.dispute.created", dispute.body)
    _move_money(desk, dispute, -left, DISPUTE_FEE_CENTS)
    record_event(desk, "charge.dispute.funds_withdrawn", dispute.body)
    record_event(desk, "charge.updated", charge.body, {"disputed": False})
    if not is_card:
        # https://docs.stripe.com/payments/ach-direct-debit: no appeal, the mandate is void.
        record_event(desk, "charge.dispute.closed", dispute.body)


def update_dispute(desk: Desk, dispute_id: str, params: Params) -> Record:
    """Evidence for a dispute; with `submit` it goes to the bank, which decides within a day."""
    given = group(params, "evidence")
    dispute = desk.named("dispute", dispute_id)
    _check_open(dispute.body)
    for name, value in given.items():
        if name not in _EVIDENCE_FIELDS or not isinstance(value, str):
            raise ApiError(400, f"Received unknown parameter: evidence[{name}]", executed=False)
        dispute.body["evidence"][name] = value or None
    details = dispute.body["evidence_details"]
    details["has_evidence"] = any(dispute.body["evidence"].values())
    dispute.body["metadata"] |= metadata(params)
    # Stripe's own default: what is not submitted is staged. An absent `submit` submits.
    if "submit" not in params or flag(params, "submit"):
        details |= {"submission_count": 1, "submission_method": "manual"}
        dispute.body["status"] = "under_review"
        desk.schedule(DECIDED_AFTER_SECONDS, "decide_dispute", dispute_id)
    desk.book.save(dispute)
    record_event(desk, "charge.dispute.updated", dispute.body)
    return dispute


def close_dispute(desk: Desk, dispute_id: str) -> Record:
    """The firm accepts the dispute: it is lost."""
    dispute = desk.named("dispute", dispute_id)
    _check_open(dispute.body)
    _finish(desk, dispute, won=False)
    return dispute


def decide_dispute(desk: Desk, dispute_id: str) -> None:
    """Due: the bank decides by the text that was sent, for the firm unless told otherwise."""
    dispute = desk.book.get(desk.account, dispute_id)
    if dispute.body["status"] == "under_review":
        evidence = dispute.body["evidence"]["uncategorized_text"]
        _finish(desk, dispute, won=evidence != LOSING_EVIDENCE)


def _finish(desk: Desk, dispute: Record, *, won: bool) -> None:
    dispute.body["status"] = "won" if won else "lost"
    if won:
        _move_money(desk, dispute, dispute.body["amount"], -DISPUTE_FEE_CENTS)
        record_event(desk, "charge.dispute.funds_reinstated", dispute.body)
    desk.book.save(dispute)
    record_event(desk, "charge.dispute.closed", dispute.body)


def _check_open(dispute: Json) -> None:
    if dispute["status"] != "needs_response":
        raise ApiError(400, "This dispute is already closed or under review.")


def _move_money(desk: Desk, dispute: Record, amount: int, fee: int) -> None:
    entry = add_entry(
        desk,
        amount=amount,
        fee=fee if desk.nets_fees() else 0,
        currency=dispute.body["currency"],
        entry_type="adjustment",
        category="dispute" if amount < 0 else "dispute_reversal",
        source=dispute.object_id,
        available_on=desk.at,
        description=f"Chargeback {'withdrawal' if amount < 0 else 'reversal'}"
        f" for {dispute.body['charge']}",
    )
    dispute.body["balance_transactions"].append(entry.body)
    desk.book.save(dispute)


def _dispute_body(desk: Desk, charge: Json, amount: int, is_card: bool) -> Json:
    body: Json = {
        "id": new_id("du" if is_card else "pdp"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": desk.at,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(_EVIDENCE_FIELDS) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": desk.at + EVIDENCE_DUE_AFTER_SECONDS if is_card else None,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "network_reason_code": "10" if is_card else "R10",
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent" if is_card else "debit_not_authorized",
        "status": "needs_response" if is_card else "lost",
    }
    if is_card:
        body["payment_method_details"] = {
            "card": {
                "brand": "visa",
                "case_type": "chargeback",
                "network": "visa",
                "network_reason_code": "10",
            },
            "type": "card",
        }
    return body
