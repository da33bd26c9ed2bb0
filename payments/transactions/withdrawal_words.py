"""Money that left a payment is told as that payment's, in a client's ledger and on statements."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.receipts.telling import about_payments
from payments.transactions.models import Payment
from payments.transactions.withdrawn import Withdrawal


def _payments(session: Session, withdrawals: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(Withdrawal.public_id, Payment.public_id.label("payment"))
        .join(Payment, Payment.id == Withdrawal.payment_id)
        .where(Withdrawal.public_id.in_(withdrawals))
    )
    return {row.public_id: row.payment for row in rows}


about_payments("withdrawal", _payments)
