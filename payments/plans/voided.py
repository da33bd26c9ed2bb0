"""What stops when a stored bank account becomes void: its plan is paused, its autocharge ends.

Both are told: the client by email, the staff by an alert that leads to where another method is
chosen (FEATURES M7, P9).
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.methods import voiding
from payments.plans import autocharge, autocharge_queries, queries
from payments.plans.actions import pause_for_method
from payments.plans.models import Autocharge, PaymentPlan, PlanState
from payments.plans.states import LIVE_STATES
from payments.plans.telling import autocharge_wants_method, plan_wants_method
from portal.core import audit, db, jobs

METHOD_VOID = "plans.method_void"

voiding.follow(METHOD_VOID)


@jobs.handler(METHOD_VOID)
def stop(method_id: int) -> None:
    """Pause the plan and end the autocharge that take from this method, where they still do."""
    with db.transaction() as session:
        live = (PaymentPlan.method_id == method_id, PaymentPlan.state.in_(LIVE_STATES))
        for plan_id in session.scalars(select(PaymentPlan.id).where(*live)).all():
            _pause(session, plan_id, method_id)
        on = (Autocharge.method_id == method_id, Autocharge.ended_at.is_(None))
        for name in session.scalars(select(Autocharge.public_id).where(*on)).all():
            _turn_off(session, name, method_id)


def _pause(session: Session, plan_id: int, method_id: int) -> None:
    plan = queries.locked(session, plan_id)
    if plan.method_id != method_id or plan.state not in LIVE_STATES:
        return  # it was changed at this very moment
    if plan.state == PlanState.ACTIVE:
        pause_for_method(session, plan)
    plan_wants_method(session, plan)


def _turn_off(session: Session, name: str, method_id: int) -> None:
    standing = autocharge_queries.locked(session, name)
    if standing.method_id == method_id and standing.ended_at is None:
        autocharge.turn_off(session, name, by=audit.SYSTEM)
        autocharge_wants_method(session, standing)
