"""Reading payments: one by its names, the steps it took, and whether anything is new."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from payments.transactions.models import Payment, PaymentStep

STEPS_LOOKED_AT = 20


def _whole() -> Select[Payment]:
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


def by_id(session: Session, payment_id: int) -> Payment:
    """The payment that an email or a job is about."""
    return session.scalars(_whole().where(Payment.id == payment_id)).one()


def steps(session: Session, payment: Payment) -> Sequence[PaymentStep]:
    """What happened to a payment, in order."""
    return session.scalars(
        select(PaymentStep).where(PaymentStep.payment_id == payment.id).order_by(PaymentStep.id)
    ).all()


def version(session: Session) -> str:
    """A mark that changes whenever a payment takes a step: pages poll with the one they have seen.

    On PostgreSQL a step may be committed after a later-numbered one, so the highest number alone
    would hide it: the last few are told apart too.
    """
    newest = session.scalars(
        select(PaymentStep.id).order_by(PaymentStep.id.desc()).limit(STEPS_LOOKED_AT)
    ).all()
    return f"{newest[0]}-{sum(newest[0] - one for one in newest)}" if newest else "0"
