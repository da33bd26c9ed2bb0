"""Changing a plan that is under way, and trying a failed instalment again (FEATURES P9)."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from payments.methods.standing import today
from payments.plans import queries
from payments.plans.actions import ask_again, owe_charge
from payments.plans.calendar import Due
from payments.plans.days import waiting, wants_a_method
from payments.plans.models import (
    INSTALMENTS_MAX,
    DueState,
    Every,
    Instalment,
    PaymentPlan,
    PlanState,
)
from payments.plans.proposing import (
    check_method,
    check_note,
    check_seen,
    write_out,
)
from payments.plans.states import LIVE_STATES, move_instalment
from payments.plans.terms import Terms, plan_out
from payments.plans.trying import TRIES_MAX, may_be_made_again
from payments.transactions.models import Payment
from portal.clients.access import Closed
from portal.clients.details import Problems
from portal.core import audit
from portal.core.errors import Conflict
from portal.firm.brand import brand


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different. `terms` is none where the schedule stays as it is.

    `version` is that of the plan which was shown, `seen_cents` what was owed then.
    """

    version: int
    method: str
    note: str
    terms: Terms | None
    seen_cents: int


def room_of(plan: PaymentPlan) -> int:
    """How many instalments a new schedule may have: those that have happened keep their numbers."""
    kept = [one.number for one in plan.instalments if one.state != DueState.SCHEDULED]
    return INSTALMENTS_MAX - max(kept, default=0)


def change(
    session: Session, plan_id: int, wanted: Change, closed: Closed, *, by: str
) -> PaymentPlan:
    """Change method, note, or the schedule of what is still owed, from the next instalment on.

    A client who was asked for the plan is asked for the new one too, and nothing is charged until
    they accept it; a note alone asks nobody. Raises `Problems` for what is typed wrong, `Conflict`
    where the plan is over or somebody else has changed it meanwhile.
    """
    plan = queries.locked(session, plan_id)
    _refuse(plan, wanted)
    errors: dict[str, str] = {}
    schedule = _schedule(session, plan, wanted, closed, errors)
    method = plan.method
    if wanted.method != plan.method.public_id:
        method = check_method(session, plan.client_id, plan.bank_account_id, wanted.method, errors)
    check_note(wanted.note, errors)
    if errors or method is None:
        raise Problems(errors)
    plan.note = wanted.note.strip()
    if method.id == plan.method_id and not schedule:
        session.flush()
        return plan
    plan.version += 1
    plan.method_id, plan.method = method.id, method
    if schedule and wanted.terms is not None:
        plan = _replace(session, plan, schedule, wanted.terms)
    audit.record(session, by, "plan.changed", f"plan:{plan.public_id}", version=plan.version)
    ask_again(session, plan)
    return plan


def _refuse(plan: PaymentPlan, wanted: Change) -> None:
    if plan.state not in LIVE_STATES:
        raise Conflict(_("This plan is over. Make a new one."))
    if plan.version != wanted.version:
        raise Conflict(
            _("The plan has changed since you opened this page. Look at it, then change it again.")
        )
    if wanted.terms is None and not (waiting(plan) or any(map(wants_a_method, plan.instalments))):
        raise Conflict(_("Nothing of this plan is still to be charged."))


def _schedule(
    session: Session,
    plan: PaymentPlan,
    wanted: Change,
    closed: Closed,
    errors: dict[str, str],
) -> list[Due]:
    if wanted.terms is None:
        return []
    owed = queries.owed_cents(session, plan.client_id, plan.bank_account_id, closed)
    try:
        schedule = plan_out(wanted.terms, owed, today(session), room_of(plan))
    except Problems as problems:
        errors |= problems.errors
        return []
    check_seen(wanted.seen_cents, owed, errors)
    return schedule


def _replace(session: Session, plan: PaymentPlan, schedule: list[Due], terms: Terms) -> PaymentPlan:
    """Put a new schedule in the place of what was still to come. What has happened stays."""
    for one in plan.instalments:
        if one.state == DueState.RETRYING or wants_a_method(one):
            move_instalment(one, DueState.CANCELED)
    settled = {DueState.PAID, DueState.CHARGING}
    kept = sum(one.charged_cents for one in plan.instalments if one.state in settled)
    plan.total_cents = kept + sum(due.cents for due in schedule)
    plan.each_cents, plan.every = terms.each_cents, terms.every or Every.MONTH
    plan.starts_on = schedule[0].on
    for one in plan.instalments:
        if one.state == DueState.SCHEDULED:
            session.delete(one)
    session.flush()
    session.expire(plan, ["instalments"])
    return write_out(session, plan, schedule)


def may_try_again(plan: PaymentPlan, one: Instalment, made: Iterable[Payment]) -> bool:
    """Whether staff may have an instalment charged once more, by the method that the plan has now.

    `made` are its payments: one that came back as disputed or not authorized forbids it, and so
    does a card or account that is gone, until the plan has another.
    """
    failed = plan.state == PlanState.ACTIVE and one.state == DueState.FAILED
    again = all(may_be_made_again(payment, plan.method) for payment in made)
    return failed and one.tries < TRIES_MAX and again


def try_again(session: Session, plan_id: int, number: int, *, by: str) -> PaymentPlan:
    """Charge a failed instalment once more, today, by the method that the plan has now.

    It is tried twice at most (FEATURES P9). Raises `Conflict` where it cannot be.
    """
    plan = queries.locked(session, plan_id)
    one = next((each for each in plan.instalments if each.number == number), None)
    if plan.state != PlanState.ACTIVE or one is None or one.state != DueState.FAILED:
        raise Conflict(_("Only a failed instalment of an active plan can be tried again."))
    if one.tries >= TRIES_MAX:
        raise Conflict(
            _("This instalment was tried twice. Charge the stored method for the bill instead.")
        )
    if not may_try_again(plan, one, queries.payments_of(session, [one.id]).get(one.id, [])):
        raise Conflict(
            _("Why it was not paid forbids another try by this method. Talk to the client first.")
        )
    move_instalment(one, DueState.RETRYING)
    one.try_on, one.told = today(session), ""
    session.flush()
    audit.record(
        session, by, "plan.instalment_tried_again", f"plan:{plan.public_id}", number=number
    )
    owe_charge(session, one, brand(session).timezone)
    return plan
