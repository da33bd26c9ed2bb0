"""What each step of a payment books, and its money that leaves and comes back. The situations are
rows of `docs/decisions/0001`."""

from enum import StrEnum

from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind as BankAccountKind
from payments.gateway.results import BalanceEntry
from payments.ledger import actions
from payments.ledger.accounts import AccountKey
from payments.ledger.models import AccountKind
from payments.transactions.models import Payment
from payments.transactions.withdrawn import Withdrawal, WithdrawalKind

ACTOR = "processor"


class Situation(StrEnum):
    """Rows of the posting table that a payment's own life reaches. `returned` stands in older books
    only: what comes back is a withdrawal since."""

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


# What it is called when money leaves its owner for the payer, and when it is here again.
LEAVES = {
    WithdrawalKind.REFUND: "refunded",
    WithdrawalKind.DISPUTE: "disputed",
    WithdrawalKind.RETURN: "returned",
}
COMES_BACK = {WithdrawalKind.REFUND: "refund_returned", WithdrawalKind.DISPUTE: "dispute_won"}


def withdrawal_cause(withdrawal: Withdrawal) -> str:
    """What the transfers of a withdrawal name."""
    return f"withdrawal:{withdrawal.public_id}"


def begun(payment: Payment, withdrawal: Withdrawal, owner: AccountKey, by: str) -> actions.Entry:
    """A refund is asked for: a pending transfer keeps its cents from everybody else (M6)."""
    sides = "refund_begun", owner, _key(payment, AccountKind.PROCESSOR)
    return _between(withdrawal, sides, withdrawal.cents, by)


def carried_out(session: Session, withdrawal: Withdrawal, by: str) -> None:
    """The refund went to the payer."""
    actions.post(session, _begun(withdrawal), situation="refunded", actor=by)


def not_carried_out(session: Session, withdrawal: Withdrawal, by: str) -> None:
    """The refund failed, or was canceled, before any money went."""
    actions.void(session, _begun(withdrawal), situation="refund_failed", actor=by)


def left(
    payment: Payment, withdrawal: Withdrawal, owner: AccountKey, by: str
) -> list[actions.Entry]:
    """The processor took it: from its owner what they have, the rest from the firm (M7)."""
    processor = _key(payment, AccountKind.PROCESSOR)
    cover = _key(payment, AccountKind.FIRM_COVER)
    theirs = LEAVES[WithdrawalKind(withdrawal.kind)], owner, processor
    return _split(withdrawal, theirs, ("shortfall_covered", cover, processor), by)


def came_back(
    payment: Payment, withdrawal: Withdrawal, owner: AccountKey, by: str
) -> list[actions.Entry]:
    """The processor gave it again: to its owner what was theirs, to the firm what it covered."""
    processor = _key(payment, AccountKind.PROCESSOR)
    cover = _key(payment, AccountKind.FIRM_COVER)
    theirs = COMES_BACK[WithdrawalKind(withdrawal.kind)], processor, owner
    return _split(withdrawal, theirs, ("cover_released", processor, cover), by)


_Sides = tuple[str, AccountKey, AccountKey]


def _split(withdrawal: Withdrawal, theirs: _Sides, firms: _Sides, by: str) -> list[actions.Entry]:
    covered = withdrawal.shortfall_cents
    sums = (theirs, withdrawal.cents - covered), (firms, covered)
    return [_between(withdrawal, sides, cents, by) for sides, cents in sums if cents > 0]


def _begun(withdrawal: Withdrawal) -> str:
    return f"{withdrawal_cause(withdrawal)}:refund_begun"


def _between(withdrawal: Withdrawal, sides: _Sides, cents: int, by: str) -> actions.Entry:
    situation, debit, credit = sides
    cause = withdrawal_cause(withdrawal)
    return actions.Entry(
        once=f"{cause}:{situation}",
        situation=situation,
        debit=debit,
        credit=credit,
        amount_cents=cents,
        cause=cause,
        actor=by,
    )
