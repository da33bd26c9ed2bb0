"""What the staff pages of payment plans have in common: their blueprint, and a plan in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from payments.methods.standing import problem
from payments.plans import queries
from payments.plans.changing import may_try_again
from payments.plans.models import Instalment, PaymentPlan, PlanState
from payments.plans.states import LIVE_STATES, UNSETTLED
from payments.transactions.models import Payment
from portal.core.errors import Missing
from portal.firm.brand import brand
from portal.web.blueprints import staff_blueprint
from portal.web.permissions import RUN_PLANS

blueprint = staff_blueprint("payment_plans", __name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan as a row of a list: its next day, and what is wrong with it."""

    plan: PaymentPlan
    next: Instalment | None
    failed: int
    problem: str | None


def plan_of(session: Session, public_id: str) -> PaymentPlan:
    """The plan of an address. Raises `Missing`."""
    g.brand = brand(session)
    found = queries.by_public_id(session, public_id)
    if found is None:
        raise Missing(_("There is no such payment plan."))
    return found


def shown(plan: PaymentPlan, day: Any) -> Shown:
    """One plan in short. `day` is today where the firm is."""
    live = plan.state in LIVE_STATES
    return Shown(
        plan,
        next((one for one in plan.instalments if one.state in UNSETTLED and live), None),
        plan.failed,
        problem(plan.method, day) if live else None,
    )


def may_run() -> bool:
    """Whether the user who looks may set up and change plans."""
    return bool(current_user.may(RUN_PLANS))


def state_words() -> dict[PlanState, str]:
    """The states of a plan, as tabs name them."""
    return {
        PlanState.PROPOSED: _("Waits for the client"),
        PlanState.ACTIVE: _("Active"),
        PlanState.PAUSED: _("Paused"),
        PlanState.FINISHED: _("Finished"),
        PlanState.CANCELED: _("Canceled"),
    }


def tries_shown(
    plan: PaymentPlan, payments: dict[int, list[Payment]]
) -> Sequence[tuple[Instalment, list[Payment], bool]]:
    """Each instalment with the payments that it has made, and whether the viewer may try again."""
    rows = [(one, payments.get(one.id, [])) for one in plan.instalments]
    return [(one, made, may_run() and may_try_again(plan, one, made)) for one, made in rows]
