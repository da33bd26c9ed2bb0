"""Refunds that are under way longer than they may be: put before the staff (FEATURES M6, M11).

Their payer waits for the money, and what they hold of trust nobody can use meanwhile. A refund also
waits where the firm's balance at the processor is too small for it
(https://docs.stripe.com/refunds#insufficient-funds).
"""

from collections.abc import Sequence
from datetime import timedelta

from flask_babel import lazy_gettext as _lazy
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from payments.transactions.models import Payment
from payments.transactions.refunded import REFUND_UNDER_WAY, Refund, RefundState
from portal.core import audit, clock
from portal.notifications.actions import raise_alert, seen_to
from portal.notifications.alert_links import Topic, file_under, leads_to
from portal.notifications.models import Alert

STUCK = "refund_stuck"
UNANSWERED_MAX = timedelta(hours=1)
# A bank takes up to ten business days (https://docs.stripe.com/refunds#pending-refunds).
PENDING_MAX = timedelta(days=16)
TOLD_AT_ONCE = 200

leads_to(STUCK, _lazy("Open the payment"), "transactions.show")
file_under(Topic.BACK, STUCK)


def look(session: Session) -> None:
    """Tell of refunds that should have ended by now; those that did are told of no more."""
    _settle(session)
    for refund, payment in _stuck(session):
        subject = f"payment:{payment.public_id}:{refund.public_id}"
        raise_alert(session, STUCK, subject, _sentence(refund, payment), again=False)


def _stuck(session: Session) -> Sequence[tuple[Refund, Payment]]:
    now = clock.now()
    late = or_(
        and_(Refund.state == RefundState.ASKED, Refund.made_at < now - UNANSWERED_MAX),
        and_(Refund.state == RefundState.PENDING, Refund.made_at < now - PENDING_MAX),
    )
    found = (
        select(Refund, Payment)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.state.in_(sorted(REFUND_UNDER_WAY)), late)
        .order_by(Refund.id)
        .limit(TOLD_AT_ONCE)
    )
    return [(row[0], row[1]) for row in session.execute(found)]


def _settle(session: Session) -> None:
    """Take alerts away whose refunds have ended by themselves."""
    told = session.scalars(
        select(Alert.subject).where(Alert.kind == STUCK, Alert.resolved_at.is_(None))
    ).all()
    by_refund = {subject.rsplit(":", 1)[1]: subject for subject in told}
    waits = select(Refund.public_id).where(
        Refund.public_id.in_(by_refund), Refund.state.in_(sorted(REFUND_UNDER_WAY))
    )
    for name in sorted(by_refund.keys() - set(session.scalars(waits))):
        seen_to(session, STUCK, by_refund[name], by=audit.SYSTEM)


def _sentence(refund: Refund, payment: Payment) -> str:
    # Everybody at the firm reads alerts: the reference and the sum, and no matter (FEATURES N8).
    named = f"A refund of {refund.amount.plain()} {refund.currency} of payment {payment.reference}"
    if refund.state == RefundState.ASKED:
        return f"{named} was asked for, and Stripe has not answered. Look for it at Stripe."
    return (
        f"{named} has been on its way for over two weeks. See at Stripe whether the firm's balance "
        "there is enough for it."
    )
