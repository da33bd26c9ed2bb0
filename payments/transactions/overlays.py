"""What lies over a payment's status: refunds and disputes (FEATURES M5), asked in sets.

A refund counts here once the payer has the money. While it is on its way `on_its_way_cents` tells.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import CompoundSelect, func, literal, select, union_all
from sqlalchemy.orm import Session

from payments.transactions.disputed import DISPUTE_OPEN, Dispute, DisputeState
from payments.transactions.models import Payment
from payments.transactions.refunded import REFUND_UNDER_WAY, Refund, RefundState


class Overlay(StrEnum):
    """What is told beside the status. Its words are in `telling.overlays`."""

    REFUNDED = "refunded"
    PARTLY_REFUNDED = "partly_refunded"
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"


@dataclass(frozen=True, slots=True)
class Overlaid:
    """The marks of one payment, disputes first; what the payer was given back, and what is on its
    way to them, in cents."""

    marks: tuple[Overlay, ...] = ()
    refunded_cents: int = 0
    on_its_way_cents: int = 0


NOTHING = Overlaid()
_REFUND, _DISPUTE = "refund", "dispute"


def of(session: Session, payment_ids: Collection[int]) -> dict[int, Overlaid]:
    """What lies over these payments, by their ids; those over which nothing lies are left out.

    One query, however many payments are asked for.
    """
    if not payment_ids:
        return {}
    disputed: dict[int, set[str]] = {}
    sums: dict[int, dict[str, int]] = {}
    amounts: dict[int, int] = {}
    for row in session.execute(_lying_over(payment_ids)):
        amounts[row.payment_id] = row.amount_cents
        if row.what == _DISPUTE:
            disputed.setdefault(row.payment_id, set()).add(row.state)
        else:
            sums.setdefault(row.payment_id, {})[row.state] = int(row.cents)
    return {
        payment_id: _overlaid(cents, disputed.get(payment_id, set()), sums.get(payment_id, {}))
        for payment_id, cents in amounts.items()
    }


def version(session: Session, payment_id: int) -> str:
    """A mark that changes whenever a refund or a dispute of this payment does."""
    marks = [
        f"{row.id}{row.state}"
        for table in (Refund, Dispute)
        for row in session.execute(
            select(table.id, table.state).where(table.payment_id == payment_id).order_by(table.id)
        )
    ]
    return ".".join(marks)


def _lying_over(payment_ids: Collection[int]) -> CompoundSelect[int, int, str, str, int]:
    """The states of disputes and of refunds, each payment's once, with the cents of each."""
    return union_all(
        *(
            select(
                table.payment_id,
                Payment.amount_cents,
                literal(what).label("what"),
                table.state.label("state"),
                func.sum(table.cents).label("cents"),
            )
            .join(Payment, Payment.id == table.payment_id)
            .where(table.payment_id.in_(payment_ids))
            .group_by(table.payment_id, Payment.amount_cents, table.state)
            for what, table in ((_REFUND, Refund), (_DISPUTE, Dispute))
        )
    )


def _overlaid(amount_cents: int, disputed: set[str], refunds: Mapping[str, int]) -> Overlaid:
    refunded = refunds.get(RefundState.SUCCEEDED, 0)
    marks = (_dispute(disputed), _refund(refunded, amount_cents))
    on_its_way = sum(refunds.get(state, 0) for state in REFUND_UNDER_WAY)
    return Overlaid(tuple(mark for mark in marks if mark), refunded, on_its_way)


def _refund(refunded_cents: int, amount_cents: int) -> Overlay | None:
    if not refunded_cents:
        return None
    return Overlay.REFUNDED if refunded_cents == amount_cents else Overlay.PARTLY_REFUNDED


def _dispute(states: set[str]) -> Overlay | None:
    """Of several the one that matters: what is open, else what was lost, else what was won."""
    ranked = (
        (DISPUTE_OPEN, Overlay.DISPUTED),
        ({DisputeState.LOST}, Overlay.DISPUTE_LOST),
        ({DisputeState.WON}, Overlay.DISPUTE_WON),
    )
    return next((mark for of_them, mark in ranked if states & of_them), None)
