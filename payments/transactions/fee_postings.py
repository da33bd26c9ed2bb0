"""What the processor keeps of a payment that was taken back, and gives back when a dispute is won.

The firm bears it in every case: in trust it is booked as the firm's cover, and somebody has to put
it in (FEATURES M4). The situations are rows of `docs/decisions/0001`.
"""

from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind as BankAccountKind
from payments.ledger import actions as ledger
from payments.ledger.accounts import AccountKey
from payments.ledger.models import AccountKind, Transfer
from payments.transactions import replenishing
from payments.transactions.disputed import Dispute
from payments.transactions.models import Payment
from payments.transactions.replenished import CoverReason

ACTOR = "processor"


class FeeSituation(StrEnum):
    """Rows of the posting table about what a dispute or a return costs."""

    DISPUTE_FEE = "dispute_fee"
    DISPUTE_FEE_ON_TRUST = "dispute_fee_on_trust"
    DISPUTE_FEE_RETURNED = "dispute_fee_returned"
    RETURN_FEE = "return_fee"
    RETURN_FEE_ON_TRUST = "return_fee_on_trust"


def disputed(session: Session, payment: Payment, dispute: Dispute, fee_cents: int) -> None:
    """Have the books show that the processor keeps so many cents for a dispute, which may be fewer
    than before, or none. Does nothing where they show it."""
    if fee_cents == dispute.fee_cents:
        return
    cause = f"dispute:{dispute.public_id}"
    booked = session.scalar(select(func.count()).where(Transfer.cause == cause)) or 0
    if dispute.fee_cents > 0:
        # Given back whole: what is kept instead is a fee of its own.
        _give_back(session, payment, cause, booked, dispute.fee_cents)
        booked += 1
    if fee_cents > 0:
        once = f"{cause}:fee:{booked}"
        _keep(session, payment, FeeSituation.DISPUTE_FEE, cause, once, fee_cents)
    dispute.fee_cents = fee_cents
    session.flush()


def returned(session: Session, payment: Payment, fee_cents: int) -> None:
    """The processor keeps so many cents of a payment that came back: once for each payment."""
    cause = f"return:{payment.public_id}"
    known = select(Transfer.id).where(Transfer.once == f"{cause}:fee")
    if fee_cents > 0 and session.scalar(known) is None:
        _keep(session, payment, FeeSituation.RETURN_FEE, cause, f"{cause}:fee", fee_cents)


def _keep(
    session: Session, payment: Payment, fee: FeeSituation, cause: str, once: str, cents: int
) -> None:
    on_trust = _on_trust(payment)
    ledger.transfer(
        session,
        ledger.Entry(
            once=once,
            situation=FeeSituation(f"{fee}_on_trust") if on_trust else fee,
            debit=_bearer(payment),
            credit=_key(payment, AccountKind.PROCESSOR),
            amount_cents=cents,
            cause=cause,
            actor=ACTOR,
        ),
    )
    if on_trust:
        replenishing.open_cover(session, payment, cents, CoverReason.DISPUTE_FEE, once=once)


def _give_back(session: Session, payment: Payment, cause: str, booked: int, cents: int) -> None:
    ledger.transfer(
        session,
        ledger.Entry(
            once=f"{cause}:fee_returned:{booked}",
            situation=FeeSituation.DISPUTE_FEE_RETURNED,
            debit=_key(payment, AccountKind.PROCESSOR),
            credit=_bearer(payment),
            amount_cents=cents,
            cause=cause,
            actor=ACTOR,
        ),
    )
    if _on_trust(payment):
        replenishing.uncover(session, payment, cents, once=f"{cause}:fee:{booked - 1}")


def _on_trust(payment: Payment) -> bool:
    return payment.bank_account.kind == BankAccountKind.TRUST


def _bearer(payment: Payment) -> AccountKey:
    return _key(payment, AccountKind.FIRM_COVER if _on_trust(payment) else AccountKind.FEES)


def _key(payment: Payment, kind: AccountKind) -> AccountKey:
    return AccountKey(kind, payment.bank_account_id, payment.currency)
