"""Stripe's JSON into the house's own snapshots. Nothing here calls the network."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from payments.gateway.errors import Unavailable
from payments.gateway.results import (
    BalanceEntry,
    DisputeStatus,
    Failure,
    GatewayDispute,
    GatewayEvent,
    GatewayMethod,
    GatewayPayment,
    GatewayRefund,
    IntentStatus,
    MethodKind,
    MethodPreview,
    RefundStatus,
)

Json = Mapping[str, Any]

STATUSES = {
    "requires_payment_method": IntentStatus.NEEDS_METHOD,
    "requires_confirmation": IntentStatus.NEEDS_CONFIRMATION,
    "requires_action": IntentStatus.NEEDS_ACTION,
    "processing": IntentStatus.PROCESSING,
    "succeeded": IntentStatus.SUCCEEDED,
    "canceled": IntentStatus.CANCELED,
}
UNPAID = frozenset({IntentStatus.NEEDS_METHOD, IntentStatus.CANCELED})

REFUND_NAME = "refund_name"
"""The key of a refund's metadata that holds our own name for it."""

REFUND_STATUSES = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELED,
}
DISPUTE_STATUSES = {
    "warning_needs_response": DisputeStatus.INQUIRY,
    "warning_under_review": DisputeStatus.INQUIRY,
    "warning_closed": DisputeStatus.CLOSED,
    "prevented": DisputeStatus.CLOSED,
    "needs_response": DisputeStatus.OPEN,
    "under_review": DisputeStatus.REVIEW,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
    # An appeal is lodged in Stripe's own pages; here it can only be waited for.
    "appeal_needs_response": DisputeStatus.REVIEW,
    "appeal_under_review": DisputeStatus.REVIEW,
}


def payment_from(intent: Json) -> GatewayPayment:
    """A PaymentIntent, expanded by `latest_charge.balance_transaction` and `payment_method`.

    Amounts are cents. Raises `Unavailable` (outcome unknown) for a status that this version does
    not know: nobody may then say that no money was taken.
    """
    status = STATUSES.get(intent["status"])
    if status is None:
        raise Unavailable(f"unknown payment status {intent['status']!r}", outcome_unknown=True)
    charge = part_of(intent, "latest_charge")
    action, verify_url = action_of(intent) if status is IntentStatus.NEEDS_ACTION else ("", "")
    return GatewayPayment(
        intent_id=intent["id"],
        status=status,
        amount_cents=intent["amount"],
        currency=intent["currency"].upper(),
        livemode=intent["livemode"],
        created_at=time_of(intent["created"]),
        method=_method_of(intent, charge),
        charge_id=_id_of(intent.get("latest_charge")),
        balance_entry=_balance_entry(part_of(charge, "balance_transaction")),
        failure=_failure(intent, charge) if status in UNPAID else None,
        disputed=bool(charge.get("disputed")),
        refunded_cents=charge.get("amount_refunded") or 0,
        client_secret=intent.get("client_secret") or "",
        action=action,
        verify_url=verify_url,
        stored=kept_method(part_of(intent, "payment_method")),
        payer_email=part_of(charge, "billing_details").get("email") or "",
        metadata=dict(intent.get("metadata") or {}),
    )


def preview_from(method: Json) -> MethodPreview | None:
    """A PaymentMethod, or a confirmation token's preview. None for a kind we never offer."""
    billing = part_of(method, "billing_details")
    holder = billing.get("name") or ""
    postal_code = part_of(billing, "address").get("postal_code") or ""
    if method.get("type") == "card":
        card = part_of(method, "card")
        return MethodPreview(
            kind=MethodKind.CARD,
            last4=card.get("last4") or "",
            brand=card.get("brand") or "",
            funding=card.get("funding") or "",
            country=card.get("country") or "",
            holder_name=holder,
            postal_code=postal_code,
        )
    if method.get("type") == "us_bank_account":
        bank = part_of(method, "us_bank_account")
        return MethodPreview(
            kind=MethodKind.BANK,
            last4=bank.get("last4") or "",
            country="US",
            bank_name=bank.get("bank_name") or "",
            holder_name=holder,
            postal_code=postal_code,
        )
    return None


def method_from(method: Json) -> GatewayMethod:
    """A PaymentMethod. Raises ValueError for a kind that we never offer."""
    preview = preview_from(method)
    if preview is None:
        raise ValueError(f"a payment method of an unknown kind: {method.get('type')!r}")
    card = part_of(method, "card")
    return GatewayMethod(
        method_id=method["id"],
        customer_id=_id_of(method.get("customer")) or "",
        preview=preview,
        expires_month=card.get("exp_month"),
        expires_year=card.get("exp_year"),
    )


def refund_from(refund: Json) -> GatewayRefund:
    """A Refund. While Stripe tells no status that we know, its money counts as spoken for."""
    return GatewayRefund(
        refund_id=refund["id"],
        amount_cents=refund["amount"],
        currency=refund["currency"].upper(),
        status=REFUND_STATUSES.get(refund.get("status") or "", RefundStatus.PENDING),
        created_at=time_of(refund["created"]),
        failure=refund.get("failure_reason") or "",
        ours=part_of(refund, "metadata").get(REFUND_NAME) or "",
    )


