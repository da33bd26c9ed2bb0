"""What the page for small test deposits shows, and takes (FEATURES P4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from payments.sandbox.banking import verify_deposits
from payments.sandbox.errors import ApiError
from payments.sandbox.service import SandboxService


@dataclass(frozen=True, slots=True)
class DepositQuestion:
    """The bank account that waits for its deposits to be confirmed. Cents.

    `open` is false once they are confirmed, given up, or the payment is canceled.
    """

    intent_id: str
    account: str | None
    amount_cents: int
    currency: str
    bank_name: str
    last4: str
    open: bool


def deposit_question(service: SandboxService, intent_id: str) -> DepositQuestion | None:
    """The question behind a `hosted_verification_url`, or None where nobody asked."""
    with service.store.reading() as book:
        intent = book.anywhere("payment_intent", intent_id)
        if intent is None or "mandate" not in intent.hidden:
            return None
        body = intent.body
        error = body["last_payment_error"] or {}
        method = error.get("payment_method") or (
            book.get(intent.account, body["payment_method"]).body if body["payment_method"] else {}
        )
    bank = method.get("us_bank_account", {})
    step = (body["next_action"] or {}).get("type")
    return DepositQuestion(
        intent_id=intent_id,
        account=intent.account or None,
        amount_cents=body["amount"],
        currency=body["currency"],
        bank_name=bank.get("bank_name", ""),
        last4=bank.get("last4", ""),
        open=body["status"] == "requires_action" and step == "verify_with_microdeposits",
    )


def verify_microdeposits(
    service: SandboxService,
    intent_id: str,
    *,
    amounts: Sequence[int] = (),
    code: str = "",
) -> str | None:
    """Confirm the deposits by their two amounts in cents, or by the code.

    Answers None when they were right, else a sentence for the payer. A wrong answer counts.
    """
    service.tick()
    question = deposit_question(service, intent_id)
    if question is None:
        return "There are no test deposits to confirm for this payment."
    params = {"amounts": [str(amount) for amount in amounts], "descriptor_code": code}
    with service.writing(question.account) as desk:
        try:
            verify_deposits(desk, intent_id, params)
        except ApiError as error:
            # A wrong answer is counted: the transaction is kept.
            return str(error)
    return None
