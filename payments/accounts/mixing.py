"""Trust and operating money never mix: no two kinds through one Stripe account (FEATURES M3)."""

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from payments.accounts.queries import answered


def own_account(session: Session) -> str:
    """The id of the firm's own account, as the processor last told it; empty while it did not."""
    last = answered(session)
    return str(last.detail.get("account", "")) if last is not None else ""


def paid_through(session: Session, processor_account: str | None) -> ColumnElement[bool]:
    """The bank accounts that are paid through this processor account.

    None is the firm's own, and so is its id once the processor has told it: one account, however
    it was typed.
    """
    own = own_account(session)
    if own and processor_account in (None, own):
        held = BankAccount.processor_account
        return or_(held.is_(None), held == own)
    return BankAccount.processor_account.is_not_distinct_from(processor_account)


def problem_of(session: Session, account: BankAccount) -> str | None:
    """A sentence where the other kind of money is paid through the same processor account.

    A processor account pays out to one bank account, so trust and operating cannot share one.
    """
    same = paid_through(session, account.processor_account)
    others = select(BankAccount.name).where(same, BankAccount.kind != account.kind)
    name = session.scalar(others.order_by(BankAccount.name).limit(1))
    if name is None:
        return None
    return _(
        "%(account)s is paid through this Stripe account. Trust and operating money never "
        "mix, so each needs a Stripe account of its own.",
        account=name,
    )
