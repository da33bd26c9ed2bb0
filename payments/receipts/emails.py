"""What a client is told about their money in trust. The subject names no matter (FEATURES M13)."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session, joinedload

from payments.money.amounts import Money
from payments.receipts.from_trust import TrustTransfer
from portal.outbox.registry import Email, Recipient, email

STREAM = "payments"


@email("paid-from-trust-client", stream=STREAM)
def paid_from_trust_client(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """What was paid of which bill, what is still owed on it, and what is left in trust (S9), with
    what of that is on hold until when (M8).

    The balances are those of the moment of the transfer, whenever the email is sent.
    """
    whole = joinedload(TrustTransfer.bill)
    transfer = session.get_one(TrustTransfer, args["transfer_id"], options=[whole])
    context = {
        "transfer": transfer,
        "owed": Money(args["owed_cents"], transfer.currency),
        "held": Money(args["held_cents"], transfer.currency),
        "on_hold": _on_hold(args, transfer),
    }
    return Email("paid-from-trust-client", context)


def _on_hold(args: dict[str, Any], transfer: TrustTransfer) -> tuple[Money, date] | None:
    cents = args.get("on_hold_cents", 0)  # older notices do not know
    if not cents:
        return None
    return Money(cents, transfer.currency), date.fromisoformat(args["on_hold_until"])
