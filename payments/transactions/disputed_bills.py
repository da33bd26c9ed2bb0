"""Bills that are unpaid again because a payer's bank has taken a payment back (FEATURES M7).

Nobody is charged for them without being there while the bank decides: a payer who disputes would
pay twice where the firm wins, and dispute again.
"""

from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from payments.receipts.models import Allocation
from payments.transactions.disputed import DISPUTE_OPEN, Dispute, DisputeState
from payments.transactions.withdrawn import Withdrawal, WithdrawalPart, WithdrawalState

T = TypeVar("T")


def in_dispute() -> Select[int]:
    """The ids of the bills that an open dispute has taken money off."""
    open_ones = Dispute.state.in_(sorted(DISPUTE_OPEN))
    return _of_disputes(select(Allocation.bill_id)).where(open_ones)


def states(session: Session, bill_id: int) -> set[DisputeState]:
    """How the disputes stand that have taken money off a bill and not put it on again."""
    of_bill = _of_disputes(select(Dispute.state)).where(Allocation.bill_id == bill_id)
    return {DisputeState(state) for state in session.scalars(of_bill)}


def _of_disputes(wanted: Select[T]) -> Select[T]:
    return (
        wanted.select_from(Dispute)
        .join(Withdrawal, Withdrawal.id == Dispute.withdrawal_id)
        .join(WithdrawalPart, WithdrawalPart.withdrawal_id == Withdrawal.id)
        .join(Allocation, Allocation.id == WithdrawalPart.allocation_id)
        .where(Withdrawal.state != WithdrawalState.BACK)
    )
