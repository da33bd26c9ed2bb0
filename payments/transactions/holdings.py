"""Where the money of a completed payment is, whose it is, and how much of it is still there."""

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind as BankAccountKind
from payments.ledger.accounts import AccountKey
from payments.ledger.actions import Overdrawn
from payments.ledger.models import AccountKind
from payments.ledger.queries import balance
from payments.money.amounts import Money
from payments.receipts import actions as receipts
from payments.receipts.holds import on_hold
from payments.receipts.models import Receipt
from payments.receipts.postings import holds
from payments.transactions.models import Payment
from portal.core import clock


def linked(session: Session, payment: Payment) -> Receipt | None:
    """The payment's receipt, locked after its client; none while it is unlinked."""
    if payment.receipt_id is None:
        return None
    receipt = session.get_one(Receipt, payment.receipt_id)
    receipts.lock_clients(session, [receipt.client_id])
    receipts.lock(session, receipt)
    return receipt


def owner(payment: Payment, receipt: Receipt | None) -> AccountKey:
    """Whose the money is in the books: the client's, or nobody's yet."""
    if receipt is not None:
        return holds(receipt, payment.bank_account)
    return AccountKey(AccountKind.UNLINKED, payment.bank_account_id, payment.currency)


def in_ledger(session: Session, payment: Payment, receipt: Receipt | None) -> int:
    """How many cents of a payment its owner still has: all of it, but in trust what the client's
    own ledger holds and no refund under way keeps."""
    left = payment.left.cents
    if receipt is None or payment.bank_account.kind != BankAccountKind.TRUST:
        return left
    return balance(session, owner(payment, receipt)).available_cents


def available(session: Session, payment: Payment, receipt: Receipt | None) -> int:
    """What of it the firm may refund, in cents: what is there, in trust not on hold (M6, M8)."""
    there = in_ledger(session, payment, receipt)
    if payment.bank_account.kind != BankAccountKind.TRUST:
        return there
    now = clock.now()
    if receipt is None:
        return 0 if payment.held_until is not None and payment.held_until > now else there
    ledger = receipt.bank_account_id, receipt.client_id, receipt.matter_id
    return max(0, there - on_hold(session, [receipt.client_id], now).get(ledger, 0))


def refuse_more_than_available(
    session: Session, payment: Payment, receipt: Receipt | None, cents: int
) -> None:
    """Raise `Overdrawn`, with what is available in words, where a refund would need more."""
    there = available(session, payment, receipt)
    if cents > there:
        locale = "en_CA" if payment.currency == "CAD" else "en_US"
        most = Money(there, payment.currency).format(locale)
        raise Overdrawn(_("Only %(amount)s of this trust money is available.", amount=most))
