"""Payments whose money is still on its way out or back, to be looked at again (FEATURES M11)."""

from datetime import datetime

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from payments.transactions.disputed import DISPUTE_OPEN, Dispute
from payments.transactions.refunded import REFUND_UNDER_WAY, Refund, RefundState
from payments.transactions.refunding import SEND
from portal.core import db, jobs


def open_ends(session: Session) -> list[int]:
    """Ids of the payments with a refund under way or a dispute that has not ended."""
    refunded = select(Refund.payment_id).where(Refund.state.in_(sorted(REFUND_UNDER_WAY)))
    disputed = select(Dispute.payment_id).where(Dispute.state.in_(sorted(DISPUTE_OPEN)))
    return sorted(session.scalars(union(refunded, disputed)))


def owe_unsent(before: datetime) -> None:
    """Have refunds made that were asked for before then and nobody has made: whatever became of the
    job that was to do it. One that was made after all is found again by its name."""
    unsent = select(Refund.id).where(Refund.state == RefundState.ASKED, Refund.made_at < before)
    with db.transaction() as session:
        for refund_id in session.scalars(unsent.order_by(Refund.id)).all():
            jobs.enqueue(session, SEND, unique_key=f"{SEND}:{refund_id}", refund_id=refund_id)
