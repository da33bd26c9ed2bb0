"""Once a week: which completed payments still belong to nobody (FEATURES L11, N1)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from payments.transactions.models import Payment
from payments.transactions.notices import FIRM_AUDIENCE
from payments.transactions.queries import restricted
from payments.transactions.waiting import WAITS, Waiting
from portal.core import clock, config, db, jobs
from portal.firm.brand import brand
from portal.outbox.actions import owe
from portal.outbox.registry import Email, Recipient, email

KIND = "payments-unlinked-firm"
# Who links at once is not reminded: a day passes first.
WAITED = timedelta(days=1)
LISTED_MAX = 50


@jobs.recurring("payments.remind_unlinked", every=timedelta(days=1))
def remind_of_unlinked() -> None:
    """Owe one email a week while there are payments to link; none in a week without any.

    Asked every day, so that a worker that stood still on a Monday only delays it. The week is the
    calendar week (ISO 8601) in the firm's zone.
    """
    with db.read() as session:
        if not waiting(session, clock.now(), most=1):
            return
        zone = ZoneInfo(brand(session).timezone)
    year, week, _day = clock.now().astimezone(zone).isocalendar()
    with db.transaction() as session:
        owe(session, KIND, audience=FIRM_AUDIENCE, once=f"{KIND}:{year}-W{week:02}")


def waiting(session: Session, at: datetime, *, most: int) -> Sequence[Payment]:
    """Payments of nobody that completed over a day before `at`, oldest first."""
    ids = (
        select(Waiting.id)
        .where(WAITS, Waiting.completed_at < at - WAITED)
        .order_by(Waiting.made_at, Waiting.id)
        .limit(most)
    )
    return session.scalars(
        select(Payment)
        .options(joinedload(Payment.bank_account))
        .where(Payment.id.in_(ids))
        .order_by(Payment.made_at, Payment.id)
    ).all()


@email(KIND, stream="payments")
def payments_unlinked_firm(session: Session, _args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the firm: every payment that waits for **Link**, each with its button's address. What was
    made on a restricted matter's bill does not say for what it is (FEATURES N8)."""
    payments = waiting(session, clock.now(), most=LISTED_MAX + 1)
    base_url = f"{config.current().base_url}/staff/online-payments/transactions"
    return Email(
        KIND,
        {
            "payments": payments[:LISTED_MAX],
            "unnamed": restricted(session, [payment.id for payment in payments]),
            "more": len(payments) > LISTED_MAX,
            "base_url": base_url,
            "list_url": f"{base_url}?linked=no",
        },
    )
