"""Plans and autocharge on the pages of other features: named before a stored method is deleted
(FEATURES P8), and among what a client finds in their settings."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.methods.depending import add_dependant
from payments.methods.models import StoredMethod
from payments.plans.models import Autocharge, PaymentPlan
from payments.plans.states import LIVE_STATES
from portal.access.own_pages import add_own_page


def plans_of(session: Session, method: StoredMethod) -> list[str]:
    """A sentence where a plan that goes on, or waits to be accepted, is charged to this method."""
    found = session.scalars(
        select(PaymentPlan.id).where(
            PaymentPlan.method_id == method.id, PaymentPlan.state.in_(LIVE_STATES)
        )
    ).first()
    if found is None:
        return []
    return [_("A payment plan is charged to it. The plan stops until it has another method.")]


def autocharge_of(session: Session, method: StoredMethod) -> list[str]:
    """A sentence where autocharge takes from this method."""
    charged = (Autocharge.method_id == method.id, Autocharge.ended_at.is_(None))
    if session.scalar(select(Autocharge.id).where(*charged).limit(1)) is None:
        return []
    return [_("Bills are charged to it automatically. That stops until there is another method.")]


add_dependant(plans_of)
add_dependant(autocharge_of)
add_own_page(
    N_("Payment plans"),
    N_("What you pay in instalments: accept a plan, or see how far it has come."),
    "client_plans.index",
)
