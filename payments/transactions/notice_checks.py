"""Whether every step of every payment owes exactly its notices, asked in sets (DESIGN "Money").

A payment owes each kind of notice at most once, so a kind is a bit: what its steps owe and what
the outbox holds are two sums, and the books are true where they are equal.
"""

from collections.abc import Iterator
from functools import cache

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, select
from sqlalchemy.orm import Session

from payments.gateway.results import MethodKind
from payments.transactions import notices
from payments.transactions.models import Origin, Payment, PaymentStep
from payments.transactions.states import EDGES, Status
from portal.outbox.models import Notice

TOLD_MAX = 100
"""Sentences of one kind: who has more has one cause for all of them."""
CAUSE = "payment:"


def not_as_owed(session: Session) -> Iterator[str]:
    """Sentences about steps of which nobody was told, and notices of steps never taken."""
    for row in session.execute(_different()):
        name = f"payment {row.reference} ({row.public_id})"
        for kind, bit in _bits().items():
            if row.expected & bit and not row.owed & bit:
                yield f"{name} took a step whose notice {kind} was never owed"
            if row.owed & bit and not row.expected & bit:
                yield f"{name} owes the notice {kind} for a step that it never took"
    for public_id in session.scalars(_of_nobody()):
        yield f"notices are owed for payment {public_id}, which does not exist"


@cache
def _bits() -> dict[str, int]:
    kinds = {
        kind
        for was in Status
        for became in EDGES[was]
        for method in MethodKind
        for origin in Origin
        for kind in notices.kinds_of_step(was, became, method, origin)
    }
    return {kind: 1 << place for place, kind in enumerate(sorted(kinds))}


def _mask(was: Status, became: Status, method: MethodKind, origin: Origin) -> int:
    return sum(_bits()[kind] for kind in notices.kinds_of_step(was, became, method, origin))


def _by_method(was: Status, became: Status, origin: Origin) -> ColumnElement[int] | int:
    masks = [_mask(was, became, method, origin) for method in MethodKind]
    if len(set(masks)) == 1:
        return masks[0]
    return case(dict(zip(MethodKind, masks, strict=True)), value=Payment.method)


def _owed_by_a_step() -> ColumnElement[int]:
    edges = [(was, became) for was in Status for became in EDGES[was]]
    taken = [
        (
            and_(PaymentStep.became == became, PaymentStep.was == was),
            case(
                (Payment.origin == Origin.STAFF, _by_method(was, became, Origin.STAFF)),
                else_=_by_method(was, became, Origin.PAYER),
            ),
        )
        for was, became in edges
        if any(_mask(was, became, method, origin) for method in MethodKind for origin in Origin)
    ]
    return case(*taken, else_=0)


def _payment_of_notice() -> ColumnElement[str]:
    # "payment:<public id>:<kind>"
    id_chars = func.length(Notice.once) - len(CAUSE) - 1 - func.length(Notice.kind)
    # Said to be text, or SQLite would join by scanning: an expression has no affinity of its own.
    return cast(func.substr(Notice.once, len(CAUSE) + 1, id_chars), String)


@cache
def _in_the_outbox() -> Select[str, int]:
    return (
        select(
            _payment_of_notice().label("public_id"),
            func.sum(case(_bits(), value=Notice.kind)).label("owed"),
        )
        .where(Notice.kind.in_(_bits()))
        .group_by("public_id")
    )


@cache
def _different() -> Select[str, str, int, int]:
    steps = (
        select(PaymentStep.payment_id, func.sum(_owed_by_a_step()).label("expected"))
        .join(Payment, Payment.id == PaymentStep.payment_id)
        .group_by(PaymentStep.payment_id)
        .subquery()
    )
    outbox = _in_the_outbox().subquery()
    owed = func.coalesce(outbox.c.owed, 0)
    return (
        select(Payment.reference, Payment.public_id, steps.c.expected, owed.label("owed"))
        .join(steps, steps.c.payment_id == Payment.id)
        .outerjoin(outbox, outbox.c.public_id == Payment.public_id)
        .where(steps.c.expected != owed)
        .limit(TOLD_MAX)
    )


@cache
def _of_nobody() -> Select[str]:
    outbox = _in_the_outbox().subquery()
    return (
        select(outbox.c.public_id)
        .outerjoin(Payment, Payment.public_id == outbox.c.public_id)
        .where(Payment.id.is_(None))
        .limit(TOLD_MAX)
    )
