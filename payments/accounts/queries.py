"""Reading the firm's bank accounts."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from portal.core.errors import Missing

IN_ORDER = (BankAccount.kind, BankAccount.name)
"""Operating accounts first, then trust; by name."""


def bank_accounts(session: Session) -> list[BankAccount]:
    """Every bank account of the firm, in order."""
    return list(session.scalars(select(BankAccount).order_by(*IN_ORDER)))


def bank_account(session: Session, public_id: str) -> BankAccount:
    """One bank account. Raises `Missing`."""
    account = session.scalar(select(BankAccount).where(BankAccount.public_id == public_id))
    if account is None:
        raise Missing("There is no such bank account.")
    return account
