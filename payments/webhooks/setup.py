"""The line of the checklist about Stripe's webhooks."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.webhooks.models import ProcessorEvent
from portal.core import config
from portal.firm.checklist import Found, State, step

LOOKED_BACK_EVENTS = 500


@step("webhooks", 80, lazy_gettext("Webhooks"), required=False)
def look_at_webhooks(session: Session) -> Found:
    """When Stripe last told of a payment by itself. Without it the hourly reading still does."""
    newest = (
        select(ProcessorEvent.received_at, ProcessorEvent.told_by)
        .order_by(ProcessorEvent.id.desc())
        .limit(LOOKED_BACK_EVENTS)
        .subquery()
    )
    received_at = session.scalar(
        select(newest.c.received_at)
        .where(newest.c.told_by == "webhook")
        .order_by(newest.c.received_at.desc())
        .limit(1)
    )
    address = (_("Address"), f"{config.current().base_url}/webhooks/stripe")
    if received_at is None:
        words = _("None has come yet. The first comes with the first payment.")
        return Found(State.TO_DO, (words,), (address,))
    words = _("Stripe tells of payments as they happen.")
    return Found(State.DONE, (words,), (address, (_("Last received"), received_at)))
