"""Agreeing to a payment plan, and stopping it (FEATURES P9).

A plan lives from one stored method into one operating account, and a client has at most one there.
Where the firm asks the client, nothing is charged before they have accepted the plan as it is now.
"""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from payments.methods.standing import lock_chargeable, today
from payments.plans import emails as _emails  # noqa: F401  they register themselves
from payments.plans import log_words as _log_words  # noqa: F401  they register themselves
from payments.plans import queries
from payments.plans.calendar import due_moment, mark_of
from payments.plans.days import move_days, upcoming, waiting, wants_a_method
from payments.plans.models import DueState, Instalment, PaymentPlan, PlanState
from payments.plans.states import LIVE_STATES, UNSETTLED, move_instalment, move_plan
from payments.plans.telling import news_kind, tell_client, tell_firm
from portal.core import audit, clock, jobs
from portal.core.errors import Conflict
from portal.firm.brand import brand

CHARGE = "plans.charge_due"
PAYER = "payer"
AGENT_CHARS_MAX = 300


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the client saw and from where they accepted it. `seen` is the mark of the schedule that
    was shown (`calendar.mark_of`)."""

    version: int
    seen: str
    text: str
    ip_address: str
    user_agent: str


def begin(session: Session, plan: PaymentPlan) -> None:
    """Ask the client, or begin at once where the firm does not ask."""
    if not plan.asks_client:
        move_plan(plan, PlanState.ACTIVE)
        session.flush()
        owe_charges(session, plan)
    tell_client(session, news_kind(plan), plan)


def ask_again(session: Session, plan: PaymentPlan) -> None:
    """After a change: the client has to accept the new version, where the firm asks at all.

    The plan was locked and has its new version already.
    """
    if plan.asks_client and plan.state != PlanState.PROPOSED:
        plan.agreed_at, plan.agreed_text, plan.agreed_ip, plan.agreed_agent = None, None, "", ""
        move_plan(plan, PlanState.PROPOSED)
    session.flush()
    if plan.state == PlanState.ACTIVE:
        owe_charges(session, plan)
    kind = "plan-changed-client" if plan.state != PlanState.PROPOSED else news_kind(plan)
    tell_client(session, kind, plan)


def owe_charges(session: Session, plan: PaymentPlan) -> None:
    """Owe a job for each instalment that is still to be charged, due at nine on its day."""
    timezone = brand(session).timezone
    for one in waiting(plan):
        owe_charge(session, one, timezone)


def owe_charge(session: Session, one: Instalment, timezone: str) -> None:
    """Owe the charge of one instalment at nine on its day."""
    jobs.enqueue(
        session,
        CHARGE,
        due_at=due_moment(one.try_on, timezone),
        unique_key=f"{CHARGE}:{one.id}",
        instalment_id=one.id,
    )


def accept(session: Session, plan_id: int, accepted: Accepted) -> PaymentPlan:
    """**Accept this plan**: it is active from now on. Accepted twice, it is accepted once.

    Raises `Conflict` where the plan has changed since it was shown, or is over, and `NotChargeable`
    where its method can no longer be charged.
    """
    plan = queries.locked(session, plan_id)
    if plan.state in {PlanState.ACTIVE, PlanState.PAUSED}:
        return plan  # also in another tab, and after it was paused and went on
    if plan.state != PlanState.PROPOSED:
        raise Conflict(_("This plan is over, so it can no longer be accepted."))
    now = mark_of(upcoming(plan, today(session)))
    if (plan.version, now) != (accepted.version, accepted.seen):
        raise Conflict(
            _("The plan has changed since you opened this page. Read it again, then accept it.")
        )
    _lock_method(session, plan)
    plan.agreed_at, plan.agreed_text = clock.now(), accepted.text
    plan.agreed_ip = accepted.ip_address
    plan.agreed_agent = accepted.user_agent[:AGENT_CHARS_MAX]
    _go_on(session, plan)
    audit.record(session, PAYER, "plan.accepted", f"plan:{plan.public_id}", version=plan.version)
    tell_client(session, news_kind(plan), plan)
    tell_firm(session, "plan-accepted-firm", plan)
    return plan


def _go_on(session: Session, plan: PaymentPlan) -> None:
    move_plan(plan, PlanState.ACTIVE)
    for one in plan.instalments:
        if wants_a_method(one):  # there is one now
            move_instalment(one, DueState.RETRYING)
            one.told = ""
    move_days(session, plan)
    session.flush()
    owe_charges(session, plan)


def _lock_method(session: Session, plan: PaymentPlan) -> None:
    whose = {"client_id": plan.client_id, "bank_account_id": plan.bank_account_id}
    lock_chargeable(session, plan.method_id, **whose)


def pause(session: Session, plan_id: int, *, by: str) -> PaymentPlan:
    """Charge nothing more until the plan goes on. What is under way stays under way."""
    plan = queries.locked(session, plan_id)
    if plan.state == PlanState.PAUSED:
        return plan
    if plan.state != PlanState.ACTIVE:
        raise Conflict(_("Only an active plan can be paused."))
    _stop(session, plan, PlanState.PAUSED)
    audit.record(session, by, "plan.paused", f"plan:{plan.public_id}")
    return plan


def resume(session: Session, plan_id: int, *, by: str) -> PaymentPlan:
    """Go on. Days that passed meanwhile are moved later by whole periods, and none is doubled up.

    Raises `NotChargeable` where the method can no longer be charged: change it first.
    """
    plan = queries.locked(session, plan_id)
    if plan.state == PlanState.ACTIVE:
        return plan
    if plan.state != PlanState.PAUSED:
        raise Conflict(_("Only a paused plan can go on."))
    _lock_method(session, plan)
    plan.version += 1
    _go_on(session, plan)
    audit.record(session, by, "plan.resumed", f"plan:{plan.public_id}")
    tell_client(session, "plan-resumed-client", plan)
    finish_if_settled(session, plan)
    return plan


def cancel(session: Session, plan_id: int, *, by: str) -> PaymentPlan:
    """End a plan for good. What was paid stays paid, and what is under way stays under way."""
    plan = queries.locked(session, plan_id)
    if plan.state == PlanState.CANCELED:
        return plan
    if plan.state not in LIVE_STATES:
        raise Conflict(_("This plan is finished, so there is nothing to cancel."))
    for one in waiting(plan):
        move_instalment(one, DueState.CANCELED)
    plan.ended_at = clock.now()
    _stop(session, plan, PlanState.CANCELED)
    audit.record(session, by, "plan.canceled", f"plan:{plan.public_id}")
    return plan


def _stop(session: Session, plan: PaymentPlan, then: PlanState) -> None:
    move_plan(plan, then)
    session.flush()
    tell_client(session, news_kind(plan), plan)


def finish_if_settled(session: Session, plan: PaymentPlan) -> None:
    """A plan is finished when none of its instalments can change any more by itself."""
    if plan.state not in {PlanState.ACTIVE, PlanState.PAUSED}:
        return
    if any(one.state in UNSETTLED for one in plan.instalments):
        return
    plan.ended_at = clock.now()
    _stop(session, plan, PlanState.FINISHED)
    audit.record(session, audit.SYSTEM, "plan.finished", f"plan:{plan.public_id}")


def pause_for_method(session: Session, plan: PaymentPlan) -> None:
    """The method is gone, so nothing can be charged until staff choose another one and go on."""
    _stop(session, plan, PlanState.PAUSED)
    audit.record(session, audit.SYSTEM, "plan.paused", f"plan:{plan.public_id}")
