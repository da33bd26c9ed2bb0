"""Payments that are under way longer than they may be: put before the staff, and taken off again
when they have moved (FEATURES M5, M11).

Every other way asks the processor again and again; where that does not help, a person has to.
"""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _lazy
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from payments.money.banking_days import banking_days_after
from payments.transactions import stuck_refunds
from payments.transactions.models import Payment
from payments.transactions.states import OPEN, Status
from portal.core import audit, clock, db, jobs
from portal.firm.brand import brand
from portal.notifications.actions import raise_alert, seen_to
from portal.notifications.alert_links import Topic, file_under, leads_to
from portal.notifications.models import Alert

STUCK = "payment_stuck"
LATE_BANKING_DAYS = 2
# An outcome is known within 15 minutes (DESIGN "Money"), test deposits are confirmed within ten
# days (https://docs.stripe.com/payments/ach-direct-debit#verifying-bank-accounts-with-microdeposits).
UNANSWERED_MAX = timedelta(hours=1)
WAITING_MAX = timedelta(days=12)
TOLD_AT_ONCE = 200

leads_to(STUCK, _lazy("Open the payment"), "transactions.show")
file_under(Topic.PAYMENTS, STUCK)


@jobs.recurring("payments.stuck", every=timedelta(hours=1))
def look_for_stuck() -> None:
    """Tell of payments and refunds that should have ended by now; those that did are told of no
    more."""
    with db.transaction() as session:
        stuck_refunds.look(session)
        _settle(session)
        for payment in _stuck(session):
            raise_alert(
                session, STUCK, f"payment:{payment.public_id}", _sentence(payment), again=False
            )


def _stuck(session: Session) -> list[Payment]:
    now = clock.now()
    today = now.astimezone(ZoneInfo(brand(session).timezone)).date()
    late = or_(
        and_(Payment.status == Status.PENDING, Payment.made_at < now - UNANSWERED_MAX),
        and_(Payment.status == Status.ACTION_NEEDED, Payment.made_at < now - WAITING_MAX),
        and_(Payment.status == Status.AUTHORIZED, Payment.expected_on < _late_before(today)),
    )
    found = select(Payment).where(Payment.status.in_(OPEN), late).order_by(Payment.id)
    return list(session.scalars(found.limit(TOLD_AT_ONCE)))


def _late_before(today: date) -> date:
    """Payments that were expected before this day are late by more than some banking days."""
    day = today
    while banking_days_after(day, LATE_BANKING_DAYS) > today:
        day -= timedelta(days=1)
    return day


def _settle(session: Session) -> None:
    """Take alerts away whose payments have moved on by themselves."""
    told = session.scalars(
        select(Alert.subject).where(Alert.kind == STUCK, Alert.resolved_at.is_(None))
    ).all()
    names = {subject.removeprefix("payment:") for subject in told}
    waits = set(
        session.scalars(
            select(Payment.public_id).where(Payment.public_id.in_(names), Payment.status.in_(OPEN))
        )
    )
    for name in sorted(names - waits):
        seen_to(session, STUCK, f"payment:{name}", by=audit.SYSTEM)


def _sentence(payment: Payment) -> str:
    # Everybody at the firm reads alerts: the reference and the sum, and no matter (FEATURES N8).
    named = f"Payment {payment.reference} of {payment.amount.plain()} {payment.currency}"
    if payment.status == Status.PENDING:
        return f"{named} was begun, and nobody knows what became of it. Look for it at Stripe."
    if payment.status == Status.ACTION_NEEDED:
        return f"{named} waits for its payer for too long. Ask them to confirm it, or cancel it."
    return (
        f"{named} should have completed by {_day(payment.expected_on)} and is still Authorized. "
        "Look for it at Stripe."
    )


def _day(on: date | None) -> str:
    return f"{on:%B} {on.day}, {on.year}" if on is not None else "now"
