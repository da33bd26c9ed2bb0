"""What receipts and allocations book. The situations are rows of `docs/decisions/0001`."""

from dataclasses import dataclass

from payments.accounts.models import AccountKind as BankAccountKind
from payments.accounts.models import BankAccount
from payments.ledger.accounts import AccountKey
from payments.ledger.actions import Entry
from payments.ledger.models import AccountKind
from payments.receipts.from_trust import TrustTransfer
from payments.receipts.models import Receipt, ReceiptSource

# Where the money comes from, and what it is called to arrive and to be taken back.
_ARRIVES = {
    ReceiptSource.PAYMENT: (AccountKind.UNLINKED, "linked", "link_reversed"),
    ReceiptSource.CHEQUE: (AccountKind.BANK, "cheque_recorded", "cheque_reversed"),
    ReceiptSource.CASH: (AccountKind.BANK, "cash_recorded", "cash_reversed"),
    ReceiptSource.TRUST: (AccountKind.BANK, "received_from_trust", "received_from_trust_reversed"),
}


@dataclass(frozen=True, slots=True)
class OnBill:
    """One matter's share of one bill, and the allocation that pays it: cents, and its name."""

    allocation: str
    bill_id: int
    matter_id: int
    cents: int


def holds(receipt: Receipt, account: BankAccount) -> AccountKey:
    """Where a receipt's money stands: the client's trust ledger, or their credit (FEATURES S7)."""
    trust = account.kind == BankAccountKind.TRUST
    return AccountKey(
        AccountKind.CLIENT_TRUST if trust else AccountKind.CLIENT_CREDIT,
        receipt.bank_account_id,
        receipt.currency,
        client_id=receipt.client_id,
        matter_id=receipt.matter_id,
    )


def arrived(receipt: Receipt, account: BankAccount) -> Entry:
    """The money becomes the client's."""
    source, situation, _ = _ARRIVES[ReceiptSource(receipt.source)]
    return Entry(
        once=f"receipt:{receipt.public_id}",
        situation=situation,
        debit=AccountKey(source, receipt.bank_account_id, receipt.currency),
        credit=holds(receipt, account),
        amount_cents=receipt.amount_cents,
        cause=receipt.cause,
        actor=receipt.made_by,
    )


def grown(receipt: Receipt, account: BankAccount, cents: int, once: str, by: str) -> Entry:
    """Money of a payment that came back after the payment was linked becomes the client's too."""
    return Entry(
        once=f"receipt:{receipt.public_id}:{once}",
        situation="linked",
        debit=AccountKey(AccountKind.UNLINKED, receipt.bank_account_id, receipt.currency),
        credit=holds(receipt, account),
        amount_cents=cents,
        cause=receipt.cause,
        actor=by,
    )


def taken_back(receipt: Receipt, account: BankAccount, actor: str, reason: str) -> Entry:
    """The receipt is undone: the money goes back to where it came from."""
    source, _, situation = _ARRIVES[ReceiptSource(receipt.source)]
    return Entry(
        once=f"receipt:{receipt.public_id}:undone",
        situation=situation,
        debit=holds(receipt, account),
        credit=AccountKey(source, receipt.bank_account_id, receipt.currency),
        amount_cents=receipt.amount_cents,
        cause=receipt.cause,
        actor=actor,
        reason=reason,
    )


def left_trust(transfer: TrustTransfer) -> Entry:
    """Trust money leaves its ledger to pay a bill: the trust side of **Pay from trust** (S9)."""
    return Entry(
        once=f"trust_transfer:{transfer.public_id}",
        situation="paid_from_trust",
        debit=_trust_ledger(transfer),
        credit=AccountKey(AccountKind.BANK, transfer.trust_account_id, transfer.currency),
        amount_cents=transfer.amount_cents,
        cause=f"trust_transfer:{transfer.public_id}",
        actor=transfer.made_by,
    )


def back_in_trust(transfer: TrustTransfer, actor: str, reason: str) -> Entry:
    """A payment from trust is undone: the money is in the same trust ledger again (S8)."""
    return Entry(
        once=f"trust_transfer:{transfer.public_id}:undone",
        situation="paid_from_trust_reversed",
        debit=AccountKey(AccountKind.BANK, transfer.trust_account_id, transfer.currency),
        credit=_trust_ledger(transfer),
        amount_cents=transfer.amount_cents,
        cause=f"trust_transfer:{transfer.public_id}",
        actor=actor,
        reason=reason,
    )


def _trust_ledger(transfer: TrustTransfer) -> AccountKey:
    return AccountKey(
        AccountKind.CLIENT_TRUST,
        transfer.trust_account_id,
        transfer.currency,
        client_id=transfer.client_id,
        matter_id=transfer.matter_id,
    )


def applied(receipt: Receipt, account: BankAccount, on: OnBill, actor: str) -> Entry:
    """Credit pays a matter's share of a bill, in the books of the account that received it."""
    return Entry(
        once=f"allocation:{on.allocation}",
        situation="applied",
        debit=holds(receipt, account),
        credit=_receivable(receipt, on),
        amount_cents=on.cents,
        cause=receipt.cause,
        actor=actor,
    )


def unapplied(
    receipt: Receipt, account: BankAccount, on: OnBill, reversed_cents: int, *, by: str, reason: str
) -> Entry:
    """An allocation is taken off its bill. `reversed_cents` is the sum of its reversals so far."""
    return Entry(
        once=f"allocation:{on.allocation}:reversed:{reversed_cents}",
        situation="application_reversed",
        debit=_receivable(receipt, on),
        credit=holds(receipt, account),
        amount_cents=on.cents,
        cause=receipt.cause,
        actor=by,
        reason=reason,
    )


def _receivable(receipt: Receipt, on: OnBill) -> AccountKey:
    return AccountKey(
        AccountKind.RECEIVABLE,
        receipt.bank_account_id,
        receipt.currency,
        client_id=receipt.client_id,
        matter_id=on.matter_id,
        bill_id=on.bill_id,
    )
