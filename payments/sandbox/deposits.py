"""What the page for small test deposits shows, and takes (FEATURES P4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from payments.sandbox.banking import verify_deposits, waits_for_deposits
from payments.sandbox.errors import ApiError
from payments.sandbox.service import SandboxService
from payments.sandbox.setup_deposits import verify_setup_deposits


@dataclass(frozen=True, slots=True)
class DepositQuestion:
    """The bank account that waits for its deposits to be confirmed.

    `open` is false once they are confirmed, given up, or the payment is canceled. `pays` is false
    where it is stored without a payment.
    """

    intent_id: str
    account: str | None
    pays: bool
    bank_name: str
    last4: str
    open: bool


def deposit_question(service: SandboxService, intent_id: str) -> DepositQuestion | None:
    """The question behind a `hosted_verification_url`, or None where nobody asked."""
    with service.store.reading() as book:
        pays = not intent_id.startswith("seti_")
        intent = book.anywhere("payment_intent" if pays else "setup_intent", intent_id)
        if intent is None or "mandate" not in intent.hidden:
            return None
        body = intent.body
        error = body["last_payment_error" if pays else "last_setup_error"] or {}
        method = error.get("payment_method") or (
            book.get(intent.account, body["payment_method"]).body if body["payment_method"] else {}
        )
    bank = method.get("us_bank_account", {})
    return DepositQuestion(
        intent_id=intent_id,
        account=intent.account or None,
        pays=pays,
        bank_name=bank.get("bank_name", ""),
        last4=bank.get("last4", ""),
        open=waits_for_deposits(intent),
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
            (verify_deposits if question.pays else verify_setup_deposits)(desk, intent_id, params)
        except ApiError as error:
            # A wrong answer is counted: the transaction is kept.
            return str(error)
    return None
