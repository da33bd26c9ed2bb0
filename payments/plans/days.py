"""What is still to be charged of a plan, and on which days (FEATURES P9)."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from payments.methods.standing import today
from payments.plans.calendar import Due, moved
from payments.plans.models import DueState, Every, Instalment, PaymentPlan
from payments.plans.states import WAITING
from payments.plans.telling import tell_client
from portal.core import audit


def waiting(plan: PaymentPlan) -> list[Instalment]:
    """The instalments that are still to be charged, in order."""
    return [one for one in plan.instalments if one.state in WAITING]


def wants_a_method(one: Instalment) -> bool:
    """Whether it failed for want of a method alone: it is charged when the plan goes on."""
    return one.state == DueState.FAILED and one.tries == 0


def upcoming(plan: PaymentPlan, day: date) -> list[Due]:
    """What is still to be charged, and on which days if the plan went on from this day."""
    retried = [
        Due(max(one.try_on, day), one.amount_cents)
        for one in plan.instalments
        if one.state == DueState.RETRYING or wants_a_method(one)
    ]
    scheduled = _scheduled(plan)
    days = moved([one.due_on for one in scheduled], plan.starts_on, Every(plan.every), day)
    return retried + [Due(on, one.amount_cents) for on, one in zip(days, scheduled, strict=True)]


def _scheduled(plan: PaymentPlan) -> list[Instalment]:
    return [one for one in plan.instalments if one.state == DueState.SCHEDULED]


def move_days(session: Session, plan: PaymentPlan) -> None:
    """Move the days that have passed later by whole periods: the plan goes on today."""
    day = today(session)
    _put_off(plan, _scheduled(plan), day)
    for one in plan.instalments:
        if one.state == DueState.RETRYING:
            one.try_on = max(one.try_on, day)


def _put_off(plan: PaymentPlan, scheduled: Sequence[Instalment], not_before: date) -> None:
    days = moved([one.due_on for one in scheduled], plan.starts_on, Every(plan.every), not_before)
    for one, on in zip(scheduled, days, strict=True):
        one.due_on, one.try_on = on, max(on, one.try_on)


def make_way(session: Session, plan: PaymentPlan, delayed: Instalment) -> None:
    """Where an instalment has to wait until the day of the next, that one and those after it move
    later by whole periods: what piled up is not charged all at once. The client is told."""
    after = [one for one in _scheduled(plan) if one.number > delayed.number]
    if not after or after[0].due_on > delayed.try_on:
        return
    _put_off(plan, after, delayed.try_on + timedelta(days=1))
    plan.version += 1
    session.flush()
    audit.record(
        session, audit.SYSTEM, "plan.changed", f"plan:{plan.public_id}", version=plan.version
    )
    tell_client(session, "plan-changed-client", plan)
