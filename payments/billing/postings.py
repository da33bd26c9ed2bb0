"""What the life of a bill books, each matter's share by itself. The situations are rows of
`docs/decisions/0001`."""

from collections.abc import Iterable

from payments.billing.models import Bill, BillShare
from payments.ledger.accounts import AccountKey
from payments.ledger.actions import Entry
from payments.ledger.models import AccountKind


def cause(bill: Bill) -> str:
    """How the books and the log name a bill."""
    return f"bill:{bill.public_id}"


def issued(bill: Bill, share: BillShare, by: str) -> Entry:
    """The matter owes its share. One that was changed is booked anew under its version."""
    again = f":{bill.version}" if bill.version > 1 else ""
    receivable, income = _accounts(bill, share)
    return Entry(
        once=f"{cause(bill)}:issued:{share.id}{again}",
        situation="bill_issued",
        debit=receivable,
        credit=income,
        amount_cents=share.total_cents,
        cause=cause(bill),
        actor=by,
    )


def changed(bill: Bill, share: BillShare, by: str, reason: str) -> Entry:
    """What the matter owed until the bill was changed is taken back: before the new is booked."""
    once = f"{cause(bill)}:changed:{share.id}:{bill.version}"
    return _taken_back(bill, share, "bill_changed", once, by, reason)


def voided(bill: Bill, share: BillShare, by: str, reason: str) -> Entry:
    """What the matter owes is taken back for good."""
    once = f"{cause(bill)}:voided:{share.id}"
    return _taken_back(bill, share, "bill_voided", once, by, reason)


def _taken_back(
    bill: Bill, share: BillShare, situation: str, once: str, by: str, reason: str
) -> Entry:
    receivable, income = _accounts(bill, share)
    return Entry(
        once=once,
        situation=situation,
        debit=income,
        credit=receivable,
        amount_cents=share.total_cents,
        cause=cause(bill),
        actor=by,
        reason=reason,
    )


def owing(shares: Iterable[BillShare]) -> list[BillShare]:
    """Those of which something is booked: a matter that the bill no longer names owes nothing."""
    return [share for share in shares if share.total_cents]


def _accounts(bill: Bill, share: BillShare) -> tuple[AccountKey, AccountKey]:
    receivable = AccountKey(
        AccountKind.RECEIVABLE,
        bill.bank_account_id,
        bill.currency,
        client_id=bill.client_id,
        matter_id=share.matter_id,
        bill_id=bill.id,
    )
    return receivable, AccountKey(AccountKind.INCOME, bill.bank_account_id, bill.currency)
