"""Whether everybody was told of every refund who has to be, asked in sets (DESIGN "Money")."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, String, and_, cast, exists, literal, select
from sqlalchemy.orm import Session

from payments.transactions.models import Payment
from payments.transactions.notice_checks import TOLD_MAX
from payments.transactions.refunded import REFUND_BACK, REFUND_MADE, Refund
from portal.outbox.models import Notice


def not_as_owed(session: Session) -> Iterator[str]:
    """Sentences about refunds of which somebody was never told."""
    made = Refund.state.in_(sorted(REFUND_MADE))
    back = Refund.state.in_(sorted(REFUND_BACK))
    expected = {
        "refund-made-firm": made,
        "refund-made-payer": made,
        "refund-failed-firm": back,
        # Whoever never heard of a refund is not told that it failed.
        "refund-failed-payer": and_(back, _is_owed("refund-made-payer")),
    }
    for kind, due in expected.items():
        rows = session.execute(
            select(Payment.reference, Refund.public_id)
            .join(Refund, Refund.payment_id == Payment.id)
            .where(due, ~_is_owed(kind))
            .limit(TOLD_MAX)
        )
        for reference, public_id in rows:
            yield f"refund {public_id} of payment {reference} never owed the notice {kind}"


def _is_owed(kind: str) -> ColumnElement[bool]:
    # Said to be text, or SQLite would look through every notice: an expression has no affinity.
    once = cast(literal("refund:") + Refund.public_id + literal(f":{kind}"), String)
    return exists().where(Notice.once == once)
