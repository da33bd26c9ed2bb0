"""An eCheck that comes back: at once, after it completed, after it was spent (FEATURES M7)."""

from typing import cast

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from payments.gateway.results import Failure, GatewayPayment
from payments.methods import voiding
from payments.transactions import fee_postings, refund_records
from payments.transactions.gone import leave
from payments.transactions.models import Payment
from payments.transactions.states import Status
from payments.transactions.withdrawn import Withdrawal, WithdrawalKind


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


def follow(session: Session, payment: Payment, snapshot: GatewayPayment) -> None:
    """Take what the payer's bank took and a refund on its way had kept, once that has failed.

    The payment is locked, has come back after it completed, and its refunds were looked at.
    """
    of_return = case((Withdrawal.kind == WithdrawalKind.RETURN, Withdrawal.cents), else_=0)
    of_payment = Withdrawal.payment_id == payment.id
    booked = session.scalar(select(func.sum(of_return)).where(of_payment))
    if booked is None:  # it came back before there were withdrawals, whole
        return
    disputed, left = _disputed(snapshot), payment.left.cents
    rest = min(disputed - int(booked), left) if disputed else left
    if rest > 0:
        leave(session, payment, rest, WithdrawalKind.RETURN)


def _cents(payment: Payment, snapshot: GatewayPayment) -> int:
    """What the payer's bank took: of a payment that was refunded in part, the rest."""
    return _disputed(snapshot) or payment.left.cents


def _disputed(snapshot: GatewayPayment) -> int:
    return sum(one.out_cents or one.amount_cents for one in snapshot.disputes)


def why(snapshot: GatewayPayment) -> Failure | None:
    """The reason that came with the return: a late one comes as a dispute."""
    if snapshot.failure is None and snapshot.disputes:
        dispute = snapshot.disputes[-1]
        return Failure(dispute.reason, dispute.network_code)
    return snapshot.failure
