"""**Change plan**: method, note, and the schedule of what is still owed."""

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.plans.changing import Change, change, room_of
from payments.plans.forms import PlanForm
from payments.plans.models import PaymentPlan
from payments.plans.staff_new import (
    FIELDS,
    Desk,
    every_options,
    fragment,
    shown_schedule,
)
from payments.plans.staff_shown import blueprint, plan_of
from payments.plans.staff_stops import ONE, back_to
from payments.plans.states import LIVE_STATES
from payments.plans.terms import NOTE_CHARS_MAX
from portal.clients.access import closed_to
from portal.clients.details import Problems
from portal.clients.queries import contact_by_id
from portal.core import db
from portal.core.errors import Conflict
from portal.web import language
from portal.web.asked import row_id
from portal.web.fragments import wants_fragment
from portal.web.permissions import RUN_PLANS


def _desk(session: Session, plan: PaymentPlan) -> Desk:
    client = contact_by_id(session, plan.client_id)
    return Desk(session, client, plan.bank_account.public_id)


@blueprint.get(f"{ONE}/change", needs=RUN_PLANS)
def edit(public_id: str) -> Response:
    """The plan as it is, ready to be changed; for htmx the schedule as it is typed."""
    with db.read() as session:
        plan = plan_of(session, public_id)
        desk = _desk(session, plan)
    if plan.state not in LIVE_STATES:
        raise Conflict(_("This plan is over. Make a new one."))
    if wants_fragment():
        form = PlanForm.read(request.args)
        shown = shown_schedule(desk, form, room_of(plan))
        return fragment("plans/_schedule.html", kept=not form.reschedule, **shown)
    return _page(plan, desk, PlanForm.of(plan, language.current()))


def _page(
    plan: PaymentPlan,
    desk: Desk,
    form: PlanForm,
    errors: dict[str, str] | None = None,
    status: int = 200,
    told: str | None = None,
) -> Response:
    errors = errors or {}
    shown = shown_schedule(desk, form, room_of(plan))
    page = render_template(
        "plans/staff_change.html",
        plan=plan,
        desk=desk,
        form=form,
        errors={field: errors[field] for field in FIELDS if field in errors},
        told=told,
        every_options=every_options(),
        note_chars_max=NOTE_CHARS_MAX,
        kept=not form.reschedule,
        **shown,
    )
    return make_response(page, status)


@blueprint.post(f"{ONE}/change", needs=RUN_PLANS)
def save(public_id: str) -> AnyResponse:
    """**Save changes**. A client who was asked for the plan is asked for the new one."""
    form = PlanForm.read(request.form)
    with db.read() as session:
        plan = plan_of(session, public_id)
        desk = _desk(session, plan)
    if request.form.get("show"):
        return _page(plan, desk, form)
    terms, errors = form.terms(language.current())
    wanted = Change(
        version=row_id(request.form.get("version", "")) or 0,
        method=form.method,
        note=form.note,
        terms=terms if form.reschedule else None,
        seen_cents=form.owed_cents,
    )
    try:
        with db.transaction() as session:
            closed = closed_to(session, current_user)
            change(session, plan.id, wanted, closed, by=current_user.actor)
    except Problems as problems:
        return _page(plan, desk, form, problems.errors | errors, 422)
    except Conflict as changed:
        return _page(plan, desk, form, status=changed.status, told=str(changed))
    return back_to(public_id, _("The plan was changed."))
