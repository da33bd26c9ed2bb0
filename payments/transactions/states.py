"""The life of a payment, drawn as edges (FEATURES M5). What is not listed cannot happen."""

from enum import StrEnum


class Status(StrEnum):
    """Where a payment stands. Refunds and disputes are overlays, not statuses."""

    PENDING = "pending"  # attempt recorded, processor not yet answered
    ACTION_NEEDED = "action_needed"  # authentication, or small test deposits
    AUTHORIZED = "authorized"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    RETURNED = "returned"


EDGES: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset(
        {
            Status.ACTION_NEEDED,
            Status.AUTHORIZED,
            # Answered at once and found settled, as when the reconciler is the first to hear of it.
            Status.COMPLETED,
            Status.FAILED,
            Status.CANCELED,
        }
    ),
    Status.ACTION_NEEDED: frozenset(
        {Status.AUTHORIZED, Status.COMPLETED, Status.FAILED, Status.CANCELED}
    ),
    # A bank payment that comes back before it completed was never money: Returned, and voided.
    Status.AUTHORIZED: frozenset(
        {Status.COMPLETED, Status.RETURNED, Status.FAILED, Status.CANCELED}
    ),
    Status.COMPLETED: frozenset({Status.RETURNED}),
    Status.FAILED: frozenset(),
    Status.CANCELED: frozenset(),
    Status.RETURNED: frozenset(),
}

OPEN = frozenset({Status.PENDING, Status.ACTION_NEEDED, Status.AUTHORIZED})
UNANSWERED = frozenset({Status.PENDING, Status.ACTION_NEEDED})
ENDED_WITHOUT_MONEY = frozenset({Status.FAILED, Status.CANCELED, Status.RETURNED})


def may_become(now: Status, then: Status) -> bool:
    """Whether the edge is drawn."""
    return then in EDGES[now]
