"""What each step of a payment books. The situations are rows of `docs/decisions/0001`."""

from enum import StrEnum

from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind as BankAccountKind
from payments.gateway.results import BalanceEntry
from payments.ledger import actions
from payments.ledger.accounts import AccountKey
from payments.ledger.models import AccountKind
from payments.transactions.models import Payment

ACTOR = "processor"


class Situation(StrEnum):
    """Rows of the posting table that a payment's own life reaches."""

    AUTHORIZED = "authorized"
    FAILED = "failed"
    COMPLETED = "completed"
    SETTLED = "settled"
    FEE = "fee"
    FEE_ON_TRUST = "fee_on_trust"
    RETURNED = "returned"


def _key(payment: Payment, kind: AccountKind) -> AccountKey:
    return AccountKey(kind, payment.bank_account_id, payment.currency)


def _cause(payment: Payment) -> str:
    return f"payment:{payment.public_id}"


def _entry(
    payment: Payment, situation: Situation, debit: AccountKind, credit: AccountKind, cents: int
) -> actions.Entry:
    return actions.Entry(
        once=f"{_cause(payment)}:{situation}",
        situation=situation,
        debit=_key(payment, debit),
        credit=_key(payment, credit),
        amount_cents=cents,
        cause=_cause(payment),
        actor=ACTOR,
    )


def authorized(session: Session, payment: Payment) -> None:
    """The processor's promise: pending, reserves nothing of anybody's, moves nothing yet."""
    actions.hold(
        session,
        _entry(
            payment,
            Situation.AUTHORIZED,
            AccountKind.IN_TRANSIT,
            AccountKind.UNLINKED,
            payment.amount_cents,
        ),
    )


def called_off(session: Session, payment: Payment) -> None:
    """The promise was not kept: the pending transfer is voided."""
    actions.void(
        session,
        f"{_cause(payment)}:{Situation.AUTHORIZED}",
        situation=Situation.FAILED,
        actor=ACTOR,
    )


def completed(session: Session, payment: Payment, entry: BalanceEntry) -> None:
    """The money is there, gross. A fee is the firm's: on trust it is booked as the firm's cover.

    Trust money arrives whole or the firm owes the rest (FEATURES M4).
    """
    actions.post(
        session,
        f"{_cause(payment)}:{Situation.AUTHORIZED}",
        situation=Situation.COMPLETED,
        actor=ACTOR,
    )
    actions.transfer(
        session,
        _entry(
            payment,
            Situation.SETTLED,
            AccountKind.PROCESSOR,
            AccountKind.IN_TRANSIT,
            payment.amount_cents,
        ),
    )
    if entry.fee_cents > 0:
        trust = payment.bank_account.kind == BankAccountKind.TRUST
        situation = Situation.FEE_ON_TRUST if trust else Situation.FEE
        bearer = AccountKind.FIRM_COVER if trust else AccountKind.FEES
        actions.transfer(
            session, _entry(payment, situation, bearer, AccountKind.PROCESSOR, entry.fee_cents)
        )


def returned(session: Session, payment: Payment) -> None:
    """A completed eCheck came back before it was linked: the money leaves again."""
    actions.transfer(
        session,
        _entry(
            payment,
            Situation.RETURNED,
            AccountKind.UNLINKED,
            AccountKind.PROCESSOR,
            payment.amount_cents,
        ),
    )
