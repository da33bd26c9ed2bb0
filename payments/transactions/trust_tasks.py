"""Reading what the firm has to move into its trust accounts, and what of its own is there."""

from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from payments.accounts.models import BankAccount
from payments.money.amounts import Money
from payments.transactions.replenished import CoverReason, Replenishment, ReplenishmentState
from portal.core.errors import Missing

LISTED_MAX = 200


@dataclass(frozen=True, slots=True)
class Owed:
    """What is still to be moved at one trust account: into it, and out of it."""

    account: str
    to_put_in: Money
    to_take_out: Money


def listed(session: Session, state: ReplenishmentState) -> list[Replenishment]:
    """Tasks in a state, at most LISTED_MAX: those to be done oldest first, the others newest."""
    to_do = state is ReplenishmentState.OPEN
    order = Replenishment.id if to_do else Replenishment.id.desc()
    whole = _whole().where(Replenishment.state == state).order_by(order).limit(LISTED_MAX)
    return list(session.scalars(whole))


def task(session: Session, public_id: str) -> Replenishment:
    """One task with its account and its payment. Raises `Missing`."""
    found = session.scalar(_whole().where(Replenishment.public_id == public_id))
    if found is None:
        raise Missing("There is no such task.")
    return found


def _whole() -> Select[Replenishment]:
    loaded = joinedload(Replenishment.bank_account), joinedload(Replenishment.payment)
    return select(Replenishment).options(*loaded)


def owed(session: Session) -> list[Owed]:
    """What is to be moved at each trust account, by its name, over all that is open. One query."""
    out = Replenishment.reason == CoverReason.SURPLUS
    rows = session.execute(
        select(
            BankAccount.name,
            BankAccount.currency,
            func.coalesce(func.sum(Replenishment.cents).filter(~out), 0),
            func.coalesce(func.sum(Replenishment.cents).filter(out), 0),
        )
        .join(BankAccount, BankAccount.id == Replenishment.bank_account_id)
        .where(Replenishment.state == ReplenishmentState.OPEN)
        .group_by(BankAccount.id, BankAccount.name, BankAccount.currency)
        .order_by(BankAccount.name)
    )
    return [
        Owed(name, Money(int(into), currency), Money(int(back), currency))
        for name, currency, into, back in rows
    ]
