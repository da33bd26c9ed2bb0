"""Webhooks that were refused again and again: the secret may be wrong, and nobody would notice."""

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.notifications.actions import raise_alert
from portal.web.limits import counted_past

REFUSED = "webhooks_refused"
SUBJECT = "webhooks"
# Anybody may send us rubbish, so one is nothing; Stripe tries each event again for three days.
A_FEW, TOLD = "4 per day", "1 per hour"


def is_too_often() -> bool:
    """Count a webhook that was refused; whether it is time to tell the staff.

    From the fifth in a day on, once an hour: a flood of them writes no more than that.
    """
    return counted_past(A_FEW, "webhooks.refused") and not counted_past(TOLD, "webhooks.told")


def tell(session: Session) -> None:
    """Put it before the staff, who can check the secret."""
    raise_alert(
        session,
        REFUSED,
        SUBJECT,
        _(
            "Webhooks were refused several times today: their signature does not fit, or they are "
            "of the other mode. If they come from Stripe, the webhook secret is wrong. No payment "
            "is lost, since Stripe is asked every hour, but payments show later than they could."
        ),
    )