def dispute_from(dispute: Json) -> GatewayDispute:
    """A Dispute. Its book entries tell what money has left, whatever its status is called.

    One of a status that this version does not know is waited for like one under review.
    `due_by` is 0 where the bank takes no answer.
    """
    entries = dispute["balance_transactions"]
    card = part_of(part_of(dispute, "payment_method_details"), "card")
    due_by = part_of(dispute, "evidence_details").get("due_by")
    return GatewayDispute(
        dispute_id=dispute["id"],
        amount_cents=dispute["amount"],
        currency=dispute["currency"].upper(),
        status=DISPUTE_STATUSES.get(dispute["status"], DisputeStatus.REVIEW),
        created_at=time_of(dispute["created"]),
        out_cents=-sum(entry["amount"] for entry in entries),
        fee_cents=sum(entry["fee"] for entry in entries),
        reason=dispute.get("reason") or "",
        network_code=dispute.get("network_reason_code") or card.get("network_reason_code") or "",
        due_at=time_of(due_by) if due_by else None,
    )


def event_from(event: Json) -> GatewayEvent:
    """An Event, from a webhook or from the list. Raises ValueError when it is not one."""
    try:
        subject = event["data"]["object"]
        found = GatewayEvent(
            event_id=event["id"],
            type=event["type"],
            account_id=event.get("account"),
            livemode=event["livemode"],
            created_at=time_of(event["created"]),
            object_id=subject.get("id") or "",
            intent_id=_intent_id(event["type"], subject),
        )
    except (KeyError, TypeError, AttributeError, OverflowError, OSError) as problem:
        raise ValueError("not a Stripe event") from problem
    texts = (found.event_id, found.type, found.object_id)
    if event.get("object") != "event" or not all(isinstance(text, str) for text in texts):
        raise ValueError("not a Stripe event")
    return found


def _intent_id(event_type: str, subject: Json) -> str | None:
    """The payment that an event is about: itself, or the one of a charge, refund or dispute."""
    if event_type.startswith("payment_intent."):
        return subject["id"]
    if event_type.startswith(("charge.", "refund.")):
        return _id_of(subject.get("payment_intent"))
    return None


def _method_of(intent: Json, charge: Json) -> MethodPreview | None:
    """The method of the payment. A failed one is detached from the intent and kept in its error."""
    details = part_of(charge, "payment_method_details")
    candidates = (
        part_of(intent, "payment_method"),
        part_of(part_of(intent, "last_payment_error"), "payment_method"),
        {**details, "billing_details": charge.get("billing_details")} if details else {},
    )
    return next((preview_from(method) for method in candidates if method), None)


def kept_method(method: Json) -> GatewayMethod | None:
    """The method of a payment or a setup, if the processor keeps it for a customer."""
    kept = method.get("customer") and preview_from(method) is not None
    return method_from(method) if kept else None


def _balance_entry(entry: Json) -> BalanceEntry | None:
    """The book entry of the payment. Stripe makes it a moment after the payment succeeded."""
    if not entry:
        return None
    return BalanceEntry(
        entry_id=entry["id"],
        amount_cents=entry["amount"],
        fee_cents=entry["fee"],
        currency=entry["currency"].upper(),
        available=entry["status"] == "available",
        available_at=time_of(entry["available_on"]),
    )


def _failure(intent: Json, charge: Json) -> Failure | None:
    """Why an intent is unpaid: a decline, or a bank payment that came back.

    A bank's reason stands on the charge (`failure_code`), a card's in the error (`decline_code`).
    """
    error = part_of(intent, "last_payment_error")
    if charge.get("status") != "failed":
        charge = {}
    if not error and not charge:
        return None
    method = part_of(error, "payment_method") or part_of(intent, "payment_method")
    kind = part_of(charge, "payment_method_details").get("type") or method.get("type")
    codes = [error.get("decline_code"), error.get("code"), charge.get("failure_code")]
    if kind == "us_bank_account":
        codes.reverse()
    code = next((code for code in codes if code), "unknown")
    return Failure(code=code, network_code=_return_code(error, method))


def _return_code(error: Json, method: Json) -> str:
    """The bank network's R-code (R01 to R85) where Stripe tells it, else an empty text."""
    details = part_of(part_of(method, "us_bank_account"), "status_details")
    codes = (
        error.get("network_decline_code"),
        part_of(details, "blocked").get("network_code"),
    )
    return next((code for code in codes if code and code.startswith("R")), "")


def action_of(intent: Json) -> tuple[str, str]:
    """What a payment or a setup waits for, and the processor's page for small test deposits."""
    step = part_of(intent, "next_action")
    if step.get("type") == "verify_with_microdeposits":
        deposits = part_of(step, "verify_with_microdeposits")
        return "verify_deposits", deposits.get("hosted_verification_url") or ""
    return "authenticate", ""


def part_of(parent: Json, key: str) -> Json:
    """The object under the key; empty where it is missing, null or only an id (not expanded)."""
    found = parent.get(key)
    return found if isinstance(found, Mapping) else {}


def _id_of(reference: Any) -> str | None:
    """The id of an object that may or may not be expanded."""
    return reference["id"] if isinstance(reference, Mapping) else reference


def time_of(seconds: int) -> datetime:
    """Stripe's time stamps are whole seconds."""
    return datetime.fromtimestamp(seconds, UTC)
