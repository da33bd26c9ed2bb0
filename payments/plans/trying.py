"""Which charges are tried once more, and when (FEATURES P9, docs/decisions/0014)."""

from dataclasses import dataclass
from datetime import timedelta

from payments.methods.models import StoredMethod
from payments.transactions.charging import Charge
from payments.transactions.models import Payment
from payments.transactions.observing import GIVEN_BACK
from payments.transactions.states import Status

RETRY_AFTER = timedelta(days=3)
TRIES_MAX = 2
SOON = timedelta(seconds=5)
TOLD_CHARS_MAX = 500
# A card that was lost stays lost: another method may be charged, this one not.
_METHOD_GONE = frozenset({"account_closed", "no_account", "lost_card", "stolen_card"})
# What the firm has given back it does not take again.
_FINAL = frozenset({"debit_not_authorized", GIVEN_BACK})
# Nacha lets a withdrawal that came back be made again for want of funds alone (R01, R09). One that
# its owner disputes comes back with no code at all.
_MADE_AGAIN = frozenset({"insufficient_funds"})


@dataclass(frozen=True, slots=True)
class Begun:
    """A try that is kept as begun, and what it charges: `payment_id`, where that is recorded."""

    number: int
    charge: Charge | None
    payment_id: int = 0


def may_be_made_again(payment: Payment, method: StoredMethod) -> bool:
    """Whether a payment that brought nothing may be tried once more by this method, going by why
    it did not. By a method that is void, or is about to be (what came back after it completed ends
    its authorization), none may."""
    code = payment.failure_code or ""
    came_back = payment.status == Status.RETURNED and payment.completed_at is not None
    if method.void_at is not None or (came_back and method.id == payment.stored_method_id):
        return False
    if code in _METHOD_GONE:
        return method.id != payment.stored_method_id
    return code in _MADE_AGAIN if payment.status == Status.RETURNED else code not in _FINAL
