"""Money that leaves payments and comes back, without a processor."""

from typing import Any

from sqlalchemy import select

from payments.ledger.queries import totals
from payments.transactions import withdrawing
from payments.transactions.models import Payment
from payments.transactions.replenished import Replenishment
from payments.transactions.states import Status
from payments.transactions.withdrawn import Withdrawal, WithdrawalKind
from portal.core import db
from tests.payments.transactions.practice import ANA, Practice

REFUND, DISPUTE, RETURN = WithdrawalKind.REFUND, WithdrawalKind.DISPUTE, WithdrawalKind.RETURN


def take(payment_id: int, cents: int, kind: WithdrawalKind, *, hold: bool = False) -> Withdrawal:
    """What the processor, or a refund, takes out of a payment."""
    with db.transaction() as session:
        payment = session.scalars(
            select(Payment).where(Payment.id == payment_id).with_for_update(of=Payment)
        ).one()
        return withdrawing.take(session, payment, cents, kind, by=ANA, hold=hold)


def refund(payment_id: int, cents: int) -> Withdrawal:
    """Ask for a refund: its cents wait for the processor."""
    return take(payment_id, cents, REFUND, hold=True)


def carry_out(withdrawal: Withdrawal) -> None:
    """The processor made the refund."""
    with db.transaction() as session:
        row = session.get_one(Withdrawal, withdrawal.id)
        withdrawing.carry_out(session, row, by="webhook")


def put_back(withdrawal: Withdrawal) -> None:
    """The money is here again."""
    with db.transaction() as session:
        row = session.get_one(Withdrawal, withdrawal.id)
        withdrawing.put_back(session, row, by="webhook")


def outlook(payment_id: int, cents: int) -> withdrawing.Outlook:
    """What a refund would do."""
    with db.read() as session:
        return withdrawing.outlook(session, session.get_one(Payment, payment_id), cents)


def linked(practice: Practice, cents: int, nth: int | None = None, **said: Any) -> int:
    """A completed payment that is linked to Cleo."""
    payment_id = practice.till.bring_to(Status.COMPLETED, cents=cents, **said)
    practice.link(payment_id, practice.target(practice.cleo, nth))
    return payment_id


def of_books(practice: Practice, kind: str) -> dict[str, int]:
    """What the books hold of one bank account, by kind of ledger account, without zeros."""
    with db.read() as session:
        found = totals(session, practice.till.accounts[kind].id)
    return {kind.value: one.posted_cents for kind, one in found.items() if one.posted_cents}


def tasks() -> list[tuple[str, str, int]]:
    """Why, how it stands and how much: what the firm has to move, oldest first."""
    with db.read() as session:
        rows = session.scalars(select(Replenishment).order_by(Replenishment.id))
        return [(one.reason, one.state, one.cents) for one in rows]
