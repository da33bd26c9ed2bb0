"""An eCheck that comes back: at once, after it completed, after it was spent (FEATURES M7)."""

from typing import cast

from sqlalchemy.orm import Session

from payments.gateway.results import Failure, GatewayPayment
from payments.methods import voiding
from payments.transactions import fee_postings, refund_records
from payments.transactions.gone import leave
from payments.transactions.models import Payment
from payments.transactions.states import Status
from payments.transactions.withdrawn import WithdrawalKind


def book(session: Session, payment: Payment, was: Status, snapshot: GatewayPayment) -> None:
    """Take a payment that came back out of the books, as far as it is in them, and end what its
    owner had authorized. What the processor keeps of it is the firm's to bear.

    The payment is locked and has become Returned. Refunds are looked at first: what was given back
    already cannot come back again.
    """
    fee_cents = sum(one.fee_cents for one in snapshot.disputes)
    if was is Status.COMPLETED:
        refund_records.follow(session, payment, snapshot)
        leave(session, payment, _cents(payment, snapshot), WithdrawalKind.RETURN)
    elif snapshot.balance_entry is not None:
        # It was at the processor already, though not available: it went as it came, gross.
        fee_cents += snapshot.balance_entry.fee_cents
    fee_postings.returned(session, payment, fee_cents)
    failure = why(snapshot)
    code = failure.network_code or failure.code if failure is not None else ""
    # To whoever reads it a mapped column is its value; the type checker cannot know.
    voiding.void(session, cast(voiding.Returned, payment), code)


def _cents(payment: Payment, snapshot: GatewayPayment) -> int:
    """What the payer's bank took: of a payment that was refunded in part, the rest."""
    disputed = sum(one.out_cents or one.amount_cents for one in snapshot.disputes)
    return disputed or payment.left.cents


def why(snapshot: GatewayPayment) -> Failure | None:
    """The reason that came with the return: a late one comes as a dispute."""
    if snapshot.failure is None and snapshot.disputes:
        dispute = snapshot.disputes[-1]
        return Failure(dispute.reason, dispute.network_code)
    return snapshot.failure
