"""Reading payments: one by its names, and the list of Transactions as plain rows."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from payments.transactions.models import Payment


def _whole() -> Select[tuple[Payment]]:
    # Views read the account and the link after the session is closed.
    return select(Payment).options(
        joinedload(Payment.bank_account), joinedload(Payment.account_link)
    )


def by_status_token(session: Session, token: str) -> Payment | None:
    """The payment whose lasting status page has this address (FEATURES P6)."""
    return session.scalar(_whole().where(Payment.status_token == token))


def by_public_id(session: Session, public_id: str) -> Payment | None:
    """The payment that staff pages name by this id."""
    return session.scalar(_whole().where(Payment.public_id == public_id))


def find_by_intent(session: Session, intent_id: str) -> Payment | None:
    """The payment that the processor knows by this id, None where the intent is not ours."""
    return session.scalar(_whole().where(Payment.intent_id == intent_id))
