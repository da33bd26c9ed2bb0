"""Disputes: a payer's bank takes the money back, and may give it again.

Source: https://docs.stripe.com/api/disputes and https://docs.stripe.com/disputes/how-disputes-work.
"""

from dataclasses import dataclass

from payments.sandbox.book import Json, Record
from payments.sandbox.charges import add_entry, bill_platform
from payments.sandbox.desk import DAY_SECONDS, Desk, new_id
from payments.sandbox.errors import ApiError
from payments.sandbox.events import record_event
from payments.sandbox.evidence import no_evidence, put_evidence
from payments.sandbox.refunds import call_off_pending
from payments.sandbox.wire import Params, flag, group, metadata

DISPUTE_FEE_CENTS = 1_500
EVIDENCE_DUE_AFTER_SECONDS = 9 * DAY_SECONDS
DECIDED_AFTER_SECONDS = 1 * DAY_SECONDS
# https://docs.stripe.com/testing#evidence: these words lose a test dispute, any others win it.
LOSING_EVIDENCE = "losing_evidence"

UPDATE_PARAMS = ("evidence", "expand", "metadata", "submit")
UNANSWERED = frozenset({"needs_response", "warning_needs_response"})


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the payer tells the bank: Stripe's word for it, and the network's code.

    With `inquiry` the bank only asks at first, and no money moves.
    """

    reason: str
    network_code: str
    inquiry: bool = False


CARD_COMPLAINTS = (
    Complaint("fraudulent", "10.4"),
    Complaint("product_not_received", "13.1"),
    Complaint("duplicate", "12.6.1"),
    Complaint("fraudulent", "10.4", inquiry=True),
)
BANK_COMPLAINTS = (
    Complaint("debit_not_authorized", "R10"),
    Complaint("insufficient_funds", "R01"),
    Complaint("incorrect_account_details", "R03"),
)


def complaints_about(charge: Json) -> tuple[Complaint, ...]:
    """What can be complained of a charge; the first is what a test number does by itself."""
    return CARD_COMPLAINTS if _is_card(charge) else BANK_COMPLAINTS


def open_dispute(desk: Desk, charge_id: str) -> None:
    """Due: the payer of a test number has complained."""
    charge = desk.book.get(desk.account, charge_id)
    dispute_charge(desk, charge, complaints_about(charge.body)[0])


def dispute_charge(desk: Desk, charge: Record, complaint: Complaint) -> bool:
    """The bank takes back what is left of a charge, from a bank payment for good.

    A charge is disputed once, and not when nothing is left of it: then nothing happens. Refunds
    on their way are called off first, as Stripe does (`charge_for_pending_refund_disputed`).
    """
    if charge.body["disputed"] or charge.body["status"] != "succeeded":
        return False
    call_off_pending(desk, charge)
    left = charge.body["amount"] - charge.body["amount_refunded"]
    if left == 0:
        return False
    charge.body["disputed"] = True
    desk.book.save(charge)
    body = _dispute_body(desk, charge.body, left, complaint)
    dispute = desk.book.add(desk.account, "dispute", desk.at, body)
    record_event(desk, "charge.dispute.created", dispute.body)
    if not complaint.inquiry:
        _withdraw(desk, dispute)
    record_event(desk, "charge.updated", charge.body, {"disputed": False})
    if _is_card(charge.body):
        desk.schedule(EVIDENCE_DUE_AFTER_SECONDS, "expire_dispute", dispute.object_id)
    else:
        # https://docs.stripe.com/payments/ach-direct-debit: no appeal, the mandate is void.
        record_event(desk, "charge.dispute.closed", dispute.body)
    return True


def update_dispute(desk: Desk, dispute_id: str, params: Params) -> Record:
    """Evidence for a dispute; with `submit` it goes to the bank, which decides within a day."""
    given = group(params, "evidence")
    dispute = desk.named("dispute", dispute_id)
    body = dispute.body
    if body["status"] not in UNANSWERED:
        raise _closed()
    put_evidence(desk, body["evidence"], given)
    details = body["evidence_details"]
    details["has_evidence"] = any(body["evidence"].values())
    body["metadata"] |= metadata(params)
    # Stripe's own default: what is not submitted is staged. An absent `submit` submits.
    if "submit" not in params or flag(params, "submit"):
        details |= {"submission_count": 1, "submission_method": "manual"}
        inquiry = body["status"] == "warning_needs_response"
        body["status"] = "warning_under_review" if inquiry else "under_review"
        desk.schedule(DECIDED_AFTER_SECONDS, "decide_dispute", dispute_id)
    desk.book.save(dispute)
    record_event(desk, "charge.dispute.updated", dispute.body)
    return dispute


def close_dispute(desk: Desk, dispute_id: str) -> Record:
    """The firm accepts the dispute: it is lost. An inquiry is accepted by a refund instead."""
    dispute = desk.named("dispute", dispute_id)
    if dispute.body["status"] != "needs_response":
        raise _closed()
    _finish(desk, dispute, "lost")
    return dispute


def decide_dispute(desk: Desk, dispute_id: str) -> None:
    """Due: the bank decides by the text that was sent, for the firm unless told otherwise."""
    dispute = desk.book.get(desk.account, dispute_id)
    lost = LOSING_EVIDENCE in (dispute.body["evidence"]["uncategorized_text"] or "")
    match dispute.body["status"]:
        case "under_review":
            _finish(desk, dispute, "lost" if lost else "won")
        case "warning_under_review" if lost:
            _escalate(desk, dispute)
        case "warning_under_review":
            _finish(desk, dispute, "warning_closed")


def expire_dispute(desk: Desk, dispute_id: str) -> None:
    """Due: the day for evidence is over. A dispute is lost; an inquiry becomes a dispute."""
    dispute = desk.book.get(desk.account, dispute_id)
    details = dispute.body["evidence_details"]
    if dispute.body["status"] not in UNANSWERED or desk.at < (details["due_by"] or 0):
        return
    if dispute.body["status"] == "warning_needs_response":
        _escalate(desk, dispute)
        return
    details["past_due"] = True
    _finish(desk, dispute, "lost")


def _escalate(desk: Desk, dispute: Record) -> None:
    """What was an inquiry takes the money, unless it was all given back meanwhile."""
    charge = desk.book.get(desk.account, dispute.body["charge"])
    call_off_pending(desk, charge)
    left = charge.body["amount"] - charge.body["amount_refunded"]
    if left == 0:
        _finish(desk, dispute, "warning_closed")
        return
    dispute.body |= {"amount": left, "status": "needs_response", "is_charge_refundable": False}
    dispute.body["payment_method_details"]["card"]["case_type"] = "chargeback"
    dispute.body["evidence_details"]["due_by"] = desk.at + EVIDENCE_DUE_AFTER_SECONDS
    desk.schedule(EVIDENCE_DUE_AFTER_SECONDS, "expire_dispute", dispute.object_id)
    _withdraw(desk, dispute)
    record_event(desk, "charge.dispute.updated", dispute.body)


def _withdraw(desk: Desk, dispute: Record) -> None:
    _move_money(desk, dispute, -dispute.body["amount"], DISPUTE_FEE_CENTS)
    record_event(desk, "charge.dispute.funds_withdrawn", dispute.body)


def _finish(desk: Desk, dispute: Record, status: str) -> None:
    dispute.body["status"] = status
    if status == "won":
        _move_money(desk, dispute, dispute.body["amount"], -DISPUTE_FEE_CENTS)
        record_event(desk, "charge.dispute.funds_reinstated", dispute.body)
    desk.book.save(dispute)
    record_event(desk, "charge.dispute.closed", dispute.body)


def _closed() -> ApiError:
    return ApiError(400, "This dispute is already closed or under review.")


def _move_money(desk: Desk, dispute: Record, amount: int, fee: int) -> None:
    """Book it; the fee too, to whoever pays the fees of this account."""
    netted = desk.nets_fees()
    entry = add_entry(
        desk,
        amount=amount,
        fee=fee if netted else 0,
        currency=dispute.body["currency"],
        entry_type="adjustment",
        category="dispute" if amount < 0 else "dispute_reversal",
        source=dispute.object_id,
        available_on=desk.at,
        description=f"Chargeback {'withdrawal' if amount < 0 else 'reversal'}"
        f" for {dispute.body['charge']}",
    )
    if not netted:
        bill_platform(desk, fee, dispute.body["currency"], f"Dispute {dispute.object_id}")
    dispute.body["balance_transactions"].append(entry.body)
    desk.book.save(dispute)


def _is_card(charge: Json) -> bool:
    return charge["payment_method_details"]["type"] == "card"


def _dispute_body(desk: Desk, charge: Json, amount: int, complaint: Complaint) -> Json:
    is_card = _is_card(charge)
    status = "needs_response" if is_card else "lost"
    body: Json = {
        "id": new_id("du" if is_card else "pdp"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": desk.at,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": no_evidence(),
        "evidence_details": {
            "due_by": desk.at + EVIDENCE_DUE_AFTER_SECONDS if is_card else None,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": complaint.inquiry,
        "livemode": False,
        "metadata": {},
        "network_reason_code": complaint.network_code,
        "payment_intent": charge["payment_intent"],
        "reason": complaint.reason,
        "status": "warning_needs_response" if complaint.inquiry else status,
    }
    if is_card:
        body["payment_method_details"] = {
            "card": {
                "brand": "visa",
                "case_type": "inquiry" if complaint.inquiry else "chargeback",
                "network": "visa",
                "network_reason_code": complaint.network_code,
            },
            "type": "card",
        }
    return body
