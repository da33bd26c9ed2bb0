"""Charges and the book entries that they make."""

from payments.sandbox.book import Json, Record
from payments.sandbox.desk import DAY_SECONDS, Desk, new_id
from payments.sandbox.events import record_event
from payments.sandbox.methods import charge_details

CARD_AVAILABLE_AFTER_SECONDS = 2 * DAY_SECONDS
BANK_AVAILABLE_AFTER_SECONDS = 4 * DAY_SECONDS

APPROVED: Json = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "seller_message": "Payment complete.",
    "type": "authorized",
}

NEW_CHARGE: Json = {
    "object": "charge",
    "amount_refunded": 0,
    "disputed": False,
    "fraud_details": {},
    "livemode": False,
    "refunded": False,
    "application": None,
    "application_fee": None,
    "application_fee_amount": None,
    "balance_transaction": None,
    "customer": None,
    "failure_balance_transaction": None,
    "failure_code": None,
    "failure_message": None,
    "on_behalf_of": None,
    "receipt_number": None,
    "receipt_url": None,
    "review": None,
    "shipping": None,
    "source_transfer": None,
    "transfer_data": None,
    "transfer_group": None,
}
NEW_ENTRY: Json = {
    "object": "balance_transaction",
    "balance_type": "payments",
    "exchange_rate": None,
    "status": "pending",
}


def add_charge(
    desk: Desk,
    intent: Json,
    method: Record,
    *,
    status: str,
    authenticated: bool = False,
    mandate: str | None = None,
) -> Record:
    """One attempt to take the money. `status` is succeeded, pending or failed."""
    kind = method.body["type"]
    paid = status == "succeeded"
    body = NEW_CHARGE | {
        "id": new_id("ch" if kind == "card" else "py"),
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if status != "failed" else 0,
        "billing_details": method.body["billing_details"],
        "calculated_statement_descriptor": _statement(desk, intent, kind),
        "captured": status != "failed",
        "created": desk.at,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "metadata": intent["metadata"],
        "outcome": APPROVED if status != "failed" else None,
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": method.object_id,
        "payment_method_details": charge_details(
            method, authenticated=authenticated, mandate=mandate
        ),
        "receipt_email": intent["receipt_email"],
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": status,
    }
    return desk.book.add(desk.account, "charge", desk.at, body)


def _statement(desk: Desk, intent: Json, kind: str) -> str:
    settings = desk.account_body()["settings"]
    if kind == "card" and intent["statement_descriptor_suffix"]:
        prefix = settings["card_payments"]["statement_descriptor_prefix"]
        return f"{prefix}* {intent['statement_descriptor_suffix']}"[:22]
    return settings["payments"]["statement_descriptor"]


def add_entry(
    desk: Desk,
    *,
    amount: int,
    fee: int,
    currency: str,
    entry_type: str,
    category: str,
    source: str | None,
    available_on: int,
    description: str | None = None,
) -> Record:
    """A line in the account's balance. Cents; `fee` is what the processor kept of `amount`."""
    body = NEW_ENTRY | {
        "id": new_id("txn"),
        "amount": amount,
        "available_on": available_on,
        "created": desk.at,
        "currency": currency,
        "description": description,
        "fee": fee,
        "fee_details": _fee_details(fee, currency),
        "net": amount - fee,
        "reporting_category": category,
        "source": source,
        "type": entry_type,
    }
    return desk.book.add(desk.account, "balance_transaction", desk.at, body)


def _fee_details(fee: int, currency: str) -> list[Json]:
    if fee == 0:
        return []
    return [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]


def settle_charge(desk: Desk, charge: Record) -> None:
    """Enter a paid charge in the books and say so by `charge.updated`.

    Stripe makes the entry a moment after the payment (capture `automatic_async`), so the event
    of the payment itself still shows null.
    """
    body = charge.body
    is_card = body["payment_method_details"]["type"] == "card"
    wait = CARD_AVAILABLE_AFTER_SECONDS if is_card else BANK_AVAILABLE_AFTER_SECONDS
    fee = fee_cents(body["amount"], is_card=is_card)
    netted = desk.nets_fees()
    entry = add_entry(
        desk,
        amount=body["amount"],
        fee=fee if netted else 0,
        currency=body["currency"],
        entry_type="charge" if is_card else "payment",
        category="charge",
        source=body["id"],
        available_on=max(body["created"] + wait, desk.at),
        description=body["description"],
    )
    if not netted:
        bill_platform(desk, fee, body["currency"], f"Processing fees for {body['id']}")
    body["balance_transaction"] = entry.object_id
    desk.book.save(charge)
    record_event(desk, "charge.updated", body, {"balance_transaction": None})


def fee_cents(amount: int, *, is_card: bool) -> int:
    """The processor's price: cards 2.9 % and 30 cents, ACH 0.8 % and at most $5; half a cent up."""
    if is_card:
        return (amount * 29 + 500) // 1000 + 30
    return min(500, (amount * 8 + 500) // 1000)


def bill_platform(desk: Desk, fee: int, currency: str, what_for: str) -> None:
    """Charge a fee of this account to the platform; one below zero is given back to it."""
    platform = desk.at_account("")
    add_entry(
        platform,
        amount=-fee,
        fee=0,
        currency=currency,
        entry_type="stripe_fee",
        category="fee",
        source=None,
        available_on=platform.at,
        description=f"{what_for} of {desk.account}",
    )
